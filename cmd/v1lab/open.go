package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
)

// openBackend is pjrt.Backend; tests replace it.
var openBackend = pjrt.Backend

// recording opens the recording that --data names and the device for a config. It makes the path absolute, because the run folder records it.
func (a *app) recording(ctx context.Context, data string, config v1model.Config) (*datasets.Dataset, compute.Backend, error) {
	spec, err := absolute(data)
	if err != nil {
		return nil, nil, err
	}
	d, err := dataset(spec)
	if err != nil {
		return nil, nil, err
	}
	a.warnOfLeaks(d)
	backend, err := a.device(ctx, config)
	return d, backend, err
}

// warnOfLeaks says which images a fit to d would be validated and tested on that it has seen before.
func (a *app) warnOfLeaks(d *datasets.Dataset) {
	if leaks := datasets.DescribeLeaks(d, datasets.Leaks(d)); leaks != "" {
		a.sayf("warning: %s: %s: scores would be too high; the option clean_leaks=true takes these images out", d.Spec, leaks)
	}
}

// device opens the backend of --backend, else the config's, else, if the config says only xla, that of $GOMLX_BACKEND.
func (a *app) device(ctx context.Context, config v1model.Config) (compute.Backend, error) {
	name := a.backend
	if name == "" && config.Backend != "xla" {
		name = config.Backend
	}
	a.opening.Lock()
	defer a.opening.Unlock()
	if backend := a.backends[name]; backend != nil {
		return backend, nil
	}
	var backend compute.Backend
	err := a.gracefully(func() (err error) {
		backend, err = openBackend(ctx, name, a.stderr)
		return err
	})
	if err == nil {
		if a.backends == nil {
			a.backends = map[string]compute.Backend{}
		}
		a.backends[name] = backend
	}
	if err != nil {
		engine, _, _ := strings.Cut(strings.ReplaceAll(a.backend, ",", ":"), ":")
		if !slices.Contains([]string{"", "xla", "go"}, engine) {
			return nil, wrong{err}
		}
		return nil, err
	}
	return backend, nil
}

// exportBackend passes --backend on to the programs that this one starts.
func (a *app) exportBackend() error {
	if a.backend == "" {
		return nil
	}
	return os.Setenv(compute.ConfigEnvVar, a.backend)
}

// dataset opens a recording. A name that cannot be parsed is wrong use; a file that cannot be read is a failure.
func dataset(name string) (*datasets.Dataset, error) {
	d, err := formats.Open(name)
	return d, blame(name, err)
}

// sayNotes says what was assumed or left out in reading a recording, and what its normalised values mean for a fit.
func (a *app) sayNotes(d *datasets.Dataset) {
	for _, r := range datasets.Remarks(d) {
		a.sayf("%s: %s; %s", r.Severity, r.Message, r.Advice)
	}
	for _, note := range d.Notes {
		a.sayf("%s: %s", note.Severity, note.Message)
	}
}

// blame marks err as wrong use if it comes from the recording's name and not from its files.
func blame(name string, err error) error {
	if err == nil {
		return nil
	}
	spec, specErr := datasets.ParseSpec(name)
	format, known := formats.Find(spec.Scheme)
	if specErr != nil || !known || format.FromName {
		return wrong{err}
	}
	return err
}

// absolute makes the path in a recording's name absolute, so that a run finds its recording from any folder.
func absolute(name string) (string, error) {
	name, err := formats.Absolute(name)
	if err != nil {
		return "", wrong{err}
	}
	return name, nil
}

// resolve returns the config of a file or preset, changed by --set. A file that cannot be used is a failure; a flag that cannot be used is wrong use.
func resolve(flag, fileOrPreset string, settings []string) (v1model.Config, error) {
	base, err := v1model.Load(fileOrPreset)
	if err != nil {
		if _, statErr := os.Stat(fileOrPreset); statErr == nil {
			return base, err
		}
		return base, usagef("%s: %w", flag, err)
	}
	config, err := v1model.Load(fileOrPreset, settings...)
	if err != nil {
		return config, wrong{err}
	}
	return config, nil
}

// warn says what is wrong with a run but stops nothing.
func (a *app) warn(text string) { a.sayf("warning: %s", text) }

// open opens a run folder. data names its recording; if data is empty, the name in the run folder counts.
func (a *app) open(ctx context.Context, path, data string) (*fitted.Run, error) {
	return fitted.Open(ctx, path, fitted.Options{Device: a.device, Data: data, Warn: a.warn, Recordings: &fitted.Recordings{Open: dataset}})
}

// fits opens several run folders, each of another fit. Recordings and the device are opened once and shared. data names recordings that are no longer
// where the run folders say; each must be one that a run was fitted to.
func (a *app) fits(ctx context.Context, paths, data []string) ([]*fitted.Run, error) {
	var backend compute.Backend
	o := fitted.Options{Warn: a.warn, Recordings: &fitted.Recordings{Open: dataset}, Device: func(ctx context.Context, config v1model.Config) (_ compute.Backend, err error) {
		if backend == nil {
			backend, err = a.device(ctx, config)
		}
		return backend, err
	}}
	var runs []*fitted.Run
	for _, path := range paths {
		run, err := fitted.Open(ctx, path, o)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	for _, name := range data {
		if err := o.Recordings.Offer(name, runs...); err != nil {
			return nil, err
		}
	}
	if len(runs) == 1 {
		return runs, nil
	}
	if err := fitted.Distinct(runs...); errors.Is(err, fitted.ErrGivenTwice) {
		return nil, usagef("--run: %w", err)
	} else if err != nil {
		return nil, err
	}
	return runs, nil
}

// given is the list of a flag that may be left out.
func given(flag string) []string {
	if flag == "" {
		return nil
	}
	return []string{flag}
}

// warnWithoutRecording prints a warning if the run's recording cannot be opened: why, and what the verb leaves out.
func (a *app) warnWithoutRecording(run *fitted.Run, means string) {
	if _, err := run.Recording(); err != nil {
		a.sayf("warning: %s: %s", oneLine(err), means)
	}
}

// json writes a result as one line.
func (a *app) json(v any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil && a.stdout.failure() == nil {
		return fmt.Errorf("--json: %w", err)
	}
	return nil
}
