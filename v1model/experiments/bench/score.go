package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
)

// FitOptions are the settings of a fit.
type FitOptions struct {
	Data     *datasets.Dataset // normalised
	Config   v1model.Config
	Beside   *v1model.Config // if not nil, another one that the peers fit too, such as the same model by the reference's schedule
	MaxSteps int             // steps of a fit at most, 0 for those of the config
}

// nearShare is the distance of FitReport.Near from the reference's lowest loss, as a share of the drop from its first validation.
const nearShare = 0.01

// timeFits lets every system fit the same model from the same start values with the same batches, and then the peers what FitOptions.Beside says.
func (b *bench) timeFits(ctx context.Context) error {
	if b.Fit.Beside != nil && len(b.Systems) < 2 {
		return errors.New("bench: another config for the peers, and no peers; accepted: both or neither")
	}
	same, err := b.fits(ctx, b.Fit.Config, b.Systems)
	if err != nil {
		return err
	}
	same.compare()
	b.report.Fit = same
	if b.Fit.Beside == nil {
		return nil
	}
	other, err := b.fits(ctx, *b.Fit.Beside, b.Systems[1:])
	if err != nil {
		return err
	}
	other.Fits = append([]Fitted{same.Fits[0]}, other.Fits...)
	other.compare()
	b.report.FitBeside = other
	return nil
}

// fits makes the fit of every system, one after another, each in its own process without compiled programs.
func (b *bench) fits(ctx context.Context, config v1model.Config, systems []System) (*FitReport, error) {
	plan, err := config.Fit.Plan()
	if err != nil {
		return nil, err
	}
	if b.Fit.MaxSteps > 0 && !plan.Open() {
		return nil, fmt.Errorf("bench: at most %d steps of a fit, and fit.schedule %s makes %d; accepted: fit.steps=%d", b.Fit.MaxSteps, config.Fit.Schedule, plan.MaxSteps(), b.Fit.MaxSteps)
	}
	if len(b.Systems) > 1 {
		if err := supportedByPeers(config); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	steps := b.Fit.MaxSteps
	if steps == 0 {
		steps = max(plan.Stages(), 1) * plan.MaxSteps() // an upper bound: at the end of a stage the counter is reduced
	}
	if err := writeProblem(dir, config, b.Fit.Data, steps); err != nil {
		return nil, err
	}
	if err := b.checkAgreement(ctx, fmt.Sprintf("%s of %s by %s", Fit, config.Preset, plan.Name()), dir); err != nil {
		return nil, err
	}
	r := &FitReport{Data: b.Fit.Data.Spec, Preset: config.Preset, Schedule: plan.Name()}
	for _, s := range systems {
		b.progressf("fit of %s, schedule %s, to %s by %s", config.Preset, plan.Name(), b.Fit.Data.Spec, s.Name)
		curve, err := oneFit(ctx, s, dir, b.Fit.MaxSteps)
		if err != nil {
			return nil, err
		}
		r.Fits = append(r.Fits, Fitted{System: s.Name, Curve: curve})
	}
	return r, nil
}

func oneFit(ctx context.Context, s System, dir string, most int) ([]point, error) {
	s.Env = slices.Concat(s.Env, s.Cold)
	w, err := startWorker(ctx, s, filepath.Join(dir, "cache"))
	if err != nil {
		return nil, err
	}
	defer w.close()
	if _, err := w.do(job{Do: doLoad, Folder: dir}); err != nil {
		return nil, err
	}
	a, err := w.do(job{Do: doFit, N: most})
	if err == nil && len(a.Curve) == 0 {
		err = fmt.Errorf("%s: %s: no validation loss was a number", s.Name, doFit)
	}
	return a.Curve, err
}

// compare finds when each fit reached the reference's score. The reference is the first peer, or ours if there is none.
func (r *FitReport) compare() {
	fits := r.Fits
	reference := fits[min(1, len(fits)-1)].Curve
	score := math.Inf(1)
	for _, p := range reference {
		score = min(score, p[2])
	}
	almost := score + nearShare*(reference[0][2]-score)
	r.Score, r.Near = jsonfloat.Float(score), jsonfloat.Float(almost)
	best, bestNear := math.NaN(), math.NaN()
	for i := range fits {
		f := &fits[i]
		last := f.Curve[len(f.Curve)-1]
		f.Steps, f.Seconds = int(last[0]), last[1]
		lowest := math.Inf(1)
		for _, p := range f.Curve {
			lowest = min(lowest, p[2])
		}
		f.Lowest, f.ToScore, f.ToNear = jsonfloat.Float(lowest), jsonfloat.Float(reached(f.Curve, score)), jsonfloat.Float(reached(f.Curve, almost))
		if i == 0 {
			continue
		}
		if t := float64(f.ToScore); math.IsNaN(best) || t < best {
			best, r.Best = t, f.System
		}
		if t := float64(f.ToNear); math.IsNaN(bestNear) || t < bestNear {
			bestNear = t
		}
	}
	r.Ratio, r.ToNear = jsonfloat.Float(float64(fits[0].ToScore)/best), jsonfloat.Float(float64(fits[0].ToNear)/bestNear)
}

// reached returns the seconds after which a fit's validation loss first was as low as score; NaN if it never was.
func reached(curve []point, score float64) float64 {
	for _, p := range curve {
		if p[2] <= score {
			return p[1]
		}
	}
	return math.NaN()
}
