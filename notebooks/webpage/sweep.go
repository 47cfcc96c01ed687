package webpage

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/jsonfloat"
)

const (
	mostBest    = 5   // draws in the table of the best: Ecker et al. (ICLR 2019) look at five
	mostDraws   = 500 // rows of the table of all draws
	mostFailed  = 200
	mostWorkers = 200
)

// sweepView is the form of a sweep on the page.
type sweepView struct {
	Headline []fact
	Notes    []string
	Best     studyTable
	Runs     []string // of the best draw
	Pictures []picture
	Failed   []studyTable // none or one
	Errors   []fact       // of which the table has the first line only
	Workers  []studyTable // none or one
	Draws    studyTable
	Assumed  []fact
	Config   string
}

// WriteSweep writes the page about a sweep, which may be under way: the best draws, figures of package report, who did what, errors, and what was assumed. It
// computes nothing and ignores o.Browse.
func WriteSweep(w io.Writer, f *sweep.Folder, s *sweep.State, o Options) error {
	v := &sweepView{Headline: sweepHeadline(s), Notes: sweepNotes(s), Best: sweepBest(s), Draws: sweepDraws(s), Assumed: sweepAssumed(f)}
	if best := s.Best(1); len(best) > 0 {
		v.Runs = best[0].Runs
	}
	all, err := report.Sweep(f, s)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	for _, n := range all {
		p, err := inlined(n)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		if spec := n.Figure.VegaLite(); spec != nil {
			if p.Interactive, err = vegaLiteURL(spec); err != nil {
				return fmt.Errorf("page: %s: %w", n.Name, err)
			}
		}
		v.Pictures = append(v.Pictures, p)
	}
	v.Failed, v.Errors = sweepFailed(s)
	if v.Workers, err = sweepWorkers(f); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	config, err := f.Base.YAML()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	v.Config = string(config)
	return write(w, view{Title: cmp.Or(o.Title, filepath.Base(filepath.Clean(f.Path))), Made: dated(o.Made), Program: program(nil), Sweep: v})
}

// vegaLiteURL is a file that JupyterLab opens.
func vegaLiteURL(spec map[string]any) (template.URL, error) {
	spec = maps.Clone(spec)
	spec["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json" // a name: nobody loads it
	text, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	return template.URL("data:application/json;base64," + base64.StdEncoding.EncodeToString(text)), nil //nolint:gosec // a file to keep
}

func sweepHeadline(s *sweep.State) []fact {
	facts := []fact{{"state", s.State, ""}, {"draws over", fmt.Sprintf("%d of %d", s.Over, s.Asked()), sweepCounts(s)}}
	if best := s.Best(1); len(best) > 0 {
		d := best[0]
		remark := fmt.Sprintf("draw %d", d.Number)
		if len(d.Fits) > 1 {
			remark += fmt.Sprintf(", mean of %d seeds", len(d.Fits))
		}
		facts = append(facts, fact{"lowest validation loss", loss(d.ValLoss), remark})
	}
	steps := 0
	for _, d := range s.Draws {
		steps += d.Steps
	}
	return append(facts, fact{"training steps", fmt.Sprint(steps), "of all fits"})
}

func sweepCounts(s *sweep.State) string {
	var parts []string
	for _, c := range []struct{ state, words string }{{sweep.Done, "done"}, {sweep.Stopped, "stopped early"}, {sweep.Failed, "failed"}, {sweep.Running, "under way"}, {sweep.Unfinished, "begun"}} {
		if n := s.Count(c.state); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c.words))
		}
	}
	if n := len(s.Imported()); n > 0 {
		parts = append(parts, fmt.Sprintf("%d imported", n))
	}
	return strings.Join(parts, ", ")
}

