//go:build !v1lab_engine

package report

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/runfolder"
)

const (
	// maxSettings is the largest number of settings in a figure of a sweep.
	maxSettings = 12
	// maxCurves is the largest number of fits whose losses are drawn by step.
	maxCurves = 200
)

// SweepParallel draws a sweep's settings as parallel coordinates, coloured by validation loss. It is an error if no draw is over, and for a list, which has no
// settings.
func SweepParallel(f *sweep.Folder, s *sweep.State) (*figures.Figure, error) {
	d, err := sweepData(f, s)
	if err != nil {
		return nil, err
	}
	return figures.SweepParallel(d)
}

// SweepSlices draws a sweep's validation loss over each setting. It is an error if no draw is done, and for a list.
func SweepSlices(f *sweep.Folder, s *sweep.State) (*figures.Figure, error) {
	d, err := sweepData(f, s)
	if err != nil {
		return nil, err
	}
	return figures.SweepSlices(d)
}

// SweepCurves draws the validation loss of a sweep's fits by step. Of more than 200 fits it takes those of the best draws and others at even steps, and says so.
// It is an error if no fit has been validated.
func SweepCurves(f *sweep.Folder, s *sweep.State) (*figures.Figure, error) {
	curves, note, err := sweepCurves(f, s)
	if err != nil {
		return nil, err
	}
	return figures.SweepCurves(sweepLoss(f), curves, note)
}

// sweepCurves returns the losses of fits that have been validated, and says which if these are not all.
func sweepCurves(f *sweep.Folder, s *sweep.State) (curves []figures.SweepCurve, note string, err error) {
	var draws []sweep.Draw // with something to draw, the best first
	fits := 0
	best := s.Best(len(s.Draws))
	rank := map[int]bool{}
	for _, d := range best {
		rank[d.Number] = true
	}
	for _, d := range append(best, slices.DeleteFunc(slices.Clone(s.Draws), func(d sweep.Draw) bool { return rank[d.Number] })...) {
		n := 0
		for _, fit := range d.Fits {
			if fit.Steps > 0 {
				n++
			}
		}
		if n > 0 {
			draws = append(draws, d)
			fits += n
		}
	}
	some := draws
	if fits > maxCurves {
		some = slices.Clone(draws[:min(len(draws), maxCurves/4/max(1, f.Spec.Seeds))])
		rest := draws[len(some):]
		n := min(len(rest), maxCurves/max(1, f.Spec.Seeds)-len(some))
		for i := range n {
			some = append(some, rest[i*len(rest)/n])
		}
	}
	for _, d := range some {
		state, loss := sweepState(d)
		for i, path := range d.Runs {
			if i >= len(d.Fits) || d.Fits[i].Steps == 0 {
				continue
			}
			metrics, err := (&runfolder.Folder{Path: path}).Metrics()
			if err != nil {
				return nil, "", fmt.Errorf("draw %d: %w", d.Number, err)
			}
			c := figures.SweepCurve{Draw: d.Number, State: state, Loss: loss}
			for _, m := range metrics {
				if m.ValLoss.Finite() {
					c.Steps, c.Value = append(c.Steps, m.Step), append(c.Value, float64(m.ValLoss))
				}
			}
			if len(c.Steps) > 0 {
				curves = append(curves, c)
			}
		}
	}
	if len(some) < len(draws) {
		note = fmt.Sprintf("%d of %d fits: those of the best draws, and others at even steps", len(curves), fits)
	}
	return curves, note, nil
}

// SweepWork draws which process worked on which draw, and when. It is an error if nobody has worked on the sweep.
func SweepWork(f *sweep.Folder) (*figures.Figure, error) {
	logs, err := f.Logs()
	if err != nil {
		return nil, err
	}
	var workers []figures.SweepWorker
	for _, l := range logs {
		w := figures.SweepWorker{Name: l.Worker}
		for _, s := range l.Slices {
			w.Slices = append(w.Slices, figures.SweepSlice{Begin: float64(s.Begun.UnixNano()) / 1e9, Seconds: s.Seconds, Draw: s.Draw, Seed: s.Seed, Steps: s.Steps, Failed: s.Ended == sweep.Failed})
		}
		workers = append(workers, w)
	}
	return figures.SweepWork(workers)
}

