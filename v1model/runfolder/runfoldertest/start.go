package runfoldertest

import (
	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// Start makes a run folder at path of a small model (quickstart with seven features) with its start values, for tests that need no fit. Settings change the config.
func Start(path string, data *datasets.Dataset, settings ...string) error {
	config, err := v1model.Load("quickstart", append([]string{"core.features=2,2,3", "core.filter_sizes=5,3,3"}, settings...)...)
	if err != nil {
		return err
	}
	record := runfolder.Describe(data)
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		return err
	}
	values, _, err := m.Start(data)
	if err != nil {
		return err
	}
	return runfolder.Store(path, config, record, values)
}
