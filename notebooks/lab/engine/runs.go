package engine

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"v1lab/datasets"
	"v1lab/notebooks/lab/exact"
	"v1lab/notebooks/lab/resident"
	"v1lab/v1model/fitted"
)

// opened is a run that the engine keeps.
type opened struct {
	*fitted.Run
	recordings *fitted.Recordings
	data       *datasets.Dataset // its recording, once it was asked for
	warnings   []string
	of         string // state of the files that were read
	asked      time.Time
}

// runs are the opened runs and the recordings in memory that cells share.
type runs struct {
	device fitted.Device
	known  map[[2]string]*opened // by the asker's working folder and the path in it
	shared map[*datasets.Dataset]*resident.Shared
}

// Bounds of what is kept.
const (
	maxRuns   = 8
	maxShared = 2 << 30 // bytes of recordings
)

func newRuns(device fitted.Device) *runs {
	return &runs{device, map[[2]string]*opened{}, map[*datasets.Dataset]*resident.Shared{}}
}

// open returns the run that a cell asks about, opened anew if its files or those of its recording have changed.
func (r *runs) open(ctx context.Context, of resident.Request) (*opened, error) {
	key := [2]string{of.Dir, of.Path}
	if o := r.known[key]; o != nil {
		if o.of == stateOf(of, o.Dataset.Spec) {
			o.asked = time.Now()
			return o, nil
		}
		r.forget(key)
	}
	o := &opened{recordings: &fitted.Recordings{}, asked: time.Now()}
	run, err := fitted.Open(ctx, of.Path, fitted.Options{Device: r.device, Recordings: o.recordings, Warn: func(text string) {
		if !slices.Contains(o.warnings, text) {
			o.warnings = append(o.warnings, text)
		}
	}})
	if err != nil {
		return nil, err
	}
	o.Run, o.of = run, stateOf(of, run.Dataset.Spec)
	r.known[key] = o
	return o, nil
}

// forget gives up a run.
func (r *runs) forget(key [2]string) {
	o := r.known[key]
	delete(r.known, key)
	if s := r.shared[o.data]; s != nil {
		s.Close()
		delete(r.shared, o.data)
	}
	o.Close() //nolint:errcheck // frees memory only
}

// share returns a recording in memory that cells can map. Of recordings that belong to no run, none is kept.
func (r *runs) share(d *datasets.Dataset, encode func() (exact.Message, error)) (*resident.Shared, error) {
	if s := r.shared[d]; s != nil {
		return s, nil
	}
	m, err := encode()
	if err != nil {
		return nil, err
	}
	s, err := resident.Share(m)
	if err == nil {
		r.shared[d] = s
	}
	return s, err
}

// bound gives up the runs that were asked about least recently, until few enough are left, and recordings of no run.
func (r *runs) bound() {
	used, total := map[*datasets.Dataset]bool{}, int64(0)
	for _, o := range r.known {
		if s := r.shared[o.data]; s != nil {
			used[o.data] = true
			total += s.Size()
		}
	}
	freed := false
	for d, s := range r.shared {
		if !used[d] {
			s.Close()
			delete(r.shared, d)
			freed = true
		}
	}
	for len(r.known) > 1 && (len(r.known) > maxRuns || total > maxShared) {
		var oldest [2]string
		for key, o := range r.known {
			if first := r.known[oldest]; first == nil || o.asked.Before(first.asked) {
				oldest = key
			}
		}
		if s := r.shared[r.known[oldest].data]; s != nil {
			total -= s.Size()
		}
		r.forget(oldest)
		freed = true
	}
	if freed {
		debug.FreeOSMemory()
	}
}

// filesOfRun are what the engine has read of a run folder.
var filesOfRun = []string{"config.yaml", "dataset.json", "best/weights.npz", "result.json"}

// stateOf tells the files of a run and its recording from what they were, by sizes and times. If the recording's name does not say which files they are, the
// state is that of the cell: the next one opens the run anew.
func stateOf(of resident.Request, spec string) string {
	var state strings.Builder
	for _, name := range filesOfRun {
		look(&state, filepath.Join(of.Path, name))
	}
	if spec != "" && !lookAt(&state, spec) {
		return "cell " + of.Cell
	}
	return state.String()
}

// lookAt notes the files of a recording. It returns false if the recording's name does not say which they are.
func lookAt(state *strings.Builder, spec string) bool {
	s, err := datasets.ParseSpec(spec)
	if err != nil || s.Scheme == twinScheme {
		return false
	}
	for _, values := range s.Options {
		for _, v := range values {
			if _, err := os.Stat(v); err == nil || strings.ContainsAny(v, `/:\`) { // another file, or another recording
				return false
			}
		}
	}
	return s.Path == "" || look(state, s.Path)
}

// look notes sizes and times of a file, or of all files in a folder. It returns false if that is no way to tell a change.
func look(state *strings.Builder, path string) bool {
	files := 0
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(name) // of what a link leads to
		if err != nil {
			return err
		}
		if files++; files > maxFiles || info.IsDir() && e.Type()&fs.ModeSymlink != 0 {
			return fs.ErrInvalid
		}
		fmt.Fprintf(state, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		fmt.Fprintf(state, "%s: %v\n", path, err)
	}
	return err == nil
}

// maxFiles is the largest number of a recording's files that are looked at before every answer.
const maxFiles = 5000

// twinScheme is that of recordings which a run makes: what that reads is more than one folder's files.
const twinScheme = "model"
