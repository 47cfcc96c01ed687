package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// Reader reads the state of a sweep again and again. It remembers fits that are over.
type Reader struct {
	folder *Folder
	draws  []Draw // as last read; their values and fits count
}

// NewReader returns a reader that begins with what sweep.json has, as far as the folders still agree with it.
func NewReader(f *Folder) *Reader {
	r := &Reader{folder: f}
	text, err := infile.ReadFile(f.file(stateFile), maxText)
	var s State
	if err != nil || decode(text, &s) != nil || s.Version != Version || s.ID != f.Spec.ID {
		return r // it is made again
	}
	for i := range s.Draws {
		if d := &s.Draws[i]; d.Values != nil && f.typed(d.Values) != nil {
			return r
		}
	}
	r.draws = s.own()
	return r
}

// maxText limits the size of a text file in the folder, in bytes.
const maxText = 1 << 30

// decode keeps numbers as they are written, so that 16 does not become 16.0.
func decode(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(to)
}

// Read reads the state from the folders.
func (r *Reader) Read() (*State, error) {
	f := r.folder
	names := map[string][]string{}
	for _, dir := range []string{drawsDir, f.runs(), failuresDir} {
		if dir == drawsDir && f.list != nil {
			continue
		}
		entries, err := os.ReadDir(f.file(dir))
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		for _, e := range entries {
			names[dir] = append(names[dir], e.Name())
		}
	}
	there := func(dir, name string) bool { _, ok := slices.BinarySearch(names[dir], name); return ok }
	draws := make([]Draw, f.Spec.Draws)
	proposed := 0
	for n := range draws {
		d := Draw{Number: n, Runs: []string{}, Fits: []Fit{}}
		for seed := range f.Spec.Seeds {
			d.Runs = append(d.Runs, f.Run(n, seed))
		}
		if proposed == n && (f.list != nil || there(drawsDir, drawFile(n))) {
			proposed++
			var before []Fit
			if n < len(r.draws) && r.draws[n].Values != nil {
				d.Values, before = r.draws[n].Values, r.draws[n].Fits
			} else {
				var err error
				if d.Values, err = f.readDraw(n); err != nil {
					return nil, err
				}
			}
			for seed := range f.Spec.Seeds {
				fit := Fit{State: Waiting, ValLoss: jsonfloat.Float(math.NaN())}
				name := f.name(n, seed)
				failures := there(failuresDir, name+".jsonl")
				if there(f.runs(), name) || failures {
					var known Fit
					if seed < len(before) {
						known = before[seed]
					}
					var err error
					if fit, err = f.readFit(name, failures, known); err != nil {
						return nil, err
					}
				}
				if fit.State != Done && f.sourceIs(Failed, draws, n, seed) {
					fit = Fit{State: Failed, ValLoss: fit.ValLoss, Steps: fit.Steps, Error: "the fit whose core it takes failed"}
				}
				d.Fits = append(d.Fits, fit)
			}
		}
		draws[n] = d
	}
	r.draws = draws
	imported, _, err := f.imports()
	if err != nil {
		return nil, err
	}
	s := &State{Version: Version, ID: f.Spec.ID, Objective: f.Spec.Objective, Search: f.Spec.Search, ASHA: f.Spec.ASHA, Draws: append(slices.Clone(draws), imported...)}
	s.judge(f, proposed)
	return s, nil
}

// Proposed returns how many draws have values.
func (s *State) Proposed() int {
	n, _ := slices.BinarySearchFunc(s.own(), true, func(d Draw, _ bool) int {
		if d.Values != nil {
			return -1
		}
		return 1
	})
	return n
}

// refreshEvery is the age at which workers write sweep.json anew.
const refreshEvery = 10 * time.Second

// Refresh is Keep for many processes that call it often: unless the sweep is over, one of them writes every few seconds.
func (s *State) Refresh(f *Folder) error {
	if info, err := os.Stat(f.file(stateFile)); err == nil && s.State != Finished && time.Since(info.ModTime()) < refreshEvery {
		return nil
	}
	return s.Keep(f)
}

// Keep writes sweep.json, unless it says the same already.
func (s *State) Keep(f *Folder) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if before, err := os.ReadFile(f.file(stateFile)); err == nil && bytes.Equal(before, text) {
		return nil
	}
	return durable.WriteFile(f.file(stateFile), text, 0o666)
}

func drawFile(number int) string { return fmt.Sprintf("%04d.json", number) }

// drawRecord is a file in draws/.
type drawRecord struct {
	Version int                     `json:"version"`
	Number  int                     `json:"number"`
	Values  map[string]search.Value `json:"values"`
}

