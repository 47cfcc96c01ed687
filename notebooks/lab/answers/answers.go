package answers

import (
	"context"
	"errors"
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/notebooks/keep/source"
	"v1lab/notebooks/lab/exact"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// Asked is what answers a question beside what it is asked with.
type Asked struct {
	Run        *fitted.Run               // that the question is about; nil if it is about none
	Recordings *fitted.Recordings        // those of the run
	Progress   func(p insilico.Progress) // called about every second of long work
}

// To answers a question.
func To[Q, A any](ctx context.Context, q questions.Question[Q, A], about Asked, with Q) (A, error) {
	answer, ok := typed[string(q)].(func(context.Context, Asked, Q) (A, error))
	if !ok {
		var none A
		return none, fmt.Errorf("question %q has no answer", q)
	}
	return answer(ctx, about, with)
}

// ToMessage answers a question with a name whose asker sent a message. encode makes a message of the answer.
func ToMessage(ctx context.Context, name string, about Asked, with exact.Message) (answer any, encode func() (exact.Message, error), err error) {
	f, ok := coded[name]
	if !ok {
		return nil, nil, fmt.Errorf("question %q has no answer", name)
	}
	return f(ctx, about, with)
}

var (
	typed = map[string]any{} // func(context.Context, Asked, Q) (A, error)
	coded = map[string]func(context.Context, Asked, exact.Message) (any, func() (exact.Message, error), error){}
)

func answer[Q, A any](q questions.Question[Q, A], f func(context.Context, Asked, Q) (A, error)) {
	typed[string(q)] = f
	coded[string(q)] = func(ctx context.Context, about Asked, m exact.Message) (any, func() (exact.Message, error), error) {
		with, err := exact.Decode[Q](m)
		if err != nil {
			return nil, nil, err
		}
		found, err := f(ctx, about, with)
		return found, func() (exact.Message, error) { return exact.Encode(found) }, err
	}
}

func init() {
	answer(questions.Data, func(_ context.Context, _ Asked, spec string) (*datasets.Dataset, error) { return formats.Open(spec) })
	answer(questions.Source, func(_ context.Context, _ Asked, of questions.SourceOf) (string, error) {
		return source.Function(of.Program, of.Line)
	})
	answer(questions.Recording, func(_ context.Context, a Asked, _ questions.None) (*datasets.Dataset, error) {
		return a.Run.Recording()
	})
	answer(questions.Scores, func(ctx context.Context, a Asked, _ questions.None) (*evaluate.Report, error) {
		return a.Run.Scores(ctx)
	})
	answer(questions.Rates, func(ctx context.Context, a Asked, images datasets.Images) (datasets.Responses, error) {
		return a.Run.Rates(ctx, images)
	})
	answer(questions.Filters, func(ctx context.Context, a Asked, _ questions.None) ([]array.Array, error) { return a.Run.Filters(ctx) })
	answer(questions.Readout, func(_ context.Context, a Asked, _ questions.None) (report.Readout, error) {
		return report.ReadoutOf(a.Run)
	})
	answer(questions.Layout, func(ctx context.Context, a Asked, _ questions.None) (report.Layout, error) {
		return report.LayoutOf(ctx, a.Run)
	})
	answer(questions.Cluster, func(ctx context.Context, a Asked, k int) (features.Clustering, error) {
		return a.Run.Cluster(ctx, features.Options{K: k, Seed: a.Run.Config.Fit.Seed})
	})
	answer(questions.Types, types)
	answer(questions.Key, func(_ context.Context, a Asked, of questions.KeyOf) (string, error) {
		return a.Run.Key(of.Neurons, of.Settings)
	})
	answer(questions.Kept, func(_ context.Context, a Asked, _ questions.None) (kept.Results, error) { return a.Run.Kept() })
	answer(questions.Because, func(_ context.Context, a Asked, s questions.Silent) (string, error) {
		return a.Run.Because(s.Neurons, s.Other, func(n int) string { return fmt.Sprint(n) }, s.Most)
	})
	answer(questions.Portrait, portrait)
	answer(questions.Fields, fields)
	answer(questions.MEIs, meis)
	answer(questions.Tuning, tuning)
	answer(questions.Discriminative, discriminative)
}

// portrait returns what a browser of some neurons shows.
func portrait(ctx context.Context, a Asked, neurons []int) (p report.Portrait, err error) {
	r := a.Run
	found, err := r.Kept()
	if err != nil {
		return p, err
	}
	p.MEIs, p.Inhibiting, p.Diverse, p.Tuning = found.MEIs, found.Inhibiting, found.Diverse, found.Tuning
	if p.Readout, err = r.Readout(); err != nil {
		return p, err
	}
	if p.Silence, err = r.Silence(); err != nil {
		return p, err
	}
	if p.Layout, err = report.LayoutOf(ctx, r); err != nil {
		return p, err
	}
	if p.Fields, err = fields(ctx, a, questions.FieldsOf{Neurons: neurons}); err != nil {
		return p, err
	}
	p.Truth = r.Truth()
	if _, without := r.Recording(); without == nil {
		if p.Scores, err = r.Scores(ctx); err != nil {
			return p, err
		}
	}
	c, err := r.Cluster(ctx, features.Options{Seed: r.Config.Fit.Seed})
	if errors.Is(err, fitted.ErrUnturned) {
		return p, nil
	}
	p.Clusters = c.Labels
	return p, err
}
