package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fit"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// Worker fits slices of a sweep. One process has one.
type Worker struct {
	Folder  *Folder
	Backend compute.Backend
	Data    *datasets.Dataset                            // of a space
	Open    func(spec string) (*datasets.Dataset, error) // opens those of a list
	// Report, if not nil, is called after every training step, and must return quickly.
	Report func(Task, fit.Progress)

	opened *datasets.Dataset // the last one of a list
}

// Check returns an error if the recording is not the one that the sweep began with.
func (w *Worker) Check() error {
	if w.Folder.list != nil {
		return nil // each is compared when it is opened
	}
	if found := datasets.Fingerprint(w.Data); found != w.Folder.Spec.Fingerprint {
		return fmt.Errorf("%s: the data %q have changed since the sweep began (fingerprint %.12s, then %.12s); go on with the data it began with, or start a new sweep",
			w.Folder.Path, w.Data.Spec, found, w.Folder.Spec.Fingerprint)
	}
	return nil
}

// Slice is what a worker did with a task.
type Slice struct {
	Draw    int             `json:"draw"`
	Seed    uint64          `json:"seed"` // the config's fit.seed
	Begun   time.Time       `json:"begun"`
	Seconds float64         `json:"seconds"`
	Steps   int             `json:"steps"` // of the fit, at the end of the slice
	Best    jsonfloat.Float `json:"best"`  // lowest validation loss so far
	Ended   string          `json:"ended"` // done, unfinished, failed, or busy: there is nothing to do, or somebody else does it
	Error   string          `json:"error,omitempty"`
}

// Busy is how a slice ended in which there was nothing to do, or another process does it.
const Busy = "busy"

// errPause ends a slice.
var errPause = errors.New("end of the slice")

// Work takes a fit on to the end of the slice, which begins with its first step, to the task's rung, or to its end, and saves it. If ctx ends, it saves at once.
// What is wrong with the fit is kept in the folder, and no error. What is wrong with this machine (a full disk, another recording) is an error, and nothing is kept
// against the fit.
func (w *Worker) Work(ctx context.Context, t Task) (Slice, error) {
	s, err := w.attempt(ctx, t)
	s.Seconds = time.Since(s.Begun).Seconds()
	if err != nil {
		return s, err
	}
	if s.Ended == Busy {
		return s, nil
	}
	return s, w.log(s)
}

func (w *Worker) attempt(ctx context.Context, t Task) (s Slice, err error) {
	f := w.Folder
	s = Slice{Draw: t.Draw, Begun: time.Now().UTC().Round(0), Ended: Unfinished}
	if t.Draw >= f.Spec.Draws || t.Seed >= f.Spec.Seeds { // the job is of another list
		s.Ended = Busy
		return s, nil
	}
	s.Seed = f.Seed(t.Draw, t.Seed)
	values, err := f.readDraw(t.Draw)
	if err != nil {
		return s, err
	}
	if rest, err := f.rests(t); rest || err != nil { // the job is older than what happened since
		s.Ended = Busy
		return s, err
	}
	if w, writing, err := runfolder.WriterOf(f.Run(t.Draw, t.Seed)); err == nil && !writing && w.PID != 0 {
		if err := f.noteKill(f.name(t.Draw, t.Seed), w); err != nil {
			return s, err
		}
	}
	slice, pause := context.WithCancelCause(ctx)
	defer pause(nil)
	var first time.Time
	over, err := w.fit(slice, Draw{Number: t.Draw, Values: values}, t, fit.Options{Progress: func(p fit.Progress) {
		now := time.Now()
		if first.IsZero() {
			first = now
		}
		s.Steps, s.Best = p.Steps, jsonfloat.Float(p.Best)
		if now.Sub(first) >= f.Spec.slice() || t.Until > 0 && p.Metric != nil && p.Metric.Step >= t.Until {
			pause(errPause)
		}
		if w.Report != nil {
			w.Report(t, p)
		}
	}})
	switch {
	case err == nil && over:
		s.Ended = Done
		return s, nil
	case err == nil || errors.Is(err, fit.ErrInterrupted):
		return s, nil
	case errors.Is(err, runfolder.ErrTaken):
		s.Ended = Busy
		return s, nil
	case hereOnly(err):
		return s, err
	}
	s.Ended, s.Error = Failed, err.Error()
	return s, f.note(f.name(t.Draw, t.Seed), s.Error)
}

// rests tells whether there is nothing to do for a task at this moment.
func (f *Folder) rests(t Task) (bool, error) {
	name := f.name(t.Draw, t.Seed)
	_, err := os.Stat(f.failureFile(name))
	fit, err := f.readFit(name, err == nil, Fit{})
	if err != nil {
		return false, err
	}
	if f.list != nil { // the fit whose core it takes must be over
		if source := f.list.Source(t.Draw); source >= 0 {
			if _, over, err := f.list.Job(source, t.Seed).ReadResult(); err != nil || !over {
				return true, err
			}
		}
	}
	reached := 0
	for _, steps := range f.rungs() {
		if t.Until > 0 && t.Until >= steps {
			reached++
		}
	}
	return fit.State == Done || fit.State == Failed || fit.State == Running || t.Until > 0 && len(fit.Rungs) >= reached, nil
}

// fit makes the fit or resumes it. over tells whether it has ended.
func (w *Worker) fit(ctx context.Context, d Draw, t Task, o fit.Options) (over bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
		}
	}()
	job, data, err := w.job(d, t)
	if err != nil {
		return false, err
	}
	if err := job.Check(job.Data(job.Seed)); err != nil {
		return false, fmt.Errorf("draw %d: %w; move it away, and the draw is fitted anew", d.Number, err)
	}
	if _, over, err := job.ReadResult(); err != nil || over {
		return over, err
	}
	_, err = job.Make(ctx, w.Backend, data, o)
	return err == nil, err
}

// job returns the fit of a task, and its recording.
func (w *Worker) job(d Draw, t Task) (grid.Job, *datasets.Dataset, error) {
	f := w.Folder
	if f.list != nil {
		job := f.list.Job(t.Draw, t.Seed)
		data, err := w.open(job.Data(job.Seed))
		return job, data, err
	}
	config, err := f.Config(d, t.Seed)
	record := func(uint64) runfolder.Dataset {
		return runfolder.Dataset{Spec: f.Spec.Data, Fingerprint: f.Spec.Fingerprint}
	}
	return grid.Job{Condition: grid.Condition{Config: config, Data: record}, Seed: config.Fit.Seed, Path: f.Run(t.Draw, t.Seed)}, w.Data, err
}

// hereOnly tells whether an error is that of this machine's disk, and not of the fit.
func hereOnly(err error) bool {
	for _, e := range []error{errRecording, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.ESTALE, syscall.EACCES, syscall.EPERM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// log adds the slice to the file of this process in workers/.
func (w *Worker) log(s Slice) error {
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	host, _ := os.Hostname() //nolint:errcheck // then it is unknown
	name := w.Folder.file(workersDir, fmt.Sprintf("%s-%d.jsonl", host, os.Getpid()))
	if err := durable.Append(name, append(line, '\n'), 0o666); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}
