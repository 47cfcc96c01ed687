package sessions

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"v1lab/v1model/experiments/study"
	"v1lab/v1model/jsonfloat"
)

// Tables shows a report: scores, differences, what was chosen, joint cores.
func (r *Report) Tables() []study.Table {
	all := []study.Table{r.scores(), r.differences(), r.chosen()}
	if len(r.Joint) > 0 {
		all = append(all, r.joint())
	}
	return all
}

func (r *Report) scores() study.Table {
	t := study.Table{
		Title: "Test correlation",
		Note: fmt.Sprintf("Mean over neurons and %d seeds \u00b1 standard error (bootstrap over test images and neurons, %d samples); in brackets the SD over neurons. "+
			"Ridge is ridge regression on pixels. Numbers of different recordings are not comparable: they differ in noise and in the number of images.", r.Seeds, resamples),
		Header: append(append([]string{"recording", "neurons", "images (train, val, test)"}, r.Models...), "ridge", "ceiling"),
	}
	ceilings := false
	for _, row := range r.Recordings {
		cells := []string{row.Name, fmt.Sprint(row.Neurons), fmt.Sprintf("%d, %d, %d", row.Train, row.Val, row.Test)}
		for _, s := range row.Models {
			cells = append(cells, s.Corr.show(s.FractionOfCeiling))
			ceilings = ceilings || row.CeilingOf != ""
		}
		ceiling := "unknown"
		if row.CeilingOf != "" {
			ceiling = fmt.Sprintf("%s (%s)", digits(row.Ceiling), row.CeilingOf)
		}
		t.Rows = append(t.Rows, append(cells, row.Ridge.Corr.show(row.Ridge.FractionOfCeiling), ceiling))
		if row.Leaks != "" {
			t.Note += fmt.Sprintf(" **%s: %s; its scores are too high.**", row.Name, row.Leaks)
		}
	}
	if ceilings {
		t.Note += " Where a ceiling is known, the last number is the share of it."
	}
	return t
}

func (e Estimate) show(fraction jsonfloat.Float) string {
	text := fmt.Sprintf("%s \u00b1 %s (%s)", digits(e.Mean), digits(e.Together), digits(e.Neurons))
	if f := float64(fraction); f == f {
		text += fmt.Sprintf(", %.0f %%", 100*f)
	}
	return text
}

func (r *Report) differences() study.Table {
	t := study.Table{
		Title: "Differences",
		Note: fmt.Sprintf("%s minus the other, on the same neurons and images \u00b1 standard error (bootstrap over images and neurons together; in brackets over images alone), and the share of neurons that %s predicts better. "+
			"A difference of less than two standard errors is not settled.", r.Models[0], r.Models[0]),
		Header: []string{"recording"},
	}
	for i, row := range r.Recordings {
		cells := []string{row.Name}
		for _, d := range row.Differences {
			if i == 0 {
				t.Header = append(t.Header, "minus "+d.Name, "better")
			}
			cells = append(cells, d.show(), share100(d.Better))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func (d Difference) show() string {
	sign := ""
	if d.Mean > 0 {
		sign = "+"
	}
	return fmt.Sprintf("%s%s \u00b1 %s (%s)", sign, digits(d.Mean), digits(d.Together), digits(d.Images))
}

func (r *Report) chosen() study.Table {
	t := study.Table{
		Title: "What was chosen, and single fits",
		Note: "readout.sparsity by the validation loss of one fit with each value; the strength of ridge by the correlation on the validation part. * marks the end of what was tried, beyond which a better value may lie. " +
			"Test correlations by seed.",
		Header: []string{"recording", "model", "readout.sparsity", "validation losses of the search", "test correlation by seed", "SD over seeds", "steps"},
	}
	mark := func(edge bool) string {
		if edge {
			return " *"
		}
		return ""
	}
	add := func(name string, s Score) {
		var tried, corr, steps []string
		for _, f := range s.Search {
			loss := digits(f.Fit.ValLoss)
			if f.Fit.Diverged != "" {
				loss = "diverged"
			}
			tried = append(tried, fmt.Sprintf("%g: %s", f.Sparsity, loss))
		}
		for _, f := range s.Fits {
			corr, steps = append(corr, digits(f.TestCorr)), append(steps, fmt.Sprint(f.Steps))
		}
		t.Rows = append(t.Rows, []string{name, s.Name, fmt.Sprintf("%g%s", s.Sparsity, mark(s.AtEdge)), strings.Join(tried, ", "), strings.Join(corr, ", "), digits(s.Corr.Seeds), strings.Join(steps, ", ")})
	}
	for _, row := range r.Recordings {
		for _, s := range row.Models {
			add(row.Name, s)
		}
		t.Rows = append(t.Rows, []string{row.Name, "ridge", fmt.Sprintf("strength %.4g%s", row.Ridge.Strength, mark(row.Ridge.AtEdge)), "", digits(row.Ridge.Corr.Mean), "", ""})
	}
	for _, j := range r.Joint {
		add(j.Name, j.Score)
	}
	return t
}

func (r *Report) joint() study.Table {
	t := study.Table{
		Title: "One core for recordings that share images",
		Note: fmt.Sprintf("%s with one core for the neurons of all, beside a core for each, on the same test images. Training and validation images of one recording that are in the test part of another, "+
			"and training images that are in its validation part, are left out of the joint fit, so that it learns from fewer.", r.Models[0]),
		Header: []string{"core of", "training images", "recording", "joint", "alone", "joint minus alone", "better"},
	}
	for _, j := range r.Joint {
		for _, m := range j.Recordings {
			t.Rows = append(t.Rows, []string{
				j.Name, fmt.Sprintf("%d of %d", j.Train, j.Of), m.Name,
				fmt.Sprintf("%s \u00b1 %s", digits(m.Joint.Mean), digits(m.Joint.Together)), fmt.Sprintf("%s \u00b1 %s", digits(m.Alone.Mean), digits(m.Alone.Together)), m.Gain.show(), share100(m.Gain.Better),
			})
		}
	}
	return t
}

// Markdown is the report as a page of tables. figures are the names of pictures beside it, shown at the end.
func (r *Report) Markdown(figures ...string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# One protocol, %d recordings\n", len(r.Recordings))
	line("%d fits; %.0f minutes were spent in them.", r.Fits, r.Seconds/60)
	if r.Left > 0 {
		line("%d fits are still to be made: recordings are missing here.", r.Left)
	}
	for _, row := range r.Recordings {
		line("\n- %s: `%s`", row.Name, row.Data)
	}
	for _, t := range r.Tables() {
		b.Write(t.Markdown())
	}
	if len(figures) > 0 {
		line("\n## Figures\n")
	}
	for _, f := range figures {
		line("![%s](%s)\n", strings.TrimSuffix(f, ".png"), f)
	}
	return b.Bytes()
}

// digits writes three after the point, a dash for what does not exist.
func digits(v jsonfloat.Float) string {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return "\u2013"
	}
	return strings.Replace(fmt.Sprintf("%.3f", float64(v)), "-", "\u2212", 1)
}

func share100(v jsonfloat.Float) string {
	if f := float64(v); f == f {
		return fmt.Sprintf("%.0f %%", 100*f)
	}
	return "\u2013"
}
