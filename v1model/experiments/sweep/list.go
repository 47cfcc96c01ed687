package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gofrs/flock"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// Entry is a draw of a list: a condition of a grid.
type Entry struct {
	Name   string      `yaml:"name"`              // of its run folders, NAME-seedK
	Config string      `yaml:"config"`            // resolved config, as YAML
	Seed   uint64      `yaml:"seed"`              // the first fit.seed
	CoreOf string      `yaml:"core_of,omitempty"` // earlier entry whose core, of the same seed, is used unchanged
	Data   []Recording `yaml:"data"`              // of each seed
}

// Recording names the recording of a fit.
type Recording struct {
	Spec        string `yaml:"spec"`
	Fingerprint string `yaml:"fingerprint,omitempty"` // without, recordings are compared by name
}

// ByList is the method of a sweep whose draws are a list.
const ByList = "list"

// List makes a sweep of the fits of a grid, in the grid's folder, beside the run folders that are there. If a sweep of the same fits is there, it goes on; if
// one of other fits is, these are the sweep from now on.
func List(g *grid.Grid) (*Folder, error) {
	if IsSweep(g.Dir) {
		there, err := Open(g.Dir)
		if err != nil {
			return nil, err
		}
		if there.list == nil {
			return nil, fmt.Errorf("%s holds a sweep of a space; accepted: another folder", g.Dir)
		}
	}
	spec, err := listSpec(g)
	if err != nil {
		return nil, err
	}
	text, err := spec.YAML()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"", failuresDir, workersDir} {
		if err := durable.MkdirAll((&Folder{Path: g.Dir}).file(dir), 0o777); err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
	}
	f := &Folder{Path: g.Dir}
	lock := flock.New(f.file(lockFile), flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends with it
	if err := durable.WriteFile(f.file(baseFile), []byte(spec.List[0].Config), 0o666); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if err := durable.WriteFile(f.file(specFile), text, 0o666); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return Open(g.Dir)
}

// listSpec describes the fits of a grid. Its ID follows from them, so that the same fits have the same queue.
func listSpec(g *grid.Grid) (Spec, error) {
	spec := Spec{Search: ByList, Draws: len(g.Conditions), Seeds: g.Seeds, Tries: 1, More: g.More}.withDefaults()
	for i, c := range g.Conditions {
		config, err := c.Config.YAML()
		if err != nil {
			return spec, fmt.Errorf("%s: %w", c.Name, err)
		}
		e := Entry{Name: c.Name, Config: string(config), Seed: g.Job(i, 0).Seed, CoreOf: c.CoreOf}
		for k := range g.Seeds {
			record := c.Data(g.Job(i, k).Seed)
			e.Data = append(e.Data, Recording{record.Spec, record.Fingerprint})
		}
		spec.List = append(spec.List, e)
	}
	text, err := spec.YAML()
	if err != nil {
		return spec, err
	}
	sum := sha256.Sum256(text)
	spec.ID = hex.EncodeToString(sum[:8])
	return spec, nil
}

func (s Spec) validateList() error {
	switch {
	case s.Draws != len(s.List):
		return fmt.Errorf("draws: %d, and list has %d; accepted: as many", s.Draws, len(s.List))
	case s.Search != ByList || s.ASHA || len(s.Space) > 0 || s.Data != "":
		return fmt.Errorf("list: with search %s, data, space or asha; accepted: search %s and none of these", s.Search, ByList)
	case !(s.Slice > 0):
		return fmt.Errorf("slice: %g seconds, must be above 0", s.Slice)
	}
	for _, e := range s.List {
		if len(e.Data) != s.Seeds || e.Seed < 1 {
			return fmt.Errorf("list: %s: %d recordings and first seed %d; accepted: %d, one for each seed, and a seed from 1", e.Name, len(e.Data), e.Seed, s.Seeds)
		}
	}
	return nil
}

// grid is the grid of the list in a folder.
func (s Spec) grid(path string) (*grid.Grid, error) {
	g := &grid.Grid{Dir: path, Seeds: s.Seeds}
	for _, e := range s.List {
		config, err := v1model.ParseResolved([]byte(e.Config))
		if err != nil {
			return nil, fmt.Errorf("list: %s: %w", e.Name, err)
		}
		g.Conditions = append(g.Conditions, grid.Condition{Name: e.Name, Config: config, FirstSeed: e.Seed, CoreOf: e.CoreOf, Data: func(seed uint64) runfolder.Dataset {
			r := e.Data[seed-e.Seed]
			return runfolder.Dataset{Spec: r.Spec, Fingerprint: r.Fingerprint}
		}})
	}
	return g, g.CheckNames()
}

// IsList tells whether the draws are a list.
func (f *Folder) IsList() bool { return f.list != nil }

// sourceIs tells whether the fit whose core a fit takes is in a state. That of a fit which takes none counts as done.
func (f *Folder) sourceIs(state string, draws []Draw, draw, seed int) bool {
	source := -1
	if f.list != nil {
		source = f.list.Source(draw)
	}
	if source < 0 {
		return state == Done
	}
	return draws[source].Fits[seed].State == state
}

// errRecording marks a recording that this machine cannot read, or not as it was.
var errRecording = errors.New("recording")

// open opens a recording of a list.
func (w *Worker) open(record runfolder.Dataset) (*datasets.Dataset, error) {
	if w.opened == nil || w.opened.Spec != record.Spec {
		data, err := w.Open(record.Spec)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errRecording, err)
		}
		w.opened = data
	}
	if found := datasets.Fingerprint(w.opened); record.Fingerprint != "" && found != record.Fingerprint {
		return nil, fmt.Errorf("%w %q has changed since the sweep began (fingerprint %.12s, then %.12s)", errRecording, record.Spec, found, record.Fingerprint)
	}
	return w.opened, nil
}
