package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"v1lab/v1model/experiments/sweep"
)

// Queue is the queue of a sweep.
type Queue struct {
	// Warn, if not nil, is called when the queue does not answer; the worker waits for it.
	Warn func(error)

	folder *sweep.Folder
	url    string
	store  store
}

// store is where jobs are kept.
type store interface {
	client(*river.Config) (client, error)
	lost() bool                         // its file is no longer the one in the folder
	repair(error) (again bool, _ error) // what an error needs: a new file, or an end; neither if waiting may help
	Close()
}

// client is the part of River's clients that does not depend on the store.
type client interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
	InsertMany(context.Context, []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	JobList(context.Context, *river.JobListParams) (*river.JobListResult, error)
}

// Open opens the queue of a sweep and makes it if need be. url is empty for the file in the folder, or that of a PostgreSQL database, postgres://...
func Open(ctx context.Context, f *sweep.Folder, url string) (*Queue, error) {
	q := &Queue{folder: f, url: url}
	return q, q.open(ctx)
}

// Check returns an error for the name of a queue that cannot be one.
func Check(url string) error {
	if url == "" || strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return nil
	}
	return fmt.Errorf("queue %s: accepted: postgres://USER@HOST/DATABASE, or none for a file in the sweep's folder", hidden(url))
}

func (q *Queue) open(ctx context.Context) (err error) {
	if err := Check(q.url); err != nil {
		return err
	}
	if q.url == "" {
		q.store, err = openSQLite(ctx, q.folder.Path)
	} else {
		q.store, err = openPostgres(ctx, q.url, "v1lab_sweep_"+q.folder.Spec.ID)
	}
	return err
}

// Close closes the queue.
func (q *Queue) Close() {
	if q.store != nil {
		q.store.Close()
	}
}

// Errors that end Work before the sweep is over.
var (
	ErrStopped     = errors.New("the sweep was stopped")
	ErrInterrupted = errors.New("interrupted")
)

// job is the arguments of River's job: a slice of a fit.
type job struct {
	sweep.Task
	Life int `json:"life"` // counts jobs of the task that were given up
}

// Kind names the jobs for River.
func (job) Kind() string { return "slice" }

// priorities of jobs.
const (
	goesOn = 1
	begins = 2
)

func (j job) params() river.InsertManyParams {
	o := &river.InsertOpts{Priority: goesOn, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live}}
	if j.Fresh {
		o.Priority = begins
	}
	return river.InsertManyParams{Args: j, InsertOpts: o}
}

// live are the states of jobs that are not over.
var live = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}

// worker hands River's jobs to a function.
type worker struct {
	river.WorkerDefaults[job]
	work func(context.Context, sweep.Task)
}

// Work implements river.Worker. What becomes of a job is in the folder, so there is no error.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error {
	w.work(ctx, j.Args.Task)
	return nil
}

func (q *Queue) config(w *worker) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	limit := q.folder.Spec.TimeLimit()
	return &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
		FetchCooldown: 20 * time.Millisecond, FetchPollInterval: 250 * time.Millisecond, PollOnly: true,
		JobTimeout: limit, RescueStuckJobsAfter: limit, CompletedJobRetentionPeriod: 10 * time.Minute,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// hidden is a URL without its password.
func hidden(url string) string {
	at := strings.LastIndex(url, "@")
	scheme := strings.Index(url, "://")
	if at < 0 || scheme < 0 || scheme+3 > at {
		return url
	}
	user, _, ok := strings.Cut(url[scheme+3:at], ":")
	if !ok {
		return url
	}
	return url[:scheme+3] + user + ":..." + url[at:]
}

// sameFile tells whether a path still leads to a file.
func sameFile(path string, opened os.FileInfo) bool {
	info, err := os.Stat(path)
	return err == nil && os.SameFile(info, opened)
}
