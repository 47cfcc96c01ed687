package lab

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"v1lab/datasets/array"
	"v1lab/notebooks/display"
	"v1lab/notebooks/report"
	"v1lab/v1model/insilico"
)

// kept returns the arrays that the run folder keeps as what about its weights, some neurons and the asked settings, or makes and keeps them.
// Files are named after all that they depend on: other settings never meet them, other weights neither. Of several processes that ask for
// the same one makes it, and the others wait for that.
func (r *Run) kept(what, counted string, neurons []int, asked string, compute func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (map[string]array.Array, error)) map[string]array.Array {
	key := report.KeptKey(Must(r.Weights()).Fingerprint(), neurons, asked)
	path := filepath.Join(report.KeptFolder(r.Folder), fmt.Sprintf("%s-%.6x.npz", what, sha256.Sum256([]byte(key))))
	if arrays := asKept(path, key, neurons); arrays != nil {
		return arrays
	}
	display.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ctx, stop := stoppable()
	defer stop()
	live := display.NewLive()
	lock := alone(ctx, live, path)
	defer lock.Unlock() //nolint:errcheck // the end of the process does it too
	if arrays := asKept(path, key, neurons); arrays != nil {
		_ = os.Remove(lock.Path()) //nolint:errcheck // as below
		live.Show(counted+": another process has made them, kept in the run folder", -1, nil)
		return arrays
	}
	s := r.subject()
	defer s.Close() //nolint:errcheck // frees memory only
	var arrays map[string]array.Array
	watched(ctx, live, counted, filepath.Dir(path), func(ctx context.Context, progress func(insilico.Progress)) (err error) {
		arrays, err = compute(ctx, s, path+".partial", progress)
		return err
	})
	arrays["key"] = array.Scalar(key)
	display.Check(array.WriteNPZ(path, arrays))
	_ = os.Remove(lock.Path()) //nolint:errcheck // who waits for it finds the result
	return arrays
}

// asKept reads what was made of key, nil if there is nothing.
func asKept(path, key string, neurons []int) map[string]array.Array {
	arrays, found, err := readKept(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && found != key {
		err = fmt.Errorf("it is about something else")
	}
	if err != nil {
		display.Check(fmt.Errorf("%s: %w; remove the file to compute it anew", path, err))
	}
	arrays["neuron"] = array.New(neurons) // archives of earlier versions do not have it
	return arrays
}

// alone waits until no other process makes the file at path.
func alone(ctx context.Context, live *display.Live, path string) *flock.Flock {
	lock := flock.New(path + ".lock")
	free, err := lock.TryLock()
	if err == nil && !free {
		live.Show("another process is at it; waiting for that", -1, nil)
		_, err = lock.TryLockContext(ctx, lookAtKernel)
	}
	if errors.Is(err, context.Canceled) {
		live.Show("another process is still at it; run the cell again to wait for that", -1, nil)
		leave()
	}
	display.Check(err)
	return lock
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
