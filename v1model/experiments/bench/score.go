package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/schedule"
)

// FitOptions are the settings of a fit.
type FitOptions struct {
	Data     *datasets.Dataset // normalised
	Config   v1model.Config
	MaxSteps int // steps of a fit at most, 0 for those of the config
}

// nearShare is the distance of FitReport.Near from the reference's lowest loss, as a share of the drop from its first validation.
const nearShare = 0.01

// timeFits lets every system fit the same model from the same start values with the same batches, one after another, each in its own process without
// compiled programs.
func (b *bench) timeFits(ctx context.Context) error {
	plan, err := b.Fit.Config.Fit.Plan()
	if err != nil {
		return err
	}
	switch {
	case len(b.Systems) > 1 && !plan.Open():
		return fmt.Errorf("fit.schedule: %s, the peers have %s only", b.Fit.Config.Fit.Schedule, schedule.Default)
	case b.Fit.MaxSteps > 0 && !plan.Open():
		return fmt.Errorf("bench: at most %d steps of a fit, and fit.schedule %s makes %d; accepted: fit.steps=%d", b.Fit.MaxSteps, b.Fit.Config.Fit.Schedule, plan.MaxSteps(), b.Fit.MaxSteps)
	case len(b.Systems) > 1:
		if err := supportedByPeers(b.Fit.Config); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	steps := b.Fit.MaxSteps
	if steps == 0 {
		steps = max(plan.Stages(), 1) * plan.MaxSteps() // an upper bound: at the end of a stage the counter is reduced
	}
	if err := writeProblem(dir, b.Fit.Config, b.Fit.Data, steps); err != nil {
		return err
	}
	if err := b.checkAgreement(ctx, Fit, dir); err != nil {
		return err
	}
	var fits []Fitted
	for _, s := range b.Systems {
		b.progressf("fit of %s to %s", s.Name, b.Fit.Data.Spec)
		curve, err := oneFit(ctx, s, dir, b.Fit.MaxSteps)
		if err != nil {
			return err
		}
		fits = append(fits, Fitted{System: s.Name, Curve: curve})
	}
	b.report.Fit = compareFits(fits)
	b.report.Fit.Data, b.report.Fit.Preset = b.Fit.Data.Spec, b.Fit.Config.Preset
	return nil
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

// compareFits finds when each fit reached the reference's score. The reference is the first peer, or ours if there is none.
func compareFits(fits []Fitted) *FitReport {
	reference := fits[min(1, len(fits)-1)].Curve
	score := math.Inf(1)
	for _, p := range reference {
		score = min(score, p[2])
	}
	almost := score + nearShare*(reference[0][2]-score)
	r := &FitReport{Score: jsonfloat.Float(score), Near: jsonfloat.Float(almost), Fits: fits}
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
	return r
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
