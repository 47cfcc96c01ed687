package grid

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Job is one fit of a grid.
type Job struct {
	Condition
	Seed   uint64 // the config's fit.seed
	Path   string // run folder
	Source string // run folder whose core it uses; empty: none
}

// Make makes the fit or resumes it. The fit whose core it takes must be over.
func (j Job) Make(ctx context.Context, backend compute.Backend, data *datasets.Dataset, o fit.Options) (result runfolder.Result, err error) {
	if runfolder.IsRun(j.Path) {
		result, _, err = fit.Resume(ctx, backend, data, j.Path, o)
		return result, err
	}
	if j.Source != "" {
		if o.CoreFrom, err = runfolder.Open(j.Source); err != nil {
			return result, err
		}
	}
	result, _, err = fit.Run(ctx, backend, data, j.config(), j.Path, o)
	return result, err
}

// ReadResult reads how the fit ended. over is false if it has not ended, or was not begun.
func (j Job) ReadResult() (result runfolder.Result, over bool, err error) {
	if !runfolder.IsRun(j.Path) {
		return result, false, nil
	}
	run, err := runfolder.Open(j.Path)
	if err != nil {
		return result, false, err
	}
	return run.Result()
}

// Check returns an error if the run folder exists and holds another fit or another recording than record describes. Without a fingerprint, recordings are
// compared by name.
func (j Job) Check(record runfolder.Dataset) error {
	if !runfolder.IsRun(j.Path) {
		return runfolder.CheckFree(j.Path)
	}
	run, err := runfolder.Open(j.Path)
	if err != nil {
		return err
	}
	if record.Fingerprint != "" && run.Dataset.Fingerprint != record.Fingerprint || record.Fingerprint == "" && run.Dataset.Spec != record.Spec {
		why := ""
		if record.Spec == run.Dataset.Spec {
			why = "; the name is the same, so the file has changed, or this version of v1lab reads more of it, which the option reading=1 prevents"
		}
		return fmt.Errorf("run folder %s: fitted to other data, %q; accepted: another folder, or the same recording%s", j.Path, run.Dataset.Spec, why)
	}
	asked := j.config()
	takesCore := j.Source != "" && runfolder.IsRun(j.Source)
	if takesCore {
		asked = asked.WithCore(run.Config.Fit.CoreFrom)
	}
	if !asked.SameFit(run.Config) {
		return fmt.Errorf("run folder %s: fitted with another config; accepted: another folder, or the same config", j.Path)
	}
	if !takesCore {
		return nil
	}
	values, err := coreValues(j.Source)
	if err != nil {
		return err
	}
	if core := run.Config.Fit.CoreFrom; core == nil || core.Values != values.Fingerprint() {
		return fmt.Errorf("run folder %s: fitted with another core than that of run %s; accepted: another folder, or the same core", j.Path, j.Source)
	}
	return nil
}

// config returns the condition's config with the seed.
func (j Job) config() v1model.Config {
	c := j.Config
	c.Fit.Seed = j.Seed
	return c
}

// coreValues reads the core of a run.
func coreValues(path string) (weights.Values, error) {
	run, err := runfolder.Open(path)
	if err != nil {
		return nil, err
	}
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
