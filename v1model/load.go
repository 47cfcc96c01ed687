package v1model

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"v1lab/datasets/infile"
	"v1lab/datasets/strictyaml"
	"v1lab/v1model/loss"
	"v1lab/v1model/modulation"
	"v1lab/v1model/schedule"
	"v1lab/v1model/shifter"
)

// Load reads a config from a preset or a YAML file, then applies settings of the form core.features=16,16,16 in order, and validates the result. A file
// starts from the preset it names under "preset", or from Default, and must be valid by itself. An unknown key is an error that suggests the nearest one.
func Load(fileOrPreset string, settings ...string) (Config, error) {
	config, err := base(fileOrPreset)
	if err != nil {
		return Config{}, err
	}
	if err := config.Set(settings...); err != nil {
		return Config{}, err
	}
	return config, config.Validate()
}

func base(fileOrPreset string) (Config, error) {
	if fileOrPreset == "" {
		fileOrPreset = Default
	}
	p, notPreset := FindPreset(fileOrPreset)
	if notPreset == nil {
		p.Config.Preset = p.ID()
		return p.Config, nil
	}
	data, err := infile.ReadFile(fileOrPreset, strictyaml.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("config %q is neither a file nor a preset; %w", fileOrPreset, notPreset)
	}
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	config, err := Parse(data)
	if err == nil {
		err = config.Validate()
	}
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", fileOrPreset, err)
	}
	return config, nil
}

// Parse reads YAML on top of the preset it names under "preset", or of Default.
func Parse(data []byte) (Config, error) {
	name, named, err := strictyaml.String(data, "preset")
	if err != nil {
		return Config{}, err
	}
	if !named {
		name = Default
	}
	p, err := FindPreset(name)
	if err != nil {
		return Config{}, err
	}
	config := p.Config
	// Another schedule takes none of the preset's fields. The type of what the text says is checked below.
	if name, named, err := strictyaml.String(data, "fit.schedule"); err == nil && named {
		config.Fit.choose(name)
	}
	if err := strictyaml.Unmarshal(data, &config); err != nil {
		return Config{}, err
	}
	config.Preset = p.ID()
	return config, nil
}

// ParseResolved reads the YAML of a config that has all its values, as in a run folder. The name under "preset" only records where it started: this
// program need not have that preset any more.
func ParseResolved(data []byte) (Config, error) {
	var config Config
	if err := strictyaml.Unmarshal(data, &config); err != nil {
		return Config{}, err
	}
	return config, config.Validate()
}

// Set applies settings in order, each key=value, the key as in the YAML file with dots; a list's values are separated by commas. If fit.schedule changes,
// first the old schedule's fields of fit are emptied: those among the settings are then refused by Validate, wherever they stand. On an error the config is as
// it was.
func (c *Config) Set(settings ...string) error {
	changed := *c
	for _, setting := range slices.Backward(settings) {
		if key, value, _ := strings.Cut(setting, "="); key == "fit.schedule" {
			if err := strictyaml.Set(&changed, key, value); err != nil {
				return fmt.Errorf("--set %s: %w", setting, err)
			}
			name := changed.Fit.Schedule
			changed.Fit = c.Fit
			changed.Fit.choose(name)
			break
		}
	}
	for _, setting := range settings {
		key, value, ok := strings.Cut(setting, "=")
		if !ok {
			return fmt.Errorf("--set %s: accepted: key=value, such as core.features=16,16,16", setting)
		}
		if key == "preset" { // it says where the other values are from
			return fmt.Errorf("--set %s: accepted: any other key; --config takes a preset", setting)
		}
		if err := strictyaml.Set(&changed, key, value); err != nil {
			return fmt.Errorf("--set %s: %w", setting, err)
		}
	}
	*c = changed
	return nil
}

// YAML writes the config as a run folder keeps it.
func (c Config) YAML() ([]byte, error) {
	if c.Fit.Loss == loss.Default { // earlier versions, which had no choice, wrote nothing
		c.Fit.Loss = ""
	}
	if c.Fit.Schedule == schedule.Default { // likewise
		c.Fit.Schedule = ""
	}
	if c.Modulation.Kind == modulation.None {
		c.Modulation.Kind = ""
	}
	if c.Shifter.Kind == shifter.None {
		c.Shifter.Kind = ""
	}
	for _, sessions := range []*string{&c.Modulation.Sessions, &c.Shifter.Sessions} {
		if *sessions == modulation.One { // likewise
			*sessions = ""
		}
	}
	return yaml.MarshalWithOptions(c, yaml.Flow(false), yaml.IndentSequence(true))
}
