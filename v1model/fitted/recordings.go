package fitted

import (
	"errors"
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/runfolder"
)

// Recordings opens the recordings of runs and caches them: each is opened once, however many runs were fitted to it.
type Recordings struct {
	Open func(name string) (*datasets.Dataset, error) // opens Options.Data; nil: formats.Open

	known map[string]*datasets.Dataset // by fingerprint
}

// WithRecording returns Recordings that hold an open recording.
func WithRecording(d *datasets.Dataset) *Recordings {
	return &Recordings{known: map[string]*datasets.Dataset{datasets.Fingerprint(d): d}}
}

// open opens the recording that a run was fitted to, under another name if one is given, and verifies its fingerprint.
func (r *Recordings) open(run *runfolder.Folder, name string) (d *datasets.Dataset, err error) {
	wanted := run.Dataset.Fingerprint
	if wanted == "" {
		return nil, fmt.Errorf("data of run %s: none, it was imported without; accepted: a run that v1lab import made with --data", run.Path)
	}
	if d := r.known[wanted]; d != nil && name == "" {
		return d, nil
	}
	open := formats.Open
	if name != "" && r.Open != nil {
		open = r.Open
	}
	if name == "" {
		name = run.Dataset.Spec
	}
	if name == "" {
		err = errors.New("not recorded in dataset.json")
	} else {
		d, err = open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("data of run %s: %w", run.Path, err)
	}
	found := datasets.Fingerprint(d)
	if found != wanted {
		return nil, fmt.Errorf("data of run %s: %q is not what it was fitted to (fingerprint %.12s, found %.12s); accepted: the same recording", run.Path, name, wanted, found)
	}
	if r.known == nil {
		r.known = map[string]*datasets.Dataset{}
	}
	r.known[found] = d
	return d, nil
}
