package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"v1lab/datasets/strictyaml"
	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/schedule"
)

// Version of the sweep folder's format that this program writes. It reads this version only.
const Version = 1

// Spec says what a sweep is. Its YAML form is sweep.yaml.
type Spec struct {
	Version     int      `yaml:"version"`
	ID          string   `yaml:"id"`                  // made up, to tell queues apart
	Data        string   `yaml:"data"`                // name of the recording
	Fingerprint string   `yaml:"fingerprint"`         // of its content
	Config      string   `yaml:"config"`              // preset or file; base.yaml has what it said
	Set         []string `yaml:"set,omitempty"`       // changes of the config, KEY=VALUE
	Space       []string `yaml:"space"`               // KEY=RANGE
	Search      string   `yaml:"search"`              // method
	ASHA        bool     `yaml:"asha,omitempty"`      // stop draws early
	MinSteps    int      `yaml:"min_steps,omitempty"` // of the first rung of ASHA
	Reduction   int      `yaml:"reduction,omitempty"` // one of as many draws goes on to the next rung
	Seed        uint64   `yaml:"seed"`                // of the search
	Draws       int      `yaml:"draws"`               // number
	Seeds       int      `yaml:"seeds"`               // fits of each draw, with seeds from the config's fit.seed on
	Objective   string   `yaml:"objective"`           // what is minimised: val_loss, mean over seeds
	Ahead       int      `yaml:"ahead"`               // draw n is proposed from the losses of draws 0 to n-ahead
	Slice       float64  `yaml:"slice"`               // seconds after which a worker saves a fit and turns to the next
	Tries       int      `yaml:"tries"`               // how often a fit that fails is tried
	List        []Entry  `yaml:"list,omitempty"`      // the draws, instead of data, config and space
	More        bool     `yaml:"more,omitempty"`      // another list takes the place of this one when it is over
}

// Objective is the only objective: the lowest validation loss of a fit, mean over seeds.
const Objective = "val_loss"

// Default values of a Spec.
const (
	DefaultSearch = "random"
	DefaultDraws  = 32 // Ecker et al., ICLR 2019
	DefaultAhead  = 8
	DefaultSlice  = 60
	DefaultTries  = 3
)

// Complete fills in what was left out, and validates.
func (s Spec) Complete(base v1model.Config) (Spec, error) {
	s = s.withDefaults().withRungs(base)
	return s, s.Validate(base)
}

func (s Spec) withDefaults() Spec {
	if s.Version == 0 {
		s.Version = Version
	}
	if s.Search == "" {
		s.Search = DefaultSearch
	}
	if s.Objective == "" {
		s.Objective = Objective
	}
	for _, field := range []struct {
		value *int
		usual int
	}{{&s.Draws, DefaultDraws}, {&s.Seeds, 1}, {&s.Ahead, DefaultAhead}, {&s.Tries, DefaultTries}} {
		if *field.value == 0 {
			*field.value = field.usual
		}
	}
	if s.Seed == 0 {
		s.Seed = 1
	}
	if s.Slice == 0 {
		s.Slice = DefaultSlice
	}
	return s
}

// ParseSpec reads sweep.yaml, or a file with some of its keys. It does not fill in defaults.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	version, named, err := strictyaml.String(text, "version")
	if err == nil && named && version != fmt.Sprint(Version) {
		return s, fmt.Errorf("version: found %s, accepted: %d; use the program that wrote it", version, Version)
	}
	if err == nil {
		err = strictyaml.Unmarshal(text, &s)
	}
	return s, err
}

// YAML writes the spec.
func (s Spec) YAML() ([]byte, error) {
	return yaml.MarshalWithOptions(s, yaml.Flow(false), yaml.IndentSequence(true))
}

// Validate returns an error that names the first field with an unusable value. base is the config that Config and Set describe.
func (s Spec) Validate(base v1model.Config) error {
	for _, field := range []struct {
		name  string
		value int
	}{{"draws", s.Draws}, {"seeds", s.Seeds}, {"ahead", s.Ahead}, {"tries", s.Tries}} {
		if field.value < 1 {
			return fmt.Errorf("%s: %d, must be at least 1", field.name, field.value)
		}
	}
	if len(s.List) > 0 {
		return s.validateList()
	}
	switch {
	case s.Data == "":
		return errors.New("data: missing; accepted: the name of a recording, as in npz:recording.npz")
	case len(s.Space) == 0:
		return errors.New("space: missing; accepted: KEY=RANGE, as in readout.sparsity=log(1e-3,1e-1)")
	case s.Objective != Objective:
		return fmt.Errorf("objective: found %s, accepted: %s", s.Objective, Objective)
	case !(s.Slice > 0) || s.Slice > 1e6:
		return fmt.Errorf("slice: %g seconds, must be above 0 and at most 1e6", s.Slice)
	}
	space, err := search.ParseSpace(s.Space)
	if err != nil {
		return err
	}
	if _, err := search.New(s.Search, space, s.Seed); err != nil {
		return err
	}
	if err := checkKeys(space, base, s.ASHA); err != nil {
		return err
	}
	if !s.ASHA && s.MinSteps != 0 {
		return fmt.Errorf("min_steps: %d, accepted with asha alone", s.MinSteps)
	}
	if s.ASHA {
		if plan, err := base.Fit.Plan(); err == nil && !plan.Open() {
			return fmt.Errorf("fit.schedule: %s, its losses half way say little of the end, and --asha compares them; accepted with --asha: %s", base.Fit.Schedule, schedule.Default)
		}
		return s.asha(base).Validate()
	}
	return nil
}