func (f *Folder) readDraw(number int) (map[string]search.Value, error) {
	if f.list != nil {
		return map[string]search.Value{"name": f.Spec.List[number].Name}, nil
	}
	name := f.file(drawsDir, drawFile(number))
	text, err := infile.ReadFile(name, maxText)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var d drawRecord
	if err := decode(text, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if d.Number != number || len(d.Values) == 0 || d.Version != Version {
		return nil, fmt.Errorf("%s: found draw %d of version %d with %d values, accepted: draw %d of version %d", name, d.Number, d.Version, len(d.Values), number, Version)
	}
	if err := f.typed(d.Values); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d.Values, nil
}

// typed gives values that were read from JSON the types that they had. Values that the space does not have are an error.
func (f *Folder) typed(values map[string]search.Value) error {
	if f.list != nil {
		return nil
	}
	if len(values) != len(f.space) {
		return fmt.Errorf("%d values, accepted: %d", len(values), len(f.space))
	}
	for _, r := range f.space {
		v, err := typedValue(r, values[r.Key])
		if err != nil {
			return err
		}
		values[r.Key] = v
	}
	return nil
}

func typedValue(r search.Range, found search.Value) (search.Value, error) {
	if r.Form == search.Choice {
		text, err := json.Marshal(found)
		for _, c := range r.Choices {
			if one, e := json.Marshal(c); err == nil && e == nil && bytes.Equal(one, text) {
				return c, nil
			}
		}
	} else if n, ok := found.(json.Number); ok {
		x, err := n.Float64()
		if err == nil && x >= r.Low && x <= r.High {
			if r.Form == search.Integer {
				return int(x), nil
			}
			return x, nil
		}
	}
	return nil, fmt.Errorf("%s: found %v, accepted: %s", r.Key, found, r)
}

// readFit reads a fit from its run folder and its failures. known is what was read before: if it was over then and the file that says so has not changed, it
// is returned.
func (f *Folder) readFit(name string, failures bool, known Fit) (Fit, error) {
	run := f.file(f.runs(), name)
	stamp := stampOf(filepath.Join(run, "result.json"))
	over := stamp != missing
	if failures {
		stamp += "/" + stampOf(f.file(failuresDir, name+".jsonl"))
	}
	if known.Stamp == stamp && (known.State == Done || known.State == Failed) {
		return known, nil
	}
	fit := Fit{State: Waiting, ValLoss: jsonfloat.Float(math.NaN()), Stamp: stamp}
	if failures {
		all, err := f.readFailures(name)
		if err != nil {
			return fit, err
		}
		if fit.Failures = len(all); len(all) > 0 {
			fit.Error = all[len(all)-1].Error
		}
	}
	folder := runfolder.Folder{Path: run}
	if f.Spec.ASHA || !over {
		metrics, err := folder.Metrics()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fit, err
		}
		fit.read(metrics, f.rungs())
	}
	if over {
		result, _, err := folder.Result()
		if err != nil {
			return fit, err
		}
		fit.State, fit.ValLoss, fit.Steps = Done, result.ValLoss, result.Steps
		return fit, nil
	}
	if fit.Failures >= f.Spec.Tries {
		fit.State = Failed
		return fit, nil
	}
	writer, writing, err := runfolder.WriterOf(run)
	if err != nil {
		return fit, err
	}
	if writing {
		fit.State, fit.Worker = Running, fmt.Sprintf("%d on %s", writer.PID, writer.Host)
		if p := writer.Progress; p != nil {
			fit.Steps = p.Steps
		}
	} else if runfolder.IsRun(run) {
		fit.State = Unfinished
	}
	return fit, nil
}

// read takes steps and losses from a fit's validations.
func (fit *Fit) read(metrics []runfolder.Metric, rungs []int) {
	best := math.NaN()
	for _, m := range metrics {
		for len(fit.Rungs) < len(rungs)-1 && m.Step > rungs[len(fit.Rungs)] {
			fit.Rungs = append(fit.Rungs, jsonfloat.Float(best))
		}
		if v := float64(m.ValLoss); !(v >= best) && v-v == 0 {
			best = v
		}
		fit.Steps = m.Step
	}
	for len(fit.Rungs) < len(rungs)-1 && fit.Steps >= rungs[len(fit.Rungs)] {
		fit.Rungs = append(fit.Rungs, jsonfloat.Float(best))
	}
	fit.ValLoss = jsonfloat.Float(best)
}

// missing is the stamp of a file that is not there.
const missing = "-"

// stampOf tells versions of a file apart.
func stampOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return missing
	}
	return strconv.FormatInt(info.ModTime().UnixNano(), 36) + "." + strconv.FormatInt(info.Size(), 36)
}
