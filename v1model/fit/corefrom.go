package fit

import (
	"fmt"
	"path/filepath"
	"slices"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/modulation"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// reuseCore sets a config to use the core of a fitted run, frozen or at fit.core_rate, with some of its features or, if keep is nil, all, and returns the core's
// values. Without a run it returns the config unchanged; a config with fit.core_from is then an error.
func reuseCore(config v1model.Config, shape v1model.Shape, from *runfolder.Folder, keep []int) (v1model.Config, weights.Values, error) {
	asked := config.Fit.CoreFrom
	if from == nil {
		if asked != nil {
			return config, nil, fmt.Errorf("fit.core_from: the core of run %s, and no run was given; accepted: v1lab fit --core-from RUN with that run", asked.Run)
		}
		return config, nil, nil
	}
	m, err := from.Model()
	if err != nil {
		return config, nil, err
	}
	if err := config.Core.Reusable(m.Config.Core); err != nil {
		return config, nil, fmt.Errorf("core of run %s: %w", from.Path, err)
	}
	if found, accepted := shape.Channels, m.Shape.Channels; found != accepted {
		return config, nil, fmt.Errorf("core of run %s: channels of the images: found %d; accepted: %d, as it was fitted", from.Path, found, accepted)
	}
	if found, accepted := config.Channels(), m.Config.Channels(); !slices.Equal(found, accepted) {
		return config, nil, fmt.Errorf("core of run %s: covariates that are channels: found %q; accepted: %q, as it was fitted (modulation.kind %s)", from.Path, found, accepted, modulation.Channels)
	}
	all, err := from.Weights()
	if err != nil {
		return config, nil, err
	}
	values := weights.Values{}
	for _, s := range m.Core.Specs() {
		values[s.Name] = all[s.Name]
	}
	if keep != nil {
		pruned, err := core.Need[core.Prunable](m.Core, m.Config.Core.Kind, "leaving features out")
		if err != nil {
			return config, nil, err
		}
		var fewer core.Config
		if fewer, values, err = pruned.Keep(keep, values); err != nil {
			return config, nil, fmt.Errorf("core of run %s: %w", from.Path, err)
		}
		config.Core.Features, config.Core.Evaluation = fewer.Features, nil
	}
	path, err := filepath.Abs(from.Path)
	if err != nil {
		return config, nil, fmt.Errorf("core of run %s: %w", from.Path, err)
	}
	source := &v1model.CoreSource{Run: path, Data: from.Dataset.Fingerprint, Values: values.Fingerprint(), Features: keep}
	if asked != nil && asked.Values != source.Values {
		return config, nil, fmt.Errorf("fit.core_from: found the core of run %s (%.12s); accepted: that of run %s (%.12s), or a config without", path, source.Values, asked.Run, asked.Values)
	}
	return config.WithCore(source), values, nil
}

// numFrozen is the number of leading variables that training leaves unchanged: those of a frozen core.
func numFrozen(m *v1model.Model) int {
	if m.Config.Core.Frozen {
		return len(m.Core.Specs())
	}
	return 0
}

// coreShares returns what the learning rate of the variables of a core from another run is multiplied by, fit.core_rate. It is empty for a core of the fit's own.
func coreShares(m *v1model.Model) map[string]float64 {
	share := map[string]float64{}
	if m.Config.Fit.CoreFrom != nil {
		for _, s := range m.Core.Specs() {
			share[s.Name] = m.Config.Fit.CoreRate
		}
	}
	return share
}
