package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"v1lab/v1model/experiments/sweep"
)

const (
	// grace is how long a job may run before its run folder must be locked.
	grace = 10 * time.Second
	// look is how often a worker looks into the folder, at least.
	look = 500 * time.Millisecond
	// patience is how long a worker goes on without its queue.
	patience = 5 * time.Minute
	// farewell is how long a slice may take to save when it is asked to end.
	farewell = 8 * time.Second
)

// Work calls work with one task after the other, until the sweep is over. It returns ErrStopped if the sweep is stopped, and ErrInterrupted if ctx ends; the task
// under way is then told by its context to save. An error of work ends it, too.
func (q *Queue) Work(ctx context.Context, work func(context.Context, sweep.Task) error) error {
	var h hand
	h.turn = make(chan struct{}, 1)
	w := &worker{work: func(ctx context.Context, t sweep.Task) {
		if err := work(ctx, t); err != nil {
			h.failed.Store(&err)
		}
		select {
		case h.turn <- struct{}{}:
		default: // the loop is about to look anyway
		}
	}}
	reader := sweep.NewReader(q.folder)
	for {
		again, err := q.session(ctx, reader, w, &h)
		if !again {
			return err
		}
		q.Close()
		if err := q.open(ctx); err != nil {
			return err
		}
	}
}

// hand is how the worker tells the loop that a task is over.
type hand struct {
	turn   chan struct{}
	failed atomic.Pointer[error] // what ends the work
}

// session works with one opened queue. again is true if the queue's file has been lost.
func (q *Queue) session(ctx context.Context, reader *sweep.Reader, w *worker, h *hand) (again bool, err error) {
	c, err := q.store.client(q.config(w))
	if err != nil {
		return false, fmt.Errorf("queue: %w", err)
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return false, fmt.Errorf("queue: %w", err)
	}
	stop := func(cancel bool) {
		limit, done := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer done()
		if !cancel { // let the slice end
			soft := make(chan error, 1)
			go func() { soft <- c.Stop(context.WithoutCancel(ctx)) }()
			select {
			case <-soft:
				return
			case <-ctx.Done():
			}
		}
		_ = c.StopAndCancel(limit) //nolint:errcheck // the folder has what counts
	}
	var failing time.Time
	for {
		over, err := q.fill(ctx, c, reader)
		switch {
		case ctx.Err() != nil:
			stop(true)
			return false, ErrInterrupted
		case q.folder.Stopped():
			stop(true)
			return false, ErrStopped
		case err == nil && over:
			stop(true)
			return false, nil
		case q.store.lost():
			stop(false)
			return true, nil
		case errors.Is(err, errFolder):
			stop(true)
			return false, err
		case err == nil:
			failing = time.Time{}
		case failing.IsZero():
			again, fatal := q.store.repair(err)
			if again || fatal != nil {
				stop(fatal != nil)
				return again, fatal
			}
			failing = time.Now()
			if q.Warn != nil {
				q.Warn(err)
			}
		case time.Since(failing) > patience:
			stop(true)
			return false, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		case <-h.turn:
		}
		if err := h.failed.Load(); err != nil {
			stop(true)
			return false, *err
		}
	}
}

// errFolder marks an error of the sweep's folder, for which waiting does not help.
var errFolder = errors.New("sweep's folder")

// fill puts into the queue what the folder says is to be done and nobody does: fits that were begun, and as many others that there is always one more than
// workers. over tells whether the sweep is.
func (q *Queue) fill(ctx context.Context, c client, reader *sweep.Reader) (over bool, err error) {
	state, err := reader.Read()
	if err != nil {
		return false, errors.Join(err, errFolder)
	}
	_ = state.Refresh(q.folder) //nolint:errcheck // who asks for the state makes it anew
	if state.State == sweep.Finished {
		return true, nil
	}
	jobs, err := q.jobs(ctx, c)
	if err != nil {
		return false, err
	}
	working, ready := 0, 0
	for _, j := range jobs {
		if j.running {
			working++
		} else {
			ready++
		}
	}
	var missing []river.InsertManyParams
	for t, err := range q.folder.Tasks(state) {
		if err != nil {
			return false, errors.Join(err, errFolder)
		}
		if t.Fresh && ready > working {
			break
		}
		at := sweep.Task{Draw: t.Draw, Seed: t.Seed}
		j, there := jobs[at]
		if t.Busy || there && (!j.running || j.young) {
			continue
		}
		missing = append(missing, job{t, j.life + 1}.params())
		ready++
	}
	if len(missing) == 0 {
		return false, nil
	}
	if _, err := c.InsertMany(ctx, missing); err != nil {
		return false, fmt.Errorf("queue: %w", err)
	}
	return false, nil
}

// found is what the queue has for a fit.
type found struct {
	life           int
	running, young bool // running jobs may be those of a process that was killed
}

// jobs lists the jobs that are not over, by draw and seed.
func (q *Queue) jobs(ctx context.Context, c client) (map[sweep.Task]found, error) {
	const most = 10_000
	list, err := c.JobList(ctx, river.NewJobListParams().States(live...).First(most))
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	all := map[sweep.Task]found{}
	for _, row := range list.Jobs {
		var j job
		if err := json.Unmarshal(row.EncodedArgs, &j); err != nil {
			return nil, fmt.Errorf("queue: job %d: %w", row.ID, err)
		}
		at := sweep.Task{Draw: j.Draw, Seed: j.Seed}
		f := found{life: j.Life, running: row.State == rivertype.JobStateRunning}
		f.young = f.running && row.AttemptedAt != nil && time.Since(*row.AttemptedAt) < grace
		if before, ok := all[at]; ok {
			f.life = max(f.life, before.life)
			f.running = f.running && before.running // one that waits counts
			f.young = f.young || before.young
		}
		all[at] = f
	}
	return all, nil
}
