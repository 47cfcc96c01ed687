package lab

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"v1lab/datasets/array"
	"v1lab/notebooks/display"
	"v1lab/v1model/insilico"
)

// kept returns the arrays that the run folder keeps as what about its weights and the asked settings, or makes and keeps them.
// Files are named after all that they depend on: other settings never meet them, other weights neither.
func (r *Run) kept(what, counted string, asked string, compute func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (map[string]array.Array, error)) map[string]array.Array {
	key := Must(r.Weights()).Fingerprint() + " " + asked
	path := filepath.Join(r.Path, "insilico", fmt.Sprintf("%s-%.6x.npz", what, sha256.Sum256([]byte(key))))
	if arrays, err := array.ReadNPZ(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil && (len(arrays["key"].Strings()) != 1 || arrays["key"].Strings()[0] != key) {
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
