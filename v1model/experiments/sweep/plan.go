package sweep

import (
	"encoding/json"
	"fmt"
	"iter"

	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
)

// Task is a fit that is to go on.
type Task struct {
	Draw  int  `json:"draw"`
	Seed  int  `json:"seed"`  // below Spec.Seeds
	Until int  `json:"until"` // steps at which it is to pause, 0: go on to the end
	Fresh bool `json:"-"`     // it has not begun
	Busy  bool `json:"-"`     // somebody works on it
}

// learns tells whether a method proposes from losses, so that it has to wait for them.
func (s Spec) learns() bool { return s.Search == "tpe" }

// Tasks lists the fits that are to go on, by draw. When all that are known have been taken, it proposes the next draw, writes it to draws/, and goes on with
// that: so only as many draws are proposed as workers ask for, and by whom does not matter. It ends early if the next proposal has to wait for a loss.
func (f *Folder) Tasks(s *State) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		draws := s.Draws[:s.Proposed()]
		rungs, targets := f.rungs(), f.targets(draws)
		for n := 0; n < s.Asked(); n++ {
			if n == len(draws) {
				values, err := f.propose(draws)
				if err != nil {
					yield(Task{}, err)
				}
				if values == nil || err != nil {
					return
				}
				s.Draws[n].Values = values
				for range f.Spec.Seeds {
					s.Draws[n].Fits = append(s.Draws[n].Fits, Fit{State: Waiting})
				}
				draws = s.Draws[:n+1]
				targets = f.targets(draws)
			}
			d := draws[n]
			if d.State == Failed {
				continue
			}
			target, until := targets[n], 0
			if target < len(rungs)-1 {
				until = rungs[target]
			}
			for seed, fit := range d.Fits {
				if fit.State == Done || fit.State == Failed || until > 0 && target < len(fit.Rungs) || !f.sourceIs(Done, draws, n, seed) {
					continue
				}
				t := Task{Draw: n, Seed: seed, Until: until, Fresh: fit.State == Waiting, Busy: fit.State == Running}
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

// propose returns the values of the next draw, after writing them to draws/. They are nil if it has to wait for the losses of earlier draws.
func (f *Folder) propose(draws []Draw) (map[string]search.Value, error) {
	number := len(draws)
	finished, ready, err := f.view(draws, number)
	if !ready || err != nil {
		return nil, err
	}
	proposer, err := search.New(f.Spec.Search, f.space, f.Spec.Seed)
	if err != nil {
		return nil, err
	}
	values, err := proposer.Propose(number, finished)
	if err != nil {
		return nil, fmt.Errorf("draw %d: %w", number, err)
	}
	text, err := json.Marshal(drawRecord{Version, number, values})
	if err != nil {
		return nil, fmt.Errorf("draw %d: %w", number, err)
	}
	if err := durable.WriteFile(f.file(drawsDir, drawFile(number)), append(text, '\n'), 0o666); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return values, nil
}

// view is what the proposal of a draw may know: the losses of the draws up to number-Ahead, as they are once these draws are over, and the values of those
// after them, and the draws that were imported before it was proposed. ready is false if one of them is not over. So what is proposed does not depend on which fits happen to have ended.
func (f *Folder) view(draws []Draw, number int) (finished []search.Finished, ready bool, err error) {
	if !f.Spec.learns() {
		return nil, true, nil
	}
	imported, since, err := f.imports()
	if err != nil {
		return nil, false, err
	}
	for i, d := range imported {
		if since[i] <= number {
			finished = append(finished, search.Finished{Number: d.Number, Values: d.Values, Loss: float64(d.ValLoss)})
		}
	}
	seen := draws[:max(0, number-f.Spec.Ahead+1)]
	rungs := f.rungs()
	for i, target := range f.targets(seen) {
		d := seen[i]
		loss, known := d.loss(target, len(rungs))
		if !known {
			return nil, false, nil
		}
		e := search.Finished{Number: d.Number, Values: d.Values, Loss: loss}
		if target < len(rungs)-1 {
			e.Steps = rungs[target]
		}
		finished = append(finished, e)
	}
	for _, d := range draws[len(seen):] {
		finished = append(finished, search.Finished{Number: d.Number, Values: d.Values, Running: true})
	}
	return finished, true, nil
}

// Config returns the config of a draw's fit.
func (f *Folder) Config(d Draw, seed int) (v1model.Config, error) {
	if f.list != nil {
		job := f.list.Job(d.Number, seed)
		job.Config.Fit.Seed = job.Seed
		return job.Config, nil
	}
	config := f.Base
	for _, s := range search.Settings(d.Values) {
		if err := config.Set(s); err != nil {
			return config, err
		}
	}
	config.Fit.Seed += uint64(seed)
	return config, config.Validate()
}