func sweepNotes(s *sweep.State) (notes []string) {
	if s.State != sweep.Finished {
		notes = append(notes, fmt.Sprintf("The sweep is not finished: %d of %d draws are over. This page shows what is there.", s.Over, s.Asked()))
	}
	if n := s.Count(sweep.Failed); n > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d draws failed; their errors are below.", n, s.Asked()))
	}
	without := 0
	for _, d := range s.Draws {
		if d.State == sweep.Done && !d.ValLoss.Finite() {
			without++
		}
	}
	if without > 0 {
		notes = append(notes, fmt.Sprintf("%d draws ended without a finite validation loss. Figures show them as failed.", without))
	}
	return notes
}

func sweepBest(s *sweep.State) studyTable {
	t := studyTable{Title: "The best draws", Note: "Lowest validation loss of each fit, mean and standard deviation over seeds. Draws that were stopped early are not among them." + importedNote(s),
		table: table{Head: []string{"draw", "validation loss", "SD over seeds", "of each seed", "steps", "values"}}}
	for _, d := range s.Best(mostBest) {
		t.Rows = append(t.Rows, []string{fmt.Sprint(d.Number), loss(d.ValLoss), spread(d.ValLossSD), seedLosses(d), fmt.Sprint(d.Steps), values(d)})
	}
	return t
}

func importedNote(s *sweep.State) string {
	if len(s.Imported()) == 0 {
		return ""
	}
	return " Draws with numbers below 0 were fitted before the sweep and imported."
}

// sweepDraws is all draws that have values, the best first, then those without a loss.
func sweepDraws(s *sweep.State) studyTable {
	t := studyTable{Title: "All draws", table: table{Head: []string{"draw", "state", "validation loss", "SD over seeds", "steps", "tries", "values"}}}
	best := s.Best(len(s.Draws))
	listed := map[int]bool{}
	for _, d := range best {
		listed[d.Number] = true
	}
	all := best
	for _, d := range s.Draws {
		if d.Values != nil && !listed[d.Number] {
			all = append(all, d)
		}
	}
	for _, d := range all[:min(len(all), mostDraws)] {
		t.Rows = append(t.Rows, []string{fmt.Sprint(d.Number), d.State, loss(d.ValLoss), spread(d.ValLossSD), fmt.Sprint(d.Steps), fmt.Sprint(d.Attempts), values(d)})
	}
	if len(all) > mostDraws {
		t.Title = fmt.Sprintf("The first %d of %d draws", mostDraws, len(all))
	}
	return t
}

func sweepFailed(s *sweep.State) (tables []studyTable, errors []fact) {
	t := studyTable{Title: "Draws that failed", table: table{Head: []string{"draw", "tries", "error", "values"}}}
	n := 0
	for _, d := range s.Draws {
		if d.State != sweep.Failed {
			continue
		}
		if n++; n > mostFailed {
			continue
		}
		line, rest, _ := strings.Cut(d.Error, "\n")
		t.Rows = append(t.Rows, []string{fmt.Sprint(d.Number), fmt.Sprint(d.Attempts), line, values(d)})
		if rest != "" && len(errors) < 20 {
			errors = append(errors, fact{Name: fmt.Sprint("draw ", d.Number), Value: clipped(d.Error, 4000)})
		}
	}
	if n == 0 {
		return nil, nil
	}
	if n > mostFailed {
		t.Note = fmt.Sprintf("The first %d of %d.", mostFailed, n)
	}
	return []studyTable{t}, errors
}

