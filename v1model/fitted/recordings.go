package fitted

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

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
	if name != "" {
		open = r.opener()
	} else {
		name = run.Dataset.Spec
	}
	if name == "" {
		err = errors.New("not recorded in dataset.json")
	} else {
		d, err = open(name)
	}
	found := ""
	if err == nil {
		found = datasets.Fingerprint(d)
	}
	if found != wanted && isJoined(d, wanted) {
		found = wanted
	}
	if found != wanted && name == run.Dataset.Spec {
		if first := firstReading(name, wanted); first != nil {
			d, found, err = first, wanted, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("data of run %s: %w", run.Path, err)
	}
	if found != wanted {
		return nil, fmt.Errorf("data of run %s: %q is not what it was fitted to (fingerprint %.12s, found %.12s); accepted: the same recording%s", run.Path, name, wanted, found, d.Advice())
	}
	r.keep(found, d)
	return d, nil
}

// Offer opens a recording, wherever it is now, for the runs that were fitted to it. It is an error if none was.
func (r *Recordings) Offer(name string, runs ...*Run) error {
	d, err := r.opener()(name)
	if err != nil {
		return err
	}
	found := datasets.Fingerprint(d)
	var wanted []string
	for _, run := range runs {
		if of := run.Dataset.Fingerprint; of == found || isJoined(d, of) {
			r.keep(of, d)
			return nil
		}
		wanted = append(wanted, fmt.Sprintf("%.12s of run %s", cmp.Or(run.Dataset.Fingerprint, "none"), run.Path))
	}
	return fmt.Errorf("data %q: no run was fitted to it (fingerprint %.12s); accepted: fingerprint %s%s", name, found, strings.Join(wanted, ", "), d.Advice())
}

// opener returns the function that opens a recording whose name was given.
func (r *Recordings) opener() func(name string) (*datasets.Dataset, error) {
	if r.Open != nil {
		return r.Open
	}
	return formats.Open
}

func (r *Recordings) keep(fingerprint string, d *datasets.Dataset) {
	if r.known == nil {
		r.known = map[string]*datasets.Dataset{}
	}
	r.known[fingerprint] = d
}

// firstReading opens the recording that the run folder names as the version that fitted it may have read it. It returns nil if that is not the recording
// with the wanted fingerprint.
func firstReading(name, wanted string) *datasets.Dataset {
	spec, err := datasets.ParseSpec(name)
	if err != nil || spec.Options.Has("reading") {
		return nil
	}
	format, ok := formats.Find(spec.Scheme)
	if !ok || !slices.ContainsFunc(format.Options, func(o datasets.Option) bool { return o.Name == "reading" }) {
		return nil
	}
	if spec.Options == nil {
		spec.Options = url.Values{}
	}
	spec.Options.Set("reading", "1")
	d, err := formats.Open(spec.String())
	if err != nil || datasets.Fingerprint(d) != wanted && !isJoined(d, wanted) {
		return nil
	}
	return d
}

// isJoined tells whether d are the sessions that an earlier version joined in one block, which had the wanted fingerprint.
func isJoined(d *datasets.Dataset, wanted string) bool {
	return d != nil && d.Sessions != nil && wanted != "" && datasets.JoinedFingerprint(d) == wanted
}
