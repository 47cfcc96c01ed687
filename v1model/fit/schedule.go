package fit

import (
	"math"

	"v1lab/v1model"
)

// schedule decides after each validation how the fit continues (Ecker et al., appendix). It is saved with checkpoints.
//
// A stage ends after Patience validations without improvement. Then the best weights and the optimiser's state at that step are restored, the step
// counter is reduced by Patience*ValidateEvery, and the learning rate is divided by 10. The fit ends after the last stage, or when the counter reaches
// MaxSteps.
type schedule struct {
	Counter  int     `json:"counter"` // steps, reduced at the end of a stage
	Steps    int     `json:"steps"`   // steps done
	Stage    int     `json:"stage"`   // from 0
	Bad      int     `json:"bad"`     // validations since the best, within the stage
	Best     float64 `json:"best"`    // lowest validation loss, over all stages; meaningless before BestStep
	BestStep int     `json:"best_step"`
	Reason   string  `json:"reason,omitempty"` // set when the fit is over
}

// decision is what the loop must do after a validation.
type decision struct {
	save    bool // these are the best weights so far
	restore bool // a stage ended: go back to the best weights
}

func (s *schedule) countStep() {
	s.Counter++
	s.Steps++
}

// validationDue tells whether to validate after the last step.
func (s *schedule) validationDue(f v1model.Fit) bool {
	return s.Counter%f.ValidateEvery == 0 || s.Counter >= f.MaxSteps
}

// recordValidation updates the schedule with a validation loss. A loss that is not finite is no improvement.
func (s *schedule) recordValidation(f v1model.Fit, loss float64) decision {
	var d decision
	if finite := loss-loss == 0; finite && (s.BestStep == 0 || loss < s.Best) {
		s.Best, s.BestStep, s.Bad = loss, s.Steps, 0
		d.save = true
	} else {
		s.Bad++
	}
	if s.Counter >= f.MaxSteps {
		s.Reason = capReached
		d.restore = !d.save
		return d
	}
	if s.Bad == f.Patience {
		d.restore = true
		s.Counter -= f.Patience * f.ValidateEvery
		s.Stage++
		s.Bad = 0
		if s.Stage == f.Stages {
			s.Reason = converged
		}
	}
	return d
}

// rate is the learning rate of the current stage.
func (s *schedule) rate(f v1model.Fit) float64 {
	return f.LearningRate / math.Pow(10, float64(s.Stage))
}
