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
	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// subject is a model on which experiments are made, one run or an ensemble, whose results are kept in the folder of a run.
type subject struct {
	home    string // the folder
	key     func(questions.KeyOf) (string, error)
	because func(questions.Silent) string // neurons of the run are silent
	keep    func(path, key string, result kept.Result) error
	meis    func(context.Context, questions.MEIsOf, func(insilico.Progress)) (*insilico.MEIs, error)
	tuning  func(context.Context, questions.TuningOf, func(insilico.Progress)) (*insilico.Tuning, error)
}

// keptOrMade returns a result from the run folder, or makes it and stores it there. The result is identified by its kind (what), the weights, the
// neurons and the settings (settings). If several processes ask for the same result, one makes it and the others wait.
func keptOrMade[T kept.Result](r subject, what, counted string, neurons []int, settings string, of func(map[string]array.Array) (T, error),
	make func(ctx context.Context, partial string, progress func(insilico.Progress)) (T, error)) T {
	key := Must(r.key(questions.KeyOf{Neurons: neurons, Settings: settings}))
	path := kept.File(r.home, what, key)
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
	var result T
	watched(ctx, live, counted, filepath.Dir(path), func(ctx context.Context, progress func(insilico.Progress)) (err error) {
		if result, err = make(ctx, path+".partial", progress); err != nil {
			_ = os.Remove(lock.Path()) //nolint:errcheck // the cell ends with the other error; a process that waits makes the result
		}
		return err
	})
	err := r.keep(path, key, result)
	_ = os.Remove(lock.Path()) //nolint:errcheck // processes that wait for it will find the result
	display.Check(err)
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
	for {
		if lock := tryAlone(ctx, live, path); isCurrent(lock) {
			return lock
		} // else who had the lock removed its file, and another process may hold one of the same name
	}
}

// isCurrent tells whether the locked file still has its name.
func isCurrent(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, named)
}

func tryAlone(ctx context.Context, live *display.Live, path string) *flock.Flock {
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
