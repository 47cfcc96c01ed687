package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/gofrs/flock"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// importedDir has copies of run folders, NUMBER-seedSEED, and NUMBER.json for each draw that they are. The draw's number is that with a minus.
const importedDir = "imported"

// importRecord is NUMBER.json.
type importRecord struct {
	Version int                     `json:"version"`
	Number  int                     `json:"number"` // below 0
	Values  map[string]search.Value `json:"values"`
	Runs    []string                `json:"runs"`  // names of the copies
	From    []string                `json:"from"`  // run folders that were copied
	Since   int                     `json:"since"` // the first draw that is proposed with it in view
}

// candidate is a run folder that may become part of a draw.
type candidate struct {
	path   string
	seed   uint64
	values map[string]search.Value
	loss   jsonfloat.Float
}

// Import makes draws of finished run folders: those with the same values, and different seeds, are one draw. They must be of the sweep's recording, with its
// config but for values in its space and fit.seed, and at least as many seeds for each draw as the sweep has. All are checked before any is copied; runs that
// are there already are left out. Draws have numbers below 0. They count among the best, and methods that learn see them from the next draw on that is
// proposed: since that is written down, what is proposed still depends on the folder alone. Nobody may work on the sweep meanwhile.
func (f *Folder) Import(paths ...string) (draws []Draw, err error) {
	if f.list != nil {
		return nil, fmt.Errorf("%s: its draws are a list; accepted: a sweep of a space", f.Path)
	}
	lock := flock.New(f.file(lockFile), flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends with it
	s, err := NewReader(f).Read()
	if err != nil {
		return nil, err
	}
	if n := s.Fits(Running); n > 0 {
		return nil, fmt.Errorf("%s: %d fits are under way; accepted: a sweep that nobody works on, as after v1lab sweep stop", f.Path, n)
	}
	there := s.Imported()
	var groups [][]candidate
	for _, path := range paths {
		full, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", path, err)
		}
		if slices.ContainsFunc(there, func(d Draw) bool { return slices.Contains(d.From, full) }) {
			continue
		}
		c, err := f.candidate(full)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", path, err)
		}
		if i := slices.IndexFunc(there, func(d Draw) bool { return sameValues(d.Values, c.values) }); i >= 0 {
			return nil, fmt.Errorf("run %s: draw %d has its values already; accepted: all runs with the same values at once", path, there[i].Number)
		}
		i := slices.IndexFunc(groups, func(g []candidate) bool { return sameValues(g[0].values, c.values) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, nil)
		}
		if k := slices.IndexFunc(groups[i], func(o candidate) bool { return o.seed == c.seed }); k >= 0 {
			return nil, fmt.Errorf("run %s: its seed and values are those of %s; accepted: each once", path, groups[i][k].path)
		}
		groups[i] = append(groups[i], c)
	}
	for _, g := range groups {
		if len(g) < f.Spec.Seeds {
			return nil, fmt.Errorf("run %s: %d seeds with the values %s; accepted: at least %d, as each draw of the sweep has, since means over fewer are lower by chance", g[0].path, len(g), strings.Join(search.Settings(g[0].values), " "), f.Spec.Seeds)
		}
	}
	for i, g := range groups {
		d, err := f.take(-(len(there) + i + 1), s.Proposed(), g)
		if err != nil {
			return draws, err
		}
		draws = append(draws, d)
	}
	return draws, nil
}

func sameValues(a, b map[string]search.Value) bool {
	return slices.Equal(search.Settings(a), search.Settings(b))
}

// candidate reads a run folder, and returns an error if it cannot be a fit of this sweep.
func (f *Folder) candidate(path string) (c candidate, err error) {
	if own, err := filepath.Abs(f.Path); err == nil && strings.HasPrefix(path, own+string(filepath.Separator)) {
		return c, errors.New("it is in the sweep's folder; accepted: runs of before")
	}
	run, err := runfolder.Open(path)
	if err != nil {
		return c, err
	}
	if found := run.Dataset.Fingerprint; found != f.Spec.Fingerprint {
		return c, fmt.Errorf("fitted to other data, %q (fingerprint %.12s); accepted: %q (%.12s)", run.Dataset.Spec, found, f.Spec.Data, f.Spec.Fingerprint)
	}
	result, over, err := run.Result()
	switch {
	case err != nil:
		return c, err
	case !over:
		return c, errors.New("it is not finished; accepted: a run that is over, as v1lab fit --resume makes it")
	case !result.ValLoss.Finite():
		return c, errors.New("it has no validation loss; accepted: a fit with one")
	}
	c = candidate{path: path, seed: run.Config.Fit.Seed, loss: result.ValLoss}
	if c.values, err = f.valuesOf(run.Config); err != nil {
		return c, err
	}
	return c, nil
}

// valuesOf returns the values of the space's keys in a config, of which all else must be as the sweep has it. Where it was computed does not matter.
func (f *Folder) valuesOf(config v1model.Config) (map[string]search.Value, error) {
	found, err := settings(config)
	if err != nil {
		return nil, err
	}
	values := map[string]search.Value{}
	want := f.Base
	for _, r := range f.space {
		v, err := f.valueIn(r, found[r.Key])
		if err != nil {
			return nil, err
		}
		values[r.Key] = v
		if err := want.Set(r.Key + "=" + search.Format(v)); err != nil {
			return nil, err
		}
	}
	want.Fit.Seed, want.Preset, want.Backend = config.Fit.Seed, config.Preset, config.Backend
	if want.SameFit(config) {
		return values, nil
	}
	asked, err := settings(want)
	if err != nil {
		return nil, err
	}
	var differ []string
	for key, text := range found {
		if asked[key] != text && !strings.HasSuffix(key, "source") && key != "core.evaluation" {
			differ = append(differ, fmt.Sprintf("%s: found %s, the sweep has %s", key, orNone(text), orNone(asked[key])))
		}
	}
	for key, text := range asked {
		if _, ok := found[key]; !ok {
			differ = append(differ, fmt.Sprintf("%s: found none, the sweep has %s", key, text))
		}
	}
	slices.Sort(differ)
	return nil, fmt.Errorf("fitted with another config; %s", strings.Join(differ[:min(3, len(differ))], "; "))
}

