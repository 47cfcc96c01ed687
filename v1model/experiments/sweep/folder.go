package sweep

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/datasets/strictyaml"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/search"
)

// Names of files and folders, relative to the sweep's.
const (
	specFile    = "sweep.yaml"
	baseFile    = "base.yaml"
	stateFile   = "sweep.json"
	stopFile    = "stop"
	lockFile    = ".lock"
	drawsDir    = "draws"
	runsDir     = "runs"
	failuresDir = "failures"
	workersDir  = "workers"
)

// Folder is a sweep on disk.
type Folder struct {
	Path string
	Spec Spec
	Base v1model.Config // that draws change

	space search.Space // empty for a list
	list  *grid.Grid   // the fits of a list; nil for a space
}

// IsSweep tells whether there is a sweep at path.
func IsSweep(path string) bool {
	_, err := os.Stat(filepath.Join(path, specFile))
	return err == nil
}

// Create makes a sweep's folder at path, or opens the one there. asked is what is asked for, without defaults; if a sweep is there, it may ask for the same,
// for nothing, or for more draws. fresh describes a new sweep; it is called only if there is none. A folder with anything else in it is an error.
func Create(path string, asked Spec, fresh func() (Spec, v1model.Config, error)) (*Folder, error) {
	if IsSweep(path) {
		return again(path, asked)
	}
	if err := checkFree(path); err != nil {
		return nil, err
	}
	spec, base, err := fresh()
	if err != nil {
		return nil, err
	}
	if spec, err = spec.Complete(base); err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	rand.Read(id) //nolint:errcheck // never fails
	spec.ID = hex.EncodeToString(id)
	text, err := spec.YAML()
	if err != nil {
		return nil, err
	}
	config, err := base.YAML()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{path, filepath.Join(path, drawsDir), filepath.Join(path, runsDir), filepath.Join(path, failuresDir), filepath.Join(path, workersDir)} {
		if err := durable.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends with it
	if IsSweep(path) {  // another process made it meanwhile
		return again(path, asked)
	}
	// The spec makes the folder a sweep, so it is written last.
	if err := durable.WriteFile(filepath.Join(path, baseFile), config, 0o666); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(path, specFile), text, 0o666); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return Open(path)
}

// checkFree returns an error if there is something at path that is not the beginning of a sweep.
func checkFree(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sweep: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == lockFile, name == drawsDir, name == runsDir, name == failuresDir, name == workersDir, name == baseFile,
			durable.Temporary(name, baseFile), durable.Temporary(name, specFile):
		default:
			return fmt.Errorf("%s: there is %s, and no %s; accepted: a new or empty folder, or one that v1lab sweep run made", path, name, specFile)
		}
	}
	return nil
}

// again opens a sweep that must be the one asked for.
func again(path string, asked Spec) (*Folder, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	if all := asked.differences(f.Spec); len(all) > 0 {
		return nil, fmt.Errorf("%s holds another sweep: %s; accepted: another folder, or the same sweep (then --out alone is enough)", path, strings.Join(all, "; "))
	}
	if asked.Draws <= f.Spec.Draws {
		return f, nil
	}
	if f.list != nil {
		return nil, fmt.Errorf("--draws %d, the sweep there is a list of %d; accepted: none, v1lab compare and v1lab study say what is on it", asked.Draws, f.Spec.Draws)
	}
	if f.Spec.ASHA {
		return nil, fmt.Errorf("--draws %d, the sweep there has %d; accepted with --asha: as many, since which draws go on depends on it", asked.Draws, f.Spec.Draws)
	}
	f.Spec.Draws = asked.Draws
	text, err := f.Spec.YAML()
	if err != nil {
		return nil, err
	}
	return f, durable.WriteFile(f.file(specFile), text, 0o666)
}

// Open opens a sweep.
func Open(path string) (*Folder, error) {
	text, err := infile.ReadFile(filepath.Join(path, specFile), strictyaml.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no sweep: no %s there; accepted: a folder that v1lab sweep run made", path, specFile)
	}
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	f := &Folder{Path: path}
	if f.Spec, err = ParseSpec(text); err == nil && f.Spec.Version == 0 {
		err = fmt.Errorf("version: missing, accepted: %d", Version)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(specFile), err)
	}
	if text, err = infile.ReadFile(f.file(baseFile), strictyaml.MaxBytes); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if f.Base, err = v1model.ParseResolved(text); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(baseFile), err)
	}
	if err := f.Spec.Validate(f.Base); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(specFile), err)
	}
	if len(f.Spec.List) > 0 {
		f.list, err = f.Spec.grid(path)
	} else {
		f.space, err = search.ParseSpace(f.Spec.Space)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(specFile), err)
	}
	return f, nil
}

func (f *Folder) file(parts ...string) string {
	return filepath.Join(append([]string{f.Path}, parts...)...)
}

// Run returns the path of the run folder of a draw's fit; seed is a number below Spec.Seeds.
func (f *Folder) Run(draw, seed int) string { return f.file(f.runs(), f.name(draw, seed)) }

// runs is the folder of the run folders. Those of a list are where a grid has them.
func (f *Folder) runs() string {
	if f.list != nil {
		return ""
	}
	return runsDir
}

// Seed returns the fit.seed of a draw's fit; seed is a number below Spec.Seeds.
func (f *Folder) Seed(draw, seed int) uint64 {
	if f.list != nil {
		return f.list.Job(draw, seed).Seed
	}
	return f.Base.Fit.Seed + uint64(seed)
}

// name is the name of a fit: its draw, and its config's fit.seed.
func (f *Folder) name(draw, seed int) string {
	if f.list != nil {
		return filepath.Base(f.list.Job(draw, seed).Path)
	}
	return fmt.Sprintf("%04d-seed%d", draw, f.Seed(draw, seed))
}

// Stop asks all workers, on all machines, to save and end, and the sweep to rest until Go.
func (f *Folder) Stop() error {
	return durable.WriteFile(f.file(stopFile), []byte("v1lab sweep run goes on\n"), 0o666)
}

// Go takes back what Stop asked for.
func (f *Folder) Go() error { return durable.Remove(f.file(stopFile)) }

// Stopped tells whether the sweep is to rest.
func (f *Folder) Stopped() bool {
	_, err := os.Stat(f.file(stopFile))
	return err == nil
}
