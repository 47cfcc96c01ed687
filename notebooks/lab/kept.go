package lab

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/notebooks/display"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// subject is a model, one run or an ensemble, whose results are kept in the folder of a run.
type subject struct {
	model
	home *fitted.Run
}

type model interface {
	Key(neurons []int, settings string) (string, error)
	Subject(ctx context.Context) (*insilico.Subject, error)
}

// keptOrMade returns a result from the run folder, or makes it and stores it there. The result is identified by its kind (what), the weights, the
// neurons and the settings (asked). If several processes ask for the same result, one makes it and the others wait.
func keptOrMade[T kept.Result](r subject, what, counted string, neurons []int, asked string, of func(map[string]array.Array) (T, error),
	make func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (T, error)) T {
	key := Must(r.Key(neurons, asked))
	path := kept.File(r.home.Path, what, key)
	if result, ok := asKept(path, key, of); ok {
		return result
	}
	display.Check(durable.MkdirAll(filepath.Dir(path), 0o777))
	ctx, stop := stoppable()
	defer stop()
	live := display.NewLive()
	lock := alone(ctx, live, path)
	defer lock.Unlock() //nolint:errcheck // the end of the process does it too
	if result, ok := asKept(path, key, of); ok {
		_ = os.Remove(lock.Path()) //nolint:errcheck // as below
		live.Show(counted+": another process has made them, stored in the run folder", -1, nil)
		return result
	}
	s := Must(r.Subject(context.Background()))
	var result T
	watched(ctx, live, counted, filepath.Dir(path), func(ctx context.Context, progress func(insilico.Progress)) (err error) {
		result, err = make(ctx, s, path+".partial", progress)
		return err
	})
	display.Check(r.home.Keep(path, key, result))
	_ = os.Remove(lock.Path()) //nolint:errcheck // processes that wait for it will find the result
	return result
}

// asKept reads the result with this key, if there is one.
func asKept[T kept.Result](path, key string, of func(map[string]array.Array) (T, error)) (result T, ok bool) {
	arrays, err := kept.Read(path, key)
	if errors.Is(err, fs.ErrNotExist) {
		return result, false
	}
	display.Check(err)
	return Must(of(arrays)), true
}

// alone takes the lock of the file at path. It waits while another process makes that file.
func alone(ctx context.Context, live *display.Live, path string) *flock.Flock {
	lock := flock.New(path + ".lock")
	free, err := lock.TryLock()
	if err == nil && !free {
		live.Show("another process is computing the same; waiting for it", -1, nil)
		_, err = lock.TryLockContext(ctx, lookAtKernel)
	}
	if errors.Is(err, context.Canceled) {
		live.Show("another process is still computing the same; run the cell again to wait for it", -1, nil)
		leave()
	}
	display.Check(err)
	return lock
}