// valueIn finds a setting in a range.
func (f *Folder) valueIn(r search.Range, text string) (search.Value, error) {
	if r.Form == search.Choice {
		for _, c := range r.Choices {
			config := f.Base
			if err := config.Set(r.Key + "=" + search.Format(c)); err != nil {
				continue
			}
			if all, err := settings(config); err == nil && all[r.Key] == text {
				return c, nil
			}
		}
	} else if v, err := typedValue(r, json.Number(text)); err == nil {
		return v, nil
	}
	return nil, fmt.Errorf("%s: found %s, accepted: %s", r.Key, orNone(text), r)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// settings is a config as texts by key, such as readout.sparsity.
func settings(config v1model.Config) (map[string]string, error) {
	text, err := config.YAML()
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	all := map[string]string{}
	var walk func(prefix string, of map[string]any)
	walk = func(prefix string, of map[string]any) {
		for key, v := range of {
			if inner, ok := v.(map[string]any); ok {
				walk(prefix+key+".", inner)
				continue
			}
			all[prefix+key] = search.Format(v)
		}
	}
	walk("", tree)
	return all, nil
}

// take copies the runs of a draw. The record is written last: without it, copies count for nothing.
func (f *Folder) take(number, since int, runs []candidate) (d Draw, err error) {
	slices.SortFunc(runs, func(a, b candidate) int {
		if a.seed < b.seed {
			return -1
		}
		return 1
	})
	record := importRecord{Version: Version, Number: number, Values: runs[0].values, Since: since}
	for _, c := range runs {
		name := fmt.Sprintf("%04d-seed%d", -number, c.seed)
		to := f.file(importedDir, name)
		if err := durable.RemoveAll(to); err != nil { // of an import that was interrupted
			return d, fmt.Errorf("sweep: %w", err)
		}
		if err := copyTree(c.path, to); err != nil {
			return d, fmt.Errorf("run %s: %w", c.path, err)
		}
		record.Runs, record.From = append(record.Runs, name), append(record.From, c.path)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return d, err
	}
	if err := durable.WriteFile(f.file(importedDir, drawFile(-number)), append(text, '\n'), 0o666); err != nil {
		return d, fmt.Errorf("sweep: %w", err)
	}
	d, _, err = f.readImport(number)
	return d, err
}

// copyTree copies the files of a run folder but for its lock.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		switch {
		case e.IsDir():
			return durable.MkdirAll(target, 0o777)
		case !e.Type().IsRegular() || inside == lockFile:
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return durable.WriteFile(target, content, 0o666)
	})
}

// imports lists the draws that were imported, -1 first. since has, for each, the first draw that is proposed with it in view.
func (f *Folder) imports() (draws []Draw, since []int, err error) {
	if f.list != nil {
		return nil, nil, nil
	}
	for number := -1; ; number-- {
		d, from, err := f.readImport(number)
		if errors.Is(err, fs.ErrNotExist) {
			return draws, since, nil
		}
		if err != nil {
			return nil, nil, err
		}
		draws, since = append(draws, d), append(since, from)
	}
}

// readImport reads a draw that was imported; fs.ErrNotExist says that there is none.
func (f *Folder) readImport(number int) (d Draw, since int, err error) {
	name := f.file(importedDir, drawFile(-number))
	text, err := infile.ReadFile(name, maxText)
	if err != nil {
		return d, 0, fmt.Errorf("sweep: %w", err)
	}
	var r importRecord
	if err := decode(text, &r); err != nil {
		return d, 0, fmt.Errorf("%s: %w", name, err)
	}
	if r.Version != Version || r.Number != number || len(r.Runs) == 0 {
		return d, 0, fmt.Errorf("%s: found draw %d of version %d with %d runs, accepted: draw %d of version %d", name, r.Number, r.Version, len(r.Runs), number, Version)
	}
	if err := f.typed(r.Values); err != nil {
		return d, 0, fmt.Errorf("%s: %w", name, err)
	}
	d = Draw{Number: number, Values: r.Values, State: Done, Attempts: 1, From: r.From}
	for _, run := range r.Runs {
		path := f.file(importedDir, run)
		result, over, err := (&runfolder.Folder{Path: path}).Result()
		if err == nil && !over {
			err = errors.New("it has no result any more; move it away with the draw's file, or put it back")
		}
		if err != nil {
			return d, 0, fmt.Errorf("%s: %w", path, noLonger(err))
		}
		d.Runs = append(d.Runs, path)
		d.Fits = append(d.Fits, Fit{State: Done, Steps: result.Steps, ValLoss: result.ValLoss})
		d.Steps += result.Steps
	}
	d.ValLoss, d.ValLossSD = d.lossAt(0, 1)
	return d, r.Since, nil
}

// noLonger hides that a file is missing, which stands for the end of the list.
func noLonger(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(err.Error())
	}
	return err
}

// own are the draws of the search itself: those that were imported come after them.
func (s *State) own() []Draw {
	n := len(s.Draws)
	for n > 0 && s.Draws[n-1].Number < 0 {
		n--
	}
	return s.Draws[:n]
}

// Asked is the number of draws that the search makes: all but those that were imported.
func (s *State) Asked() int { return len(s.own()) }

// Imported are the draws that were imported, -1 first.
func (s *State) Imported() []Draw { return s.Draws[len(s.own()):] }
