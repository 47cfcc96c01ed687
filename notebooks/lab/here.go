//go:build !v1lab_engine

package lab

import (
	"context"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/twin"
)

// Run is a fitted model with its recording. It has the results of fitted.Run, but its methods take no context and end the cell on an error.
type Run struct {
	*fitted.Run
	Data *datasets.Dataset // nil for a run that was imported without a recording

	recordings *fitted.Recordings
}

// Open opens a run folder and the recording that it was fitted to.
func Open(path string) *Run { return open(path, &fitted.Recordings{}) }

// open opens a run that shares its recording with other runs.
func open(path string, recordings *fitted.Recordings) *Run {
	r := Must(fitted.Open(context.Background(), path, fitted.Options{Device: answers.Device, Warn: warn, Recordings: recordings}))
	origin.Of(path)
	if r.Dataset.Fingerprint == "" {
		return &Run{Run: r, recordings: recordings}
	}
	return &Run{Run: r, Data: Must(r.Recording()), recordings: recordings}
}

func init() { formats.Register(twin.Format(answers.Device)) }

// Data opens a recording.
func Data(spec string) *datasets.Dataset { return Must(formats.Open(spec)) }

// ask asks about the run.
func ask[Q, A any](ctx context.Context, r *Run, q questions.Question[Q, A], with Q, progress func(insilico.Progress)) (A, error) {
	return answers.To(ctx, q, answers.Asked{Run: r.Run, Recordings: r.recordings, Progress: progress}, with)
}

// sourceOf returns the source of a function of the cell's program.
func sourceOf(of questions.SourceOf) (string, error) {
	return answers.To(context.Background(), questions.Source, answers.Asked{}, of)
}

// keep stores a result in the run folder.
func (r *Run) keep(path, key string, result kept.Result) error { return r.Keep(path, key, result) }