// Sweep draws what there is to draw of a sweep, which may be under way.
func Sweep(f *sweep.Folder, s *sweep.State) ([]Named, error) {
	d := &drawer{}
	put := func(name, text string, draw func() (*figures.Figure, error)) {
		d.draw(name, draw)
		if d.err == nil {
			d.figures[len(d.figures)-1].Caption = text
		}
	}
	if data, err := sweepData(f, s); err == nil {
		cut := ""
		if n := len(f.Space()); n > maxSettings {
			cut = fmt.Sprintf(" The first %d of %d settings.", maxSettings, n)
		}
		has := func(states ...figures.SweepState) bool {
			return slices.ContainsFunc(data.Draws, func(r figures.SweepDraw) bool { return slices.Contains(states, r.State) })
		}
		if has(figures.SweepDone, figures.SweepStopped, figures.SweepFailed) {
			put("parallel", "Settings of all draws that are over; the colour is the validation loss, mean over seeds."+cut, func() (*figures.Figure, error) { return figures.SweepParallel(data) })
		}
		if has(figures.SweepDone) {
			put("slices", "Validation loss over each setting, mean over seeds with the standard deviation; each dot is a draw."+cut, func() (*figures.Figure, error) { return figures.SweepSlices(data) })
		}
	}
	curves, note, err := sweepCurves(f, s)
	if err != nil {
		return nil, err
	}
	if len(curves) > 0 {
		put("curves", "Validation loss of the fits by step, in the colours of their draws' losses.", func() (*figures.Figure, error) { return figures.SweepCurves(sweepLoss(f), curves, note) })
	}
	logs, err := f.Logs()
	if err != nil {
		return nil, err
	}
	if len(logs) > 0 {
		put("work", "Who did what: the slices of time in which each process took a fit further.", func() (*figures.Figure, error) { return SweepWork(f) })
	}
	return d.figures, d.err
}

// sweepData returns the draws of a space that have been proposed.
func sweepData(f *sweep.Folder, s *sweep.State) (figures.SweepData, error) {
	d := figures.SweepData{Loss: sweepLoss(f)}
	space := f.Space()
	if len(space) == 0 {
		return d, errors.New("sweep: its draws are a list, which has no settings")
	}
	space = space[:min(len(space), maxSettings)]
	for _, r := range space {
		a := figures.SweepAxis{Name: r.Key, Log: r.Form == search.Log, Low: r.Low, High: r.High}
		for _, c := range r.Choices {
			a.Choices = append(a.Choices, search.Format(c))
		}
		d.Axes = append(d.Axes, a)
	}
	for _, draw := range s.Draws {
		if draw.Values == nil {
			continue
		}
		row := figures.SweepDraw{Number: draw.Number, SD: float64(draw.ValLossSD)}
		row.State, row.Loss = sweepState(draw)
		for i, r := range space {
			v, err := placeOf(d.Axes[i], draw.Values[r.Key])
			if err != nil {
				return d, fmt.Errorf("draw %d: %s: %w", draw.Number, r.Key, err)
			}
			row.Values = append(row.Values, v)
		}
		d.Draws = append(d.Draws, row)
	}
	return d, nil
}

func placeOf(a figures.SweepAxis, v search.Value) (float64, error) {
	if len(a.Choices) > 0 {
		if i := slices.Index(a.Choices, search.Format(v)); i >= 0 {
			return float64(i), nil
		}
		return 0, fmt.Errorf("found %v, accepted: one of %v", v, a.Choices)
	}
	switch x := v.(type) {
	case float64:
		return x, nil
	case int:
		return float64(x), nil
	}
	return 0, fmt.Errorf("found %v, accepted: a number", v)
}

// sweepState tells what became of a draw, and its loss. A fit that ended without a loss, as its weights diverged, counts as failed.
func sweepState(d sweep.Draw) (figures.SweepState, float64) {
	switch {
	case d.State == sweep.Done && d.ValLoss.Finite():
		return figures.SweepDone, float64(d.ValLoss)
	case d.State == sweep.Stopped:
		return figures.SweepStopped, float64(d.ValLoss)
	case d.State == sweep.Failed || d.State == sweep.Done:
		return figures.SweepFailed, math.NaN()
	}
	return figures.SweepOpen, math.NaN()
}

// sweepLoss names the loss of all draws.
func sweepLoss(f *sweep.Folder) string {
	objective, err := f.Base.Objective()
	if err != nil || slices.ContainsFunc(f.Space(), func(r search.Range) bool { return r.Key == "fit.loss" }) {
		return "Validation loss"
	}
	return fmt.Sprintf("Validation loss (%s)", objective.Unit)
}
