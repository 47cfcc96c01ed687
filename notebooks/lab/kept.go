package lab

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"v1lab/datasets/array"
	"v1lab/notebooks/display"
	"v1lab/v1model/insilico"
)

// kept returns the arrays that the run folder keeps as what about its weights and the asked settings, or makes and keeps them.
// Files are named after all that they depend on: other settings never meet them, other weights neither.
func (r *Run) kept(what, counted string, asked string, compute func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (map[string]array.Array, error)) map[string]array.Array {
	key := Must(r.Weights()).Fingerprint() + " " + asked
	path := filepath.Join(r.Path, "insilico", fmt.Sprintf("%s-%.6x.npz", what, sha256.Sum256([]byte(key))))
	if arrays, found, err := readKept(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil && found != key {
			err = fmt.Errorf("it is about something else")
		}
		if err != nil {
			display.Check(fmt.Errorf("%s: %w; remove the file to compute it anew", path, err))
		}
		return arrays
	}
	display.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	s := r.subject()
	defer s.Close() //nolint:errcheck // frees memory only
	var arrays map[string]array.Array
	watched(counted, func(ctx context.Context, progress func(insilico.Progress)) (err error) {
		arrays, err = compute(ctx, s, path+".partial", progress)
		return err
	})
	arrays["key"] = array.Scalar(key)
	display.Check(array.WriteNPZ(path, arrays))
	return arrays
}

// readKept also returns what the arrays were made of.
func readKept(path string) (arrays map[string]array.Array, key string, err error) {
	if arrays, err = array.ReadNPZ(path); err != nil {
		return nil, "", err
	}
	if keys := arrays["key"].Strings(); len(keys) == 1 {
		key = keys[0]
	}
	return arrays, key, nil
}

// result is what kept has kept of some neurons.
type result struct {
	neurons []int
	arrays  map[string]array.Array
	at      time.Time
}

// results are all that the run folder keeps as what about its present weights, the newest first.
func (r *Run) results(what string) (all []result) {
	dir := filepath.Join(r.Path, "insilico")
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		display.Check(err)
	}
	of := Must(r.Weights()).Fingerprint() + " ["
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if !strings.HasPrefix(f.Name(), what+"-") || filepath.Ext(path) != ".npz" { // also what is half done
			continue
		}
		arrays, key, err := readKept(path)
		if err != nil {
			display.Check(fmt.Errorf("%s: %w; remove the file to compute it anew", path, err))
		}
		asked, ours := strings.CutPrefix(key, of)
		list, _, whole := strings.Cut(asked, "]")
		if !ours || !whole {
			continue
		}
		one := result{arrays: arrays, at: Must(os.Stat(path)).ModTime()}
		for word := range strings.FieldsSeq(list) {
			n, err := strconv.Atoi(word)
			if err != nil {
				display.Check(fmt.Errorf("%s: found neuron %q; remove the file to compute it anew", path, word))
			}
			one.neurons = append(one.neurons, n)
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b result) int { return b.at.Compare(a.at) })
	return all
}
