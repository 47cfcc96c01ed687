package grid

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Job is one fit that is wanted: a model, a seed and where it is kept.
type Job struct {
	Model
	Seed     uint64
	Path     string            // run folder
	CoreFrom *runfolder.Folder // fitted run whose core it takes and keeps; nil: none
}

// Done is a fit that is over.
type Done struct {
	Run    *runfolder.Folder
	Fit    Fit
	Scores *evaluate.Report // on the validation and test parts of its recording
}

// Do makes the fit, goes on with it or, if it is over, reads it, and scores it. A folder that holds another fit is an error.
// If ctx ends, the fit is saved and fit.ErrInterrupted returned; the same call goes on.
func (j Job) Do(ctx context.Context, backend compute.Backend, data *datasets.Dataset, o Options) (*Done, error) {
	if err := j.Check(runfolder.Describe(data)); err != nil {
		return nil, err
	}
	result, over, err := j.Result()
	if err != nil {
		return nil, err
	}
	if o.Started != nil {
		o.Started(j.Model, j.Seed, j.Path, over)
	}
	options := fit.Options{Progress: o.Progress}
	switch {
	case over:
	case runfolder.IsRun(j.Path):
		result, _, err = fit.Resume(ctx, backend, data, j.Path, options)
	default:
		options.CoreFrom = j.CoreFrom
		result, _, err = fit.Run(ctx, backend, data, j.config(), j.Path, options)
	}
	if err != nil {
		return nil, err
	}
	run, err := runfolder.Open(j.Path)
	if err != nil {
		return nil, err
	}
	scores, err := evaluate.Run(backend, run, data)
	if err != nil {
		return nil, err
	}
	return &Done{Run: run, Scores: scores, Fit: Fit{
		Seed: j.Seed, Run: j.Path, Steps: result.Steps, Seconds: result.Seconds,
		ValLoss: scores.ValLoss, TestCorr: scores.TestCorr, FractionOfCeiling: scores.FractionOfCeiling,
	}}, nil
}

// Result says how the fit ended; over is false if it has not, or was not begun.
func (j Job) Result() (result runfolder.Result, over bool, err error) {
	if !runfolder.IsRun(j.Path) {
		return result, false, nil
	}
	run, err := runfolder.Open(j.Path)
	if err != nil {
		return result, false, err
	}
	return run.Result()
}

// Check makes sure that the run folder, if it is there, holds this fit to the recording that record describes. Where the record has no
// fingerprint the recording's name counts.
func (j Job) Check(record runfolder.Dataset) error {
	if !runfolder.IsRun(j.Path) {
		return runfolder.Free(j.Path)
	}
	run, err := runfolder.Open(j.Path)
	if err != nil {
		return err
	}
	if record.Fingerprint != "" && run.Dataset.Fingerprint != record.Fingerprint || record.Fingerprint == "" && run.Dataset.Spec != record.Spec {
		return fmt.Errorf("run folder %s: fitted to other data, %q; accepted: another folder for this comparison, or the same recording", j.Path, run.Dataset.Spec)
	}
	asked := j.config()
	if j.CoreFrom != nil {
		asked.Core.Frozen, asked.Fit.CoreFrom = true, run.Config.Fit.CoreFrom
	}
	if !asked.Asks(run.Config) {
		return fmt.Errorf("run folder %s: fitted with another config; accepted: another folder for this comparison, or the same config", j.Path)
	}
	if j.CoreFrom == nil {
		return nil
	}
	values, err := coreValues(j.CoreFrom)
	if err != nil {
		return err
	}
	if source := run.Config.Fit.CoreFrom; source == nil || source.Values != values.Fingerprint() {
		return fmt.Errorf("run folder %s: fitted with another core than that of run %s; accepted: another folder for this comparison, or the same core", j.Path, j.CoreFrom.Path)
	}
	return nil
}

// config is the model's with the seed.
func (j Job) config() v1model.Config {
	j.Config.Fit.Seed = j.Seed
	return j.Config
}

func coreValues(run *runfolder.Folder) (weights.Values, error) {
	m, all, err := run.Fitted()
	if err != nil {
		return nil, err
	}
	core := weights.Values{}
	for _, s := range m.Core.Specs() {
		core[s.Name] = all[s.Name]
	}
	return core, nil
}
