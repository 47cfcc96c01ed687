package grid_test

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// FeatureLosses fits models of 4 and of 16 features in the last layer, each with the seeds 1 to 3, and returns validation losses by features.
func FeatureLosses(ctx context.Context, backend compute.Backend, recording, dir string, settings ...string) (map[string][]float64, error) {
	g := grid.Grid{Dir: dir, Seeds: 3, Open: formats.Open}
	for _, features := range []int{4, 16} {
		config, err := v1model.Load("quickstart", settings...)
		if err != nil {
			return nil, err
		}
		config.Core.Features = []int{6, 6, features}
		g.Conditions = append(g.Conditions, grid.Condition{
			Name: fmt.Sprintf("features%d", features), Config: config,
			Data: func(seed uint64) runfolder.Dataset { return runfolder.Dataset{Spec: recording} },
		})
	}
	losses := map[string][]float64{}
	err := g.Run(ctx, backend, func(fit grid.Done) error {
		losses[fit.Name] = append(losses[fit.Name], float64(fit.Result.ValLoss))
		return nil
	})
	return losses, err
}
