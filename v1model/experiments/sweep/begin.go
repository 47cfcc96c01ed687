package sweep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
)

// ErrAsked is the error of a sweep that is asked for with a value that can't be used, as opposed to a file that can't; test for it with errors.Is. Errors
// name values by the flags of v1lab sweep run.
var ErrAsked = errors.New("wrong use")

type askedError struct{ error }

func (a askedError) Unwrap() error { return a.error }

func (askedError) Is(target error) bool { return target == ErrAsked }

// Begin makes a sweep's folder at path, or opens the one there. asked is without defaults and has file names as the caller's folder knows them; if a sweep is
// there, it may ask for the same, for nothing, or for more draws. The recording of a new sweep is opened with open, so that what is wrong with it is said
// at once. Workers go on with a sweep that was stopped.
func Begin(path string, asked Spec, open func(spec string) (*datasets.Dataset, error)) (*Folder, error) {
	asked, err := asked.resolve()
	if err != nil {
		return nil, err
	}
	f, err := Create(path, asked, func() (Spec, v1model.Config, error) { return asked.fresh(open) })
	if err != nil {
		return nil, err
	}
	return f, f.Go()
}

// resolve makes names of files absolute and writes ranges in their usual form, so that what is asked for can be compared with what is there.
func (s Spec) resolve() (Spec, error) {
	for _, flag := range []struct {
		name  string
		value int
	}{{"--draws", s.Draws}, {"--seeds", s.Seeds}} {
		if flag.value < 0 {
			return s, askedError{fmt.Errorf("%s %d; accepted: a number from 1", flag.name, flag.value)}
		}
	}
	var err error
	if s.Data != "" {
		if s.Data, err = formats.Absolute(s.Data); err != nil {
			return s, askedError{err}
		}
	}
	if _, notPreset := v1model.FindPreset(s.Config); s.Config != "" && notPreset != nil {
		if s.Config, err = filepath.Abs(s.Config); err != nil {
			return s, fmt.Errorf("--config: %w", err)
		}
	}
	if len(s.Space) > 0 {
		space, err := search.ParseSpace(s.Space)
		if err != nil {
			return s, askedError{fmt.Errorf("--space: %w", err)}
		}
		s.Space = space.Strings()
	}
	return s, nil
}

// fresh completes what is asked for to a new sweep.
func (s Spec) fresh(open func(spec string) (*datasets.Dataset, error)) (Spec, v1model.Config, error) {
	switch {
	case s.Data == "":
		return s, v1model.Config{}, askedError{errors.New("missing flags: --data=SPEC")}
	case len(s.Space) == 0:
		return s, v1model.Config{}, askedError{errors.New("missing flags: --space=KEY=RANGE")}
	}
	base, err := s.base()
	if err != nil {
		return s, base, err
	}
	if s.Config == "" {
		s.Config = v1model.Default
	}
	if s, err = s.Complete(base); err != nil {
		return s, base, askedError{err}
	}
	data, err := open(s.Data)
	if err != nil {
		return s, base, err
	}
	s.Fingerprint = datasets.Fingerprint(data)
	return s, base, nil
}

// base loads the config that draws change.
func (s Spec) base() (v1model.Config, error) {
	if config, err := v1model.Load(s.Config); err != nil {
		if _, statErr := os.Stat(s.Config); statErr == nil {
			return config, err
		}
		return config, askedError{fmt.Errorf("--config: %w", err)}
	}
	config, err := v1model.Load(s.Config, s.Set...)
	if err != nil {
		return config, askedError{err}
	}
	return config, nil
}
