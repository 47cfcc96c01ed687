package schedule

import (
	"fmt"

	"v1lab/v1model/kinds"
)

// Reasons for a fit to end.
const (
	Converged = "converged" // no further improvement
	Cap       = "max_steps" // fit.max_steps was reached; with more allowed, the fit could go on
	Complete  = "complete"  // all steps of a schedule of fixed length were made
)

// Kind is a kind of schedule.
type Kind struct {
	Needs []string                                   // settings that must be there, by their names in a config's fit
	Takes []string                                   // settings that may be there
	Peak  func(Settings) (name string, rate float64) // the highest rate, and the setting that says it

	// Rate is the learning rate of the next step.
	Rate func(Settings, State) float64
	// Last is the value of State.Counter at which the fit ends, and the setting that says it.
	Last func(Settings) (name string, steps int)
	// Open tells whether a fit that made its last step could go on, if it was allowed more.
	Open bool
	// Plateau is called after a validation, other than the last, that brought no improvement. It changes the state, and tells whether to go back to the
	// best weights.
	Plateau func(Settings, *State) (restore bool)
}

// State is where a fit stands in its schedule.
type State struct {
	Counter  int     `json:"counter"` // steps; the reference's schedule reduces it at the end of a stage
	Steps    int     `json:"steps"`   // steps done
	Stage    int     `json:"stage"`   // from 0
	Bad      int     `json:"bad"`     // validations since the best, within the stage
	Best     float64 `json:"best"`    // lowest validation loss, over all stages; meaningless before BestStep
	BestStep int     `json:"best_step"`
	Reason   string  `json:"reason,omitempty"` // set when the fit is over
}

// CountStep records a step.
func (s *State) CountStep() {
	s.Counter++
	s.Steps++
}

// Decision is what to do after a validation.
type Decision struct {
	Save    bool // these are the best weights so far
	Restore bool // go back to the best weights
}

// Default is the kind that an empty fit.schedule means.
const Default = "reference"

var registry = kinds.New[Kind]("fit.schedule")

// All describes the kinds, sorted by name.
func All() []kinds.About { return registry.All() }

// Schedule is a kind with its settings.
type Schedule struct {
	name     string
	kind     Kind
	settings Settings
}

// New returns the schedule that fit.schedule names, Default if it is empty. It is an error, which names the field, if a setting is missing, out of range, or
// of no use to this kind.
func New(name string, s Settings) (Schedule, error) {
	if name == "" {
		name = Default
	}
	kind, err := registry.Find(name, "")
	if err != nil {
		return Schedule{}, err
	}
	return Schedule{name, kind, s}, s.check(name, kind)
}

// Name is the name of the kind.
func (s Schedule) Name() string { return s.name }

// Rate is the learning rate of the next step.
func (s Schedule) Rate(state State) float64 { return s.kind.Rate(s.settings, state) }

// MaxSteps is the largest number of steps, of each stage if there are stages.
func (s Schedule) MaxSteps() int {
	_, steps := s.Last()
	return steps
}

// Last is MaxSteps, and the setting that says it, such as fit.max_steps.
func (s Schedule) Last() (name string, steps int) { return s.kind.Last(s.settings) }

// Open tells whether a fit that made its last step could go on, if it was allowed more.
func (s Schedule) Open() bool { return s.kind.Open }

// Peak is the highest learning rate, and the setting that says it, such as fit.learning_rate.
func (s Schedule) Peak() (name string, rate float64) { return s.kind.Peak(s.settings) }

// Stages is the number of stages, 0 if the kind has none.
func (s Schedule) Stages() int { return s.settings.Stages }

// Stage is the stage that a state is in, from 1; 0 if the kind has none.
func (s Schedule) Stage(state State) int { return min(state.Stage+1, s.settings.Stages) }

// ValidationDue tells whether to validate after the last step.
func (s Schedule) ValidationDue(state State) bool {
	return state.Counter%s.settings.ValidateEvery == 0 || state.Counter >= s.MaxSteps()
}

// Record changes the state after a validation. A loss that is not finite is no improvement.
func (s Schedule) Record(state *State, loss float64) Decision {
	var d Decision
	if finite := loss-loss == 0; finite && (state.BestStep == 0 || loss < state.Best) {
		state.Best, state.BestStep, state.Bad = loss, state.Steps, 0
		d.Save = true
	} else {
		state.Bad++
	}
	switch {
	case state.Counter >= s.MaxSteps():
		state.Reason = Complete
		if s.kind.Open {
			state.Reason = Cap
		}
		d.Restore = !d.Save
	case !d.Save:
		d.Restore = s.kind.Plateau(s.settings, state)
	}
	return d
}

// Why says in words why a fit ended, "" if the reason is unknown.
func Why(reason string) string {
	return map[string]string{Converged: "no more improvement", Cap: "fit.max_steps reached", Complete: "all fit.steps made"}[reason]
}

// Where says how far a fit is. stages is 0 for a schedule without stages, of which maxSteps is the exact length.
func Where(steps, maxSteps, stage, stages int) string {
	if stages == 0 {
		return fmt.Sprintf("step %d of %d", steps, maxSteps)
	}
	return fmt.Sprintf("step %d, stage %d of %d", steps, stage, stages)
}
