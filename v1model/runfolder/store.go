package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"

	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/weights"
)

// Store makes a run folder from weights that were fitted elsewhere: best/weights.npz, and a result with ReasonImported. If the data are unknown, data may
// have a shape only; images then count as normalised. The weights must be those of the model that config and
// data describe. The folder appears whole or not at all. path must not exist, or be an empty folder.
func Store(path string, config v1model.Config, data Dataset, w weights.Values) (err error) {
	if err := CheckFree(path); err != nil {
		return err
	}
	m, err := v1model.New(config, data.Shape)
	if err != nil {
		return err
	}
	if err := w.Check(m.Specs()); err != nil {
		return err
	}
	parent := filepath.Dir(path)
	if err := durable.MkdirAll(parent, 0o777); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	workshop, err := durable.MkdirTemp(parent, ".v1lab-import-", 0o700)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	defer func() {
		if e := durable.RemoveAll(workshop); e != nil {
			err = errors.Join(err, fmt.Errorf("run folder: %w", e))
		}
	}()
	data.Version = Version
	f, err := Create(filepath.Join(workshop, "run"), config, data)
	if err != nil {
		return err
	}
	unknown := jsonfloat.Float(math.NaN())
	err = errors.Join(f.SaveWeights(w), f.WriteResult(Result{Reason: ReasonImported, ValLoss: unknown, ConstantLoss: unknown}), f.Close())
	if err != nil {
		return err
	}
	if err := durable.Remove(path); err != nil { // removes an empty folder only
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("run folder %s: not empty; accepted: a new folder", path)
		}
		return fmt.Errorf("run folder: %w", err)
	}
	if err := durable.Rename(f.Path, path); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}