// checkKeys tries the ends of all ranges, and all choices, in the config.
func checkKeys(space search.Space, base v1model.Config, asha bool) error {
	for _, r := range space {
		switch {
		case r.Key == "fit.seed":
			return errors.New("space: fit.seed: accepted: any other key; --seeds says how many seeds each draw has")
		case r.Key == "fit.schedule" && asha:
			return errors.New("space: fit.schedule: accepted with --asha: any other key; it compares draws half way")
		case r.Key == "fit.max_steps" && asha:
			return errors.New("space: fit.max_steps: accepted with --asha: any other key; it compares draws after equal numbers of steps")
		}
		alone := r.Form != search.Choice // choices of several keys may have to go together
		values := r.Choices
		switch r.Form {
		case search.Integer:
			values = []search.Value{int(r.Low), int(r.High)}
		case search.Log, search.Linear:
			values = []search.Value{r.Low, r.High}
		}
		for _, v := range values {
			config := base
			setting := r.Key + "=" + search.Format(v)
			err := config.Set(setting)
			if err != nil { // which names a flag that was not given
				err = errors.New(strings.TrimPrefix(err.Error(), "--set "+setting+": "))
			}
			if err == nil && alone {
				err = config.Validate()
			}
			if err != nil {
				return fmt.Errorf("space %s: %w", r, err)
			}
		}
	}
	return nil
}

// asha returns the rungs of a sweep that stops draws early.
func (s Spec) asha(base v1model.Config) search.ASHA {
	return search.ASHA{MinSteps: s.MinSteps, Reduction: s.Reduction, MaxSteps: base.Fit.MaxSteps, Draws: s.Draws}
}

// withRungs fills in the first rung of ASHA: a 27th of the steps, and at least one validation.
func (s Spec) withRungs(base v1model.Config) Spec {
	if s.ASHA {
		every := max(1, base.Fit.ValidateEvery)
		s.Reduction = cmp.Or(s.Reduction, 3)
		s.MinSteps = cmp.Or(s.MinSteps, min(every*max(1, base.Fit.MaxSteps/27/every), base.Fit.MaxSteps))
	}
	return s
}

// slice is how long a worker fits before it turns to the next fit.
func (s Spec) slice() time.Duration { return time.Duration(s.Slice * float64(time.Second)) }

// TimeLimit is the time after which a worker that has not come back is given up: three slices, and at least three minutes, since before its first step a
// fit compiles.
func (s Spec) TimeLimit() time.Duration { return max(3*s.slice(), 3*time.Minute) }

// differences names the fields in which a sweep that was asked for differs from the one that is there. Fields without value are not asked for. More draws
// may be asked for than are there.
func (s Spec) differences(there Spec) []string {
	var all []string
	add := func(name string, asked, found any, same bool) {
		if !same {
			all = append(all, fmt.Sprintf("%s %v, the sweep there has %v", name, asked, found))
		}
	}
	add("--data", s.Data, there.Data, s.Data == "" || s.Data == there.Data)
	add("--config", s.Config, there.Config, s.Config == "" || s.Config == there.Config)
	add("--set", strings.Join(s.Set, " "), strings.Join(there.Set, " "), len(s.Set) == 0 || slices.Equal(s.Set, there.Set))
	add("--space", strings.Join(s.Space, " "), strings.Join(there.Space, " "), len(s.Space) == 0 || slices.Equal(s.Space, there.Space))
	add("--search", s.Search, there.Search, s.Search == "" || s.Search == there.Search)
	add("--asha", s.ASHA, there.ASHA, !s.ASHA || there.ASHA)
	add("--min-steps", s.MinSteps, there.MinSteps, s.MinSteps == 0 || s.MinSteps == there.MinSteps)
	add("--seed", s.Seed, there.Seed, s.Seed == 0 || s.Seed == there.Seed)
	add("--draws", s.Draws, there.Draws, s.Draws == 0 || s.Draws >= there.Draws)
	add("--seeds", s.Seeds, there.Seeds, s.Seeds == 0 || s.Seeds == there.Seeds)
	add("ahead", s.Ahead, there.Ahead, s.Ahead == 0 || s.Ahead == there.Ahead)
	return all
}
