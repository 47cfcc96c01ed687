package v1model

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets/strictyaml"
)

// Preset is a configuration with a name, a version and a source. Changing a preset's numbers takes a new version.
type Preset struct {
	Name    string `yaml:"name"`
	Version int    `yaml:"version"`
	Source  string `yaml:"source"`
	Images  string `yaml:"images,omitempty"` // size of the images of the published fit, HxW, if positions depend on it
	Config  Config `yaml:"config"`
}

// ID returns name and version, as run folders record them.
func (p Preset) ID() string { return fmt.Sprintf("%s@%d", p.Name, p.Version) }

// Default is the preset of the paper's main model.
const Default = "ecker2019-n16"

// presetFiles has one file for each preset, NAME.yaml, of later versions NAME@VERSION.yaml. Digits in front of the name, as in 03-NAME.yaml, say where it is listed.
//
//go:embed presets/*.yaml
var presetFiles embed.FS

// Presets lists all presets in the order of their files. It panics if an embedded file is not a valid preset.
func Presets() []Preset {
	var presets []Preset
	for _, file := range presetFileNames() {
		p, err := readPreset(file)
		if err != nil {
			panic(err)
		}
		presets = append(presets, p)
	}
	return presets
}

// FindPreset returns a preset by name, as name@version or as the name alone, which means version 1 for ever: the same name gives the same numbers.
func FindPreset(name string) (Preset, error) {
	base, _, _ := strings.Cut(name, "@")
	var names, versions []string
	for _, file := range presetFileNames() {
		found := presetName(file)
		if !slices.Contains(names, found) {
			names = append(names, found)
		}
		if found != base {
			continue
		}
		p, err := readPreset(file)
		if err != nil || name == p.ID() || name == p.Name && p.Version == 1 {
			return p, err
		}
		versions = append(versions, p.ID())
	}
	if len(versions) > 0 {
		return Preset{}, fmt.Errorf("preset: %q, this program has %s", name, strings.Join(versions, ", "))
	}
	return Preset{}, fmt.Errorf("preset: %q, accepted: %s", name, strings.Join(names, ", "))
}

// presetFileNames lists the files of presets, sorted.
func presetFileNames() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		panic(err) // they are part of the program
	}
	var files []string
	for _, e := range entries {
		files = append(files, e.Name())
	}
	return files
}

// presetName returns the name of the preset in a file, without version.
func presetName(file string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(file, ".yaml"), "@")
	if order, rest, ok := strings.Cut(name, "-"); ok && strings.Trim(order, "0123456789") == "" {
		return rest
	}
	return name
}

// readPreset reads the file of a preset. It reads anew for each caller, because callers may change the config.
func readPreset(file string) (Preset, error) {
	data, err := presetFiles.ReadFile("presets/" + file)
	if err != nil {
		return Preset{}, err
	}
	var p Preset
	if err = strictyaml.Unmarshal(data, &p); err == nil && p.Name != presetName(file) {
		err = fmt.Errorf("name: %q, accepted: that of the file, %s", p.Name, presetName(file))
	}
	if err != nil {
		return Preset{}, fmt.Errorf("preset %s: %w", file, err)
	}
	return p, nil
}
