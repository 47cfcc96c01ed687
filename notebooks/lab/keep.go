package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/gofrs/flock"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/display"
	"v1lab/notebooks/keep"
	"v1lab/notebooks/lab/questions"
)

// Keep returns what compute returns, and stores it in runs/kept: as long as nothing that the value depends on has changed, later runs of the cell, and of
// other cells and kernels in this folder, read the stored value instead of computing it.
//
//	curves := lab.Keep("curves", func() []float64 { return slow(run, 20) }, run)
//
// What counts: the source of the function and of everything of the notebook that it reaches, the inputs, the notebook's parameters, the device, and
// v1lab's own code. Variables from outside of the function must be among the inputs, else the cell ends with an error. Inputs are runs, recordings,
// lab.File(path), numbers, text, and structs, slices and maps of them. Files that are not among the inputs, the time and random sources without a seed are not
// seen. See package keep for the values that can be stored. Forget removes stored values.
func Keep[T any](name string, compute func() T, inputs ...any) T {
	key, err := keepKey(name, reflect.TypeFor[T](), compute, inputs)
	if errors.Is(err, keep.ErrEdited) {
		display.Text("%s: %v, so this value is not kept", name, err)
		return compute()
	}
	if err != nil {
		display.Check(fmt.Errorf("keep %q: %w", name, err))
	}
	if value, ok := readKept[T](name, key); ok {
		return value
	}
	display.Check(durable.MkdirAll(keep.Folder, 0o777))
	lock := flock.New(keep.Path(keep.Folder, name, key) + ".lock")
	free, err := lock.TryLock()
	if err == nil && !free {
		display.Text("%s: another cell is computing it; waiting", name)
		_, err = lock.TryLockContext(context.Background(), lookAtKernel)
	}
	display.Check(err)
	defer durable.Remove(lock.Path()) //nolint:errcheck // who waits finds the value
	defer lock.Unlock()               //nolint:errcheck // the end of the process does it too
	if !free {
		if value, ok := readKept[T](name, key); ok {
			return value
		}
	}
	start := time.Now()
	value := compute()
	took := time.Since(start)
	if err := keep.Write(keep.Folder, name, key, value, took); err != nil {
		display.Text("%s: computed in %.3g s, not kept: %v", name, took.Seconds(), err)
		return value
	}
	display.Text("%s: computed in %.3g s, and kept", name, took.Seconds())
	return value
}

// Forget removes the stored values of a name, so that Keep computes them anew.
func Forget(name string) {
	display.Check(keep.CheckName(name))
	n := Must(keep.Remove(keep.Folder, name))
	display.Text("%s: %d stored values removed", name, n)
}

// File is an input of Keep: a file whose content counts.
func File(path string) keep.File { return keep.File(path) }

func keepKey(name string, value reflect.Type, compute any, inputs []any) (string, error) {
	if err := errors.Join(keep.CheckName(name), keep.CheckType(value)); err != nil {
		return "", err
	}
	program, line, err := keep.Program(compute)
	if err != nil {
		return "", err
	}
	source, err := sourceOf(questions.SourceOf{Program: program, Line: line})
	if err != nil {
		return "", err
	}
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	around, err := keep.Surroundings(root)
	if err != nil {
		return "", err
	}
	known := make([]any, len(inputs))
	for i, input := range inputs {
		if known[i], err = keepInput(input); err != nil {
			return "", fmt.Errorf("input %d: %w", i+1, err)
		}
	}
	return keep.Key(value, source, known, around)
}

// keepInput puts fingerprints in place of runs and recordings.
func keepInput(input any) (any, error) {
	switch in := input.(type) {
	case *Run:
		weights, err := in.Weights()
		if err != nil {
			return nil, err
		}
		config, err := yaml.Marshal(in.Config)
		return keep.Fingerprint(fmt.Sprintf("run %s %s %s", weights.Fingerprint(), in.Dataset.Fingerprint, config)), err
	case *datasets.Dataset:
		return keep.Fingerprint(fmt.Sprintf("recording %s %s", datasets.Fingerprint(in), in.Preparation)), nil
	case []*Run:
		var all []string
		for _, r := range in {
			one, err := keepInput(r)
			if err != nil {
				return nil, err
			}
			all = append(all, string(one.(keep.Fingerprint)))
		}
		return all, nil
	}
	return input, nil
}

// readKept reads a stored value, and says so. A damaged file is as good as none.
func readKept[T any](name, key string) (value T, ok bool) {
	value, info, err := keep.Read[T](keep.Folder, name, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return value, false
	case err != nil:
		display.Text("%s: %v; computed anew", name, err)
		return value, false
	}
	display.Text("%s: kept, made %s in %.3g s, in %s; lab.Forget(%q) removes it", name, info.Made.Local().Format("2006-01-02 15:04:05"), info.Seconds, filepath.Dir(keep.Path(keep.Folder, name, key)), name)
	return value, true
}
