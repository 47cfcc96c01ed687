package schedule

import (
	"fmt"
	"slices"
	"strings"
)

// Settings are the settings of a fit that schedules use, 0 where they are not set.
type Settings struct {
	LearningRate  float64
	PeakRate      float64
	Warmup        float64 // share of the steps
	ValidateEvery int     // used by every kind
	Patience      int
	Stages        int
	MaxSteps      int
	Steps         int
}

// setting is one of Settings by its name in a config's fit.
type setting struct {
	name  string
	value any // pointer
}

func (s *Settings) list() []setting {
	return []setting{{"learning_rate", &s.LearningRate}, {"peak_rate", &s.PeakRate}, {"warmup", &s.Warmup}, {"validate_every", &s.ValidateEvery},
		{"patience", &s.Patience}, {"stages", &s.Stages}, {"max_steps", &s.MaxSteps}, {"steps", &s.Steps}}
}

func (k Kind) uses(name string) bool {
	return name == "validate_every" || slices.Contains(k.Needs, name) || slices.Contains(k.Takes, name)
}

// check returns an error for the first setting that does not suit the kind.
func (s Settings) check(name string, kind Kind) error {
	for _, f := range s.list() {
		if err := f.check(name, kind); err != nil {
			return err
		}
	}
	if !(s.Warmup < 1) {
		return fmt.Errorf("fit.warmup: %g, must be below 1: it is a share of the steps", s.Warmup)
	}
	return nil
}

func (f setting) check(name string, kind Kind) error {
	var value float64
	atLeast := "must be above 0"
	switch v := f.value.(type) {
	case *float64:
		value = *v
	case *int:
		value, atLeast = float64(*v), "must be at least 1"
	}
	why := ""
	if name != Default {
		why = fmt.Sprintf(" (fit.schedule: %s)", name)
	}
	switch {
	case !kind.uses(f.name) && value != 0:
		return fmt.Errorf("fit.%s: %g, the schedule %s has no use for it; accepted: fit.validate_every, fit.%s", f.name, value, name,
			strings.Join(slices.Concat(kind.Needs, kind.Takes), ", fit."))
	case (f.name == "validate_every" || slices.Contains(kind.Needs, f.name)) && !(value > 0):
		return fmt.Errorf("fit.%s: %g, %s%s", f.name, value, atLeast, why)
	case slices.Contains(kind.Takes, f.name) && !(value >= 0):
		return fmt.Errorf("fit.%s: %g, %s, or left out%s", f.name, value, atLeast, why)
	}
	return nil
}
