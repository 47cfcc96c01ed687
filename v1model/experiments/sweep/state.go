package sweep

import (
	"math"

	"v1lab/v1model/experiments/search"
	"v1lab/v1model/jsonfloat"
)

// State is where a sweep stands. Its JSON form is sweep.json.
type State struct {
	Version   int    `json:"version"`   // of the folder's format
	ID        string `json:"id"`        // as in sweep.yaml
	State     string `json:"state"`     // finished: all draws are over; stopped: by sweep stop; running: somebody works on it; waiting: nobody does
	Over      int    `json:"over"`      // draws that are done, stopped or failed, but for those that were imported
	Objective string `json:"objective"` // what is minimised
	Search    string `json:"search"`    // method
	ASHA      bool   `json:"asha"`      // draws may be stopped early
	Draws     []Draw `json:"draws"`     // all, by number; then those that were imported, whose numbers are below 0
}

// Draw is one config of a sweep.
type Draw struct {
	Number    int                     `json:"number"`         // from 0; below 0 if it was imported
	Values    map[string]search.Value `json:"values"`         // null before it is proposed; of a list: its name
	State     string                  `json:"state"`          // done, failed, stopped (early, as others are better), running, unfinished (begun, and nobody works on it) or waiting
	ValLoss   jsonfloat.Float         `json:"val_loss"`       // lowest validation loss, mean over seeds; NaN unless it is done or was stopped
	ValLossSD jsonfloat.Float         `json:"val_loss_sd"`    // over seeds; NaN for one seed
	Steps     int                     `json:"steps"`          // training steps done, all seeds
	Runs      []string                `json:"runs"`           // run folders of its seeds
	Attempts  int                     `json:"attempts"`       // of its fit with the most failures: these, and the one that works; 0 before it begins
	Error     string                  `json:"error"`          // the last one, "" if there is none
	Fits      []Fit                   `json:"fits"`           // one for each seed, as in runs; none before it is proposed
	From      []string                `json:"from,omitempty"` // run folders that were imported, as in runs
}

// Fit is one fit of a draw.
type Fit struct {
	State    string            `json:"state"`              // done, failed, running, unfinished or waiting
	Steps    int               `json:"steps"`              // as of the last validation
	ValLoss  jsonfloat.Float   `json:"val_loss"`           // lowest so far
	Rungs    []jsonfloat.Float `json:"rungs,omitempty"`    // lowest validation loss up to each rung that it has reached
	Worker   string            `json:"worker,omitempty"`   // that fits it now
	Failures int               `json:"failures,omitempty"` // since it was last allowed to be tried anew
	Error    string            `json:"error,omitempty"`    // of the last failure
	Stamp    string            `json:"stamp,omitempty"`    // of the files that this was read from
}

// States of a sweep, of a draw and of a fit.
const (
	Waiting    = "waiting"    // nobody works on it, and nobody did; a sweep: nobody works on it
	Running    = "running"    // somebody works on it
	Unfinished = "unfinished" // it was begun, and nobody works on it
	Done       = "done"       // it is over
	Stopped    = "stopped"    // a draw: stopped early, as others are better; a sweep: v1lab sweep stop
	Failed     = "failed"     // it failed as often as it is tried
	Finished   = "finished"   // a sweep: all its draws are over
)

// rungs returns the steps at which draws are compared, of which the last are those of a whole fit. Without ASHA these are the only ones.
func (f *Folder) rungs() []int {
	if !f.Spec.ASHA {
		return []int{f.Base.Fit.MaxSteps} // 0 for a schedule that has none: its fits make all their steps
	}
	return f.Spec.asha(f.Base).Rungs()
}

// loss returns the loss of a draw on a rung, and whether it is known: all its fits have reached the rung, or one has failed (NaN).
func (d Draw) loss(rung, rungs int) (float64, bool) {
	sum := 0.
	for _, fit := range d.Fits {
		if fit.State == Failed {
			return math.NaN(), true
		}
	}
	for _, fit := range d.Fits {
		switch {
		case rung == rungs-1 && fit.State != Done || rung >= len(fit.Rungs) && fit.State != Done:
			return 0, false
		case rung < len(fit.Rungs):
			sum += float64(fit.Rungs[rung])
		default:
			sum += float64(fit.ValLoss)
		}
	}
	return sum / float64(len(d.Fits)), len(d.Fits) > 0
}

// targets returns the rung that each of the first draws is to reach, as far as their losses tell now.
func (f *Folder) targets(draws []Draw) []int {
	last := len(f.rungs()) - 1
	if !f.Spec.ASHA {
		return make([]int, len(draws)) // the only one
	}
	return f.Spec.asha(f.Base).Targets(len(draws), func(draw, rung int) (float64, bool) { return draws[draw].loss(rung, last+1) })
}

// over tells whether a draw has reached its target or failed.
func (d Draw) over(target, rungs int) bool {
	_, known := d.loss(target, rungs)
	return known
}

// judge fills in what follows from the fits of all draws. proposed is how many draws there are.
func (s *State) judge(f *Folder, proposed int) {
	rungs := len(f.rungs())
	targets := f.targets(s.Draws[:proposed])
	s.Over = 0
	running := false
	for i := range s.own() {
		d := &s.Draws[i]
		d.ValLoss, d.ValLossSD = jsonfloat.Float(math.NaN()), jsonfloat.Float(math.NaN())
		d.Steps, d.Attempts, d.Error, d.State = 0, 0, "", Waiting
		if i >= proposed {
			continue
		}
		done := len(d.Fits) > 0
		failed, works, begun := false, false, false
		for _, fit := range d.Fits {
			d.Steps += fit.Steps
			attempts := fit.Failures
			if fit.State != Failed && fit.State != Waiting {
				attempts++
			}
			d.Attempts = max(d.Attempts, attempts)
			if fit.Error != "" {
				d.Error = fit.Error
			}
			done = done && fit.State == Done
			failed = failed || fit.State == Failed
			works = works || fit.State == Running
			begun = begun || fit.State != Waiting
		}
		running = running || works
		over := d.over(targets[i], rungs)
		switch {
		case failed:
			d.State = Failed
		case done:
			d.State = Done
		case over && targets[i] < rungs-1 && !works:
			d.State = Stopped
		case works:
			d.State = Running
		case begun:
			d.State = Unfinished
		}
		if over {
			s.Over++
		}
		if d.State == Done || d.State == Stopped {
			d.ValLoss, d.ValLossSD = d.lossAt(targets[i], rungs)
		}
	}
	switch {
	case s.Over == s.Asked():
		s.State = Finished
	case f.Stopped():
		s.State = Stopped
	case running:
		s.State = Running
	default:
		s.State = Waiting
	}
}

// lossAt returns mean and standard deviation over seeds of a draw's loss on a rung.
func (d Draw) lossAt(rung, rungs int) (mean, sd jsonfloat.Float) {
	m, _ := d.loss(rung, rungs)
	if len(d.Fits) < 2 {
		return jsonfloat.Float(m), jsonfloat.Float(math.NaN())
	}
	sum := 0.
	for _, fit := range d.Fits {
		v := float64(fit.ValLoss)
		if rung < len(fit.Rungs) {
			v = float64(fit.Rungs[rung])
		}
		sum += (v - m) * (v - m)
	}
	return jsonfloat.Float(m), jsonfloat.Float(math.Sqrt(sum / float64(len(d.Fits)-1)))
}
