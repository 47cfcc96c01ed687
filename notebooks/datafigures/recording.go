package datafigures

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets"
)

// most is the largest number of images or trials of a part that figures use, evenly spaced. It is enough for a distribution.
const most = 1000

// part is a named part of a recording. Repeats count as trials.
type part struct {
	name   string
	images datasets.Images
	trials int
	at     func(trial int) []float32 // responses, [neurons]
}

// parts returns the parts that are not empty. It is an error if lengths and shapes disagree; datasets.Check says where.
func parts(d *datasets.Dataset) ([]part, error) {
	if err := d.Consistent(); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	r := d.Test.Responses
	all := []part{
		{"training", d.Train.Images, d.Train.Responses.N, trialOf(d, d.Train.Responses.N, func(s *datasets.Dataset) datasets.Repeats { return once(s.Train.Responses) })},
		{"validation", d.Val.Images, d.Val.Responses.N, trialOf(d, d.Val.Responses.N, func(s *datasets.Dataset) datasets.Repeats { return once(s.Val.Responses) })},
		{"test", d.Test.Images, r.Repeats * r.N, trialOf(d, r.N, func(s *datasets.Dataset) datasets.Repeats { return s.Test.Responses })},
	}
	return slices.DeleteFunc(all, func(p part) bool { return len(p.images.Pixels) == 0 && p.trials*d.NumNeurons() == 0 }), nil
}

func once(r datasets.Responses) datasets.Repeats {
	return datasets.Repeats{Repeats: 1, N: r.N, Neurons: r.Neurons, Values: r.Values}
}

// trialOf returns a function that gives the responses of all neurons in a trial, counted over repeats of n images; NaN where a neuron is of another session.
func trialOf(d *datasets.Dataset, n int, of func(*datasets.Dataset) datasets.Repeats) func(trial int) []float32 {
	return func(trial int) []float32 {
		repeat, i := trial/n, trial%n
		if d.Sessions == nil {
			return of(d).At(repeat, i)
		}
		row := make([]float32, 0, d.NumNeurons())
		for _, s := range d.Sessions {
			r := of(s)
			if i >= 0 && i < r.N && repeat < r.Repeats {
				row = append(row, r.At(repeat, i)...)
			} else {
				row = append(row, slices.Repeat([]float32{float32(math.NaN())}, s.NumNeurons())...)
			}
			i -= r.N
		}
		return row
	}
}

// Parts returns a table of the recording's parts: a header, and a row for each part.
func Parts(d *datasets.Dataset) (header []string, rows [][]string) {
	row := func(name string, im datasets.Images, trials, repeats int) {
		size := fmt.Sprintf("%d x %d", im.Height, im.Width)
		if im.Channels > 1 {
			size += fmt.Sprintf(" x %d", im.Channels)
		}
		if im.N == 0 && trials > 0 {
			size = "missing"
		}
		rows = append(rows, []string{name, fmt.Sprint(max(im.N, trials)), size, fmt.Sprint(repeats), fmt.Sprint(d.NumNeurons())})
	}
	row("training", d.Train.Images, d.Train.Responses.N, 1)
	row("validation", d.Val.Images, d.Val.Responses.N, 1)
	row("test", d.Test.Images, d.Test.Responses.N, d.Test.Responses.Repeats)
	return []string{"part", "images", "pixels", "trials per image", "neurons"}, rows
}

// Findings returns a table of findings, errors first: a header, and a row for each finding.
func Findings(findings []datasets.Finding) (header []string, rows [][]string) {
	order := []datasets.Severity{datasets.SeverityError, datasets.SeverityWarning, datasets.SeverityInfo}
	for _, severity := range order {
		for _, f := range findings {
			if f.Severity == severity {
				rows = append(rows, []string{string(f.Severity), f.Code, f.Message, f.Advice})
			}
		}
	}
	return []string{"severity", "finding", "what", "what to do"}, rows
}

// Verdict sums findings up in one line.
func Verdict(findings []datasets.Finding) string {
	count := map[datasets.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
	}
	if len(findings) == 0 {
		return "nothing found"
	}
	var counts []string
	for _, c := range []struct {
		severity datasets.Severity
		name     string
	}{{datasets.SeverityError, "would ruin a fit or its score"}, {datasets.SeverityWarning, "may mislead"}, {datasets.SeverityInfo, "good to know"}} {
		if n := count[c.severity]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, c.name))
		}
	}
	return fmt.Sprintf("%d findings: %s", len(findings), strings.Join(counts, ", "))
}
