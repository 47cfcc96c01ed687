package v1model

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"v1lab/datasets"
	"v1lab/v1model/loss"
)

// Load makes a config from a preset's name or a YAML file, then applies settings of the form core.features=16,16,16 in order. A file
// starts from the preset it names under "preset", or from Default. An unknown key is an error that suggests the nearest one; the
// result is validated.
func Load(fileOrPreset string, settings ...string) (Config, error) {
	config, err := base(fileOrPreset)
	if err != nil {
		return Config{}, err
	}
	for _, s := range settings {
		if err := config.Set(s); err != nil {
			return Config{}, err
		}
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
	data, err := os.ReadFile(fileOrPreset)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("config %q is neither a file nor a preset; %w", fileOrPreset, notPreset)
	}
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	config, err := Parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", fileOrPreset, err)
	}
	return config, nil
}

// Parse reads YAML on top of the preset it names under "preset", or of Default.
func Parse(data []byte) (Config, error) {
	keys, err := parseKeys[Config](data)
	if err != nil {
		return Config{}, err
	}
	name := Default
	if v, ok := keys["preset"]; ok {
		name = fmt.Sprint(v)
	}
	p, err := FindPreset(name)
	if err != nil {
		return Config{}, err
	}
	config := p.Config
	if err := yaml.UnmarshalWithOptions(data, &config, yaml.Strict()); err != nil {
		return Config{}, errors.New(firstLine(err))
	}
	config.Preset = p.ID()
	return config, nil
}

// ParseResolved reads the YAML of a config that has all its values, as run folders keep it: the preset under "preset" is a
// record of where it started, which this program need not know any more.
func ParseResolved(data []byte) (Config, error) {
	config, err := parse[Config](data)
	if err != nil {
		return Config{}, err
	}
	return config, config.Validate()
}

// parse reads the YAML of a T. An unknown key is an error that suggests the nearest one.
func parse[T any](data []byte) (value T, err error) {
	if _, err := parseKeys[T](data); err != nil {
		return value, err
	}
	if err := yaml.UnmarshalWithOptions(data, &value, yaml.Strict()); err != nil {
		return value, errors.New(firstLine(err))
	}
	return value, nil
}

// parseKeys reads YAML as nested maps and compares their keys with the fields of T.
func parseKeys[T any](data []byte) (map[string]any, error) {
	var keys map[string]any
	if err := yaml.Unmarshal(data, &keys); err != nil {
		return nil, fmt.Errorf("not YAML: %s", firstLine(err))
	}
	return keys, checkKeys(reflect.TypeFor[T](), keys, "")
}

// Set applies one setting, key=value, the key as in the YAML file with dots; a list's values are separated by commas.
func (c *Config) Set(setting string) error {
	key, value, ok := strings.Cut(setting, "=")
	if !ok {
		return fmt.Errorf("--set %s: accepted: key=value, such as core.features=16,16,16", setting)
	}
	field, err := find(reflect.TypeFor[Config](), strings.Split(key, "."), key)
	if err != nil {
		return fmt.Errorf("--set %s: %w", setting, err)
	}
	if field.Kind() == reflect.Slice && !strings.HasPrefix(value, "[") {
		value = "[" + value + "]"
	}
	document := value
	for _, part := range slices.Backward(strings.Split(key, ".")) {
		document = "{" + part + ": " + document + "}"
	}
	before := *c
	if err := yaml.UnmarshalWithOptions([]byte(document), c, yaml.Strict()); err != nil {
		return fmt.Errorf("--set %s: accepted: a value of type %s", setting, field)
	}
	switch { // one option replaces no other
	case strings.HasPrefix(key, "core.options."):
		c.Core.Options = merge(before.Core.Options, c.Core.Options)
	case strings.HasPrefix(key, "readout.options."):
		c.Readout.Options = merge(before.Readout.Options, c.Readout.Options)
	}
	return nil
}

// merge is a new map with the entries of both, those of b where both have a name.
func merge(a, b map[string]float64) map[string]float64 {
	all := maps.Clone(b)
	for name, v := range a {
		if _, ok := b[name]; !ok {
			all[name] = v
		}
	}
	return all
}

// YAML writes the config as a run folder keeps it.
func (c Config) YAML() ([]byte, error) {
	if c.Fit.Loss == loss.Default { // as it was written before there was a choice
		c.Fit.Loss = ""
	}
	return yaml.MarshalWithOptions(c, yaml.Flow(false), yaml.IndentSequence(true))
}

// checkKeys compares the keys and values of a YAML mapping with the fields of t.
func checkKeys(t reflect.Type, keys map[string]any, prefix string) error {
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		v := keys[k]
		field, err := find(t, []string{k}, prefix+k)
		if err != nil {
			return err
		}
		sub, isMap := v.(map[string]any)
		if field.Kind() == reflect.Struct && !isMap {
			return fmt.Errorf("%s: found %v, accepted: a mapping", prefix+k, v)
		}
		if isMap && field.Kind() == reflect.Struct {
			if err := checkKeys(field, sub, prefix+k+"."); err != nil {
				return err
			}
			continue
		}
		text, err := yaml.Marshal(v)
		if err != nil || yaml.Unmarshal(text, reflect.New(field).Interface()) != nil {
			return fmt.Errorf("%s: found %v, accepted: a value of type %s", prefix+k, v, field)
		}
	}
	return nil
}

// find follows a path of YAML names through the fields of t.
func find(t reflect.Type, path []string, full string) (reflect.Type, error) {
	for _, name := range path {
		var names []string
		var next reflect.Type
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
				names = append(names, tag)
				if tag == name {
					next = t.Field(i).Type
				}
			}
		}
		if t.Kind() == reflect.Map { // options, by any name
			next = t.Elem()
		}
		if next == nil {
			if len(names) > 0 {
				return nil, fmt.Errorf("%s: unknown key, did you mean %q? (accepted: %s)", full, datasets.Nearest(name, names), strings.Join(names, ", "))
			}
			return nil, fmt.Errorf("%s: unknown key, it is not a mapping", full)
		}
		if t = next; t.Kind() == reflect.Pointer {
			t = t.Elem() // a field that may be left out
		}
	}
	return t, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
