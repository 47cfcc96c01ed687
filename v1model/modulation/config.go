package modulation

import (
	"fmt"
	"slices"
	"strings"
)

// Accepted values of Config.Kind; empty means None.
const (
	None     = "none"
	Gain     = "gain"
	Channels = "channels"
)

// Accepted values of Config.Shared; empty means Session.
const (
	Session = "session" // all neurons have one gain
	Neuron  = "neuron"  // every neuron has its own
)

// Accepted values of Sessions, here and of the shifter; empty means One.
const (
	One  = "one"  // all sessions of a fit share it
	Each = "each" // every session has its own
)

// Config describes how covariates act on the rates.
type Config struct {
	Kind       string   `yaml:"kind,omitempty"`       // none (also if empty), gain: a positive function of the covariates multiplies the rates, or channels: covariates are input channels after the images'
	Covariates []string `yaml:"covariates,omitempty"` // names of the covariates, as the recording has them
	Hidden     int      `yaml:"hidden,omitempty"`     // hidden units between covariates and gain; if 0, the gain's logarithm is a linear function; kind gain only
	Shared     string   `yaml:"shared,omitempty"`     // session (also if empty): one gain for all neurons; neuron: each has its own; kind gain only
	Sessions   string   `yaml:"sessions,omitempty"`   // of a fit to several sessions: one (also if empty), they share the gain's function, and mean and SD of covariates; each: every session has its own; kind gain only
}

// Active tells whether there is a modulation.
func (c Config) Active() bool { return c.Kind != "" && c.Kind != None }

// Each tells whether every session has a gain of its own.
func (c Config) Each() bool { return c.Active() && c.Sessions == Each }

// Validate returns an error that names the first field with an unusable value.
func (c Config) Validate() error {
	if c.Kind != "" && !slices.Contains([]string{None, Gain, Channels}, c.Kind) {
		return fmt.Errorf("modulation.kind: %q, accepted: %s, %s, %s", c.Kind, None, Gain, Channels)
	}
	if err := CheckNames("modulation.covariates", c.Active(), c.Covariates); err != nil {
		return err
	}
	if c.Hidden < 0 {
		return fmt.Errorf("modulation.hidden: %d, must be at least 0", c.Hidden)
	}
	if c.Hidden != 0 && c.Kind != Gain {
		return fmt.Errorf("modulation.hidden: %d, the kind is %s, accepted with %s alone", c.Hidden, c.kind(), Gain)
	}
	if c.Shared != "" && c.Kind != Gain {
		return fmt.Errorf("modulation.shared: %q, the kind is %s, accepted with %s alone", c.Shared, c.kind(), Gain)
	}
	if c.Shared != "" && c.Shared != Session && c.Shared != Neuron {
		return fmt.Errorf("modulation.shared: %q, accepted: %s, %s", c.Shared, Session, Neuron)
	}
	if c.Sessions != "" && c.Kind != Gain {
		return fmt.Errorf("modulation.sessions: %q, the kind is %s, accepted with %s alone", c.Sessions, c.kind(), Gain)
	}
	return CheckSessions("modulation.sessions", c.Sessions)
}

// CheckSessions checks how sessions share a part.
func CheckSessions(field, value string) error {
	if value != "" && value != One && value != Each {
		return fmt.Errorf("%s: %q, accepted: %s, %s", field, value, One, Each)
	}
	return nil
}

func (c Config) kind() string {
	if c.Active() {
		return c.Kind
	}
	return None
}

// CheckNames checks a list of covariates: an active part needs some, another must have none, and no name may be empty or listed twice.
func CheckNames(field string, active bool, names []string) error {
	switch {
	case active && len(names) == 0:
		return fmt.Errorf("%s: empty, accepted: names of covariates of the recording; v1lab data info lists them", field)
	case !active && len(names) > 0:
		return fmt.Errorf("%s: %s, accepted: none where the kind is none", field, strings.Join(names, ", "))
	}
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			return fmt.Errorf("%s: %q, accepted: every name once, none empty", field, name)
		}
	}
	return nil
}