// sweepWorkers sums up what each process did.
func sweepWorkers(f *sweep.Folder) ([]studyTable, error) {
	logs, err := f.Logs()
	if err != nil || len(logs) == 0 {
		return nil, err
	}
	t := studyTable{Title: "Workers", table: table{Head: []string{"process", "slices", "fits ended", "errors", "first slice", "last slice ended", "minutes of work"}}}
	for _, l := range logs[:min(len(logs), mostWorkers)] {
		done, failed, seconds := 0, 0, 0.
		for _, s := range l.Slices {
			seconds += s.Seconds
			switch s.Ended {
			case sweep.Done:
				done++
			case sweep.Failed:
				failed++
			}
		}
		last := l.Slices[len(l.Slices)-1]
		const form = "2 Jan 15:04:05 MST"
		t.Rows = append(t.Rows, []string{l.Worker, fmt.Sprint(len(l.Slices)), fmt.Sprint(done), fmt.Sprint(failed), l.Slices[0].Begun.Format(form),
			last.Begun.Add(time.Duration(last.Seconds * float64(time.Second))).Format(form), fmt.Sprintf("%.1f", seconds/60)})
	}
	if len(logs) > mostWorkers {
		t.Note = fmt.Sprintf("The first %d of %d.", mostWorkers, len(logs))
	}
	return []studyTable{t}, nil
}

// sweepAssumed is what was asked for, and what the numbers mean.
func sweepAssumed(f *sweep.Folder) []fact {
	s := f.Spec
	if f.IsList() {
		return []fact{{"draws", fmt.Sprintf("%d, a list", s.Draws), "the fits of a comparison or study"}, {"seeds", fmt.Sprint(s.Seeds), "fits of each draw"},
			{"loss", s.Objective, "lowest of each fit, mean over its seeds; the test part plays no role"}, {"folder", f.Path, "format version " + fmt.Sprint(s.Version)}}
	}
	facts := []fact{
		{"recording", s.Data, "fingerprint " + s.Fingerprint},
		{"config", s.Config, strings.Join(s.Set, " ")},
	}
	for _, r := range f.Space() {
		remark := map[search.Form]string{search.Log: "uniform in the logarithm", search.Linear: "uniform", search.Integer: "whole numbers", search.Choice: "one of these"}[r.Form]
		facts = append(facts, fact{"space", r.String(), remark})
	}
	method := "draws do not depend on losses"
	if s.Search == "tpe" {
		method = fmt.Sprintf("draw n is proposed from the losses of draws 0 to n \u2212 %d, whoever works", s.Ahead)
	}
	facts = append(facts, fact{"search", s.Search, fmt.Sprintf("seed %d; %s", s.Seed, method)})
	early := "no"
	if s.ASHA {
		early = fmt.Sprintf("of %d draws, one goes on from each rung; the first is at %d steps", s.Reduction, s.MinSteps)
	}
	return append(facts, fact{"stopped early", early, ""}, fact{"seeds", fmt.Sprint(s.Seeds), fmt.Sprintf("fits of each draw, with fit.seed from %d on", f.Base.Fit.Seed)},
		fact{"objective", s.Objective, "lowest validation loss of a fit, mean over its seeds; the test part plays no role"},
		fact{"tries", fmt.Sprint(s.Tries), "of a fit that fails"}, fact{"slice", fmt.Sprintf("%g s", s.Slice), "after which a worker turns to what is most urgent; weights do not depend on it"},
		fact{"folder", f.Path, "format version " + fmt.Sprint(s.Version)})
}

func seedLosses(d sweep.Draw) string {
	var all []string
	for _, fit := range d.Fits {
		all = append(all, loss(fit.ValLoss))
	}
	return strings.Join(all, ", ")
}

// values lists a draw's settings, to four digits.
func values(d sweep.Draw) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(d.Values)) {
		all = append(all, key+"="+search.Short(d.Values[key]))
	}
	return strings.Join(all, ", ")
}

// loss formats a loss with six digits: those of good draws are close together.
func loss(f jsonfloat.Float) string {
	if !f.Finite() {
		return "\u2013"
	}
	return strings.Replace(fmt.Sprintf("%.6g", float64(f)), "-", "\u2212", 1)
}

// spread formats a standard deviation.
func spread(f jsonfloat.Float) string {
	if !f.Finite() {
		return "\u2013"
	}
	return fmt.Sprintf("%.2g", float64(f))
}
