package schedule

import (
	"math"

	"v1lab/v1model/kinds"
)

// The schedule of Ecker et al., appendix. A stage has one learning rate. It ends after Patience validations without improvement: then the best weights and
// the optimiser's state at that step are restored, the step counter is reduced by Patience*ValidateEvery, and the learning rate is divided by 10. The fit
// ends after the last stage, or when the counter reaches MaxSteps.
func init() {
	registry.Register(kinds.About{Name: Default, Summary: "constant rate fit.learning_rate; after fit.patience validations without improvement back to the best weights and a tenth of the rate; fit.stages times (Ecker et al., ICLR 2019)"},
		Kind{
			Needs: []string{"learning_rate", "patience", "stages", "max_steps"}, Open: true,
			Peak: func(s Settings) (string, float64) { return "fit.learning_rate", s.LearningRate },
			Rate: func(s Settings, state State) float64 { return s.LearningRate / math.Pow(10, float64(state.Stage)) },
			Last: func(s Settings) (string, int) { return "fit.max_steps", s.MaxSteps },
			Plateau: func(s Settings, state *State) bool {
				if state.Bad < s.Patience {
					return false
				}
				state.Counter -= s.Patience * s.ValidateEvery
				state.Stage++
				state.Bad = 0
				if state.Stage == s.Stages {
					state.Reason = Converged
				}
				return true
			},
		})
}
