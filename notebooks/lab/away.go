//go:build v1lab_engine

package lab

import (
	"context"

	"v1lab/datasets"
	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/lab/resident"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/runfolder"
)

// Run is a fitted model with its recording, about which the engine is asked. It has the files of the run folder, and what a cell asks of fitted.Run.
type Run struct {
	*runfolder.Folder
	Data *datasets.Dataset // nil for a run that was imported without a recording
}

// Open opens a run folder and the recording that it was fitted to.
func Open(path string) *Run {
	r := &Run{Folder: Must(runfolder.Open(path))}
	origin.Of(path)
	if r.Dataset.Fingerprint != "" {
		r.Data = Must(r.Recording())
	}
	return r
}

// Recording returns the recording that the run was fitted to.
func (r *Run) Recording() (*datasets.Dataset, error) {
	if r.Data != nil {
		return r.Data, nil
	}
	return ask(context.Background(), r, questions.Recording, questions.None{}, nil)
}

// Truth returns the truth of a simulated recording; nil if it is not known or there is no recording.
func (r *Run) Truth() *datasets.Truth {
	if r.Data == nil {
		return nil
	}
	return r.Data.Truth
}

// Data opens a recording.
func Data(spec string) *datasets.Dataset {
	return Must(resident.Ask(context.Background(), questions.Data, "", spec, watch(nil)))
}

// ask asks about the run.
func ask[Q, A any](ctx context.Context, r *Run, q questions.Question[Q, A], with Q, progress func(insilico.Progress)) (A, error) {
	return resident.Ask(ctx, q, r.Path, with, watch(progress))
}

// sourceOf returns the source of a function of the cell's program.
func sourceOf(of questions.SourceOf) (string, error) {
	return resident.Ask(context.Background(), questions.Source, "", of, watch(nil))
}

// warned are the sentences that the cell has shown.
var warned = map[string]bool{}

func watch(progress func(insilico.Progress)) resident.Watch {
	return resident.Watch{Progress: progress, Warn: func(text string) {
		if !warned[text] {
			warned[text] = true
			warn(text)
		}
	}}
}

// keep stores a result in the run folder.
func (r *Run) keep(path, key string, result kept.Result) error { return kept.Write(path, key, result) }
