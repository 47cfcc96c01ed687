package v1model_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/readout"
)

// The small controls differ from quickstart in what they are named for and in nothing else.
func TestQuickstartControls(t *testing.T) {
	cnn := func(maps int) func(*v1model.Config) {
		return func(c *v1model.Config) {
			c.Core.Kind, c.Core.Rotations, c.Core.Upsampling, c.Core.Features = core.CNN, 1, 0, []int{maps, maps, maps}
		}
	}
	for name, change := range map[string]func(*v1model.Config){
		"quickstart-cnn32": cnn(32), "quickstart-cnn64": cnn(64), "quickstart-cnn128": cnn(128),
		"quickstart-positive": func(c *v1model.Config) { c.Readout.PositiveFeatures = true },
		"quickstart-dense": func(c *v1model.Config) {
			c.Readout = readout.Config{Kind: readout.DenseSeparate, MaskSparsity: 0.02, FeatureL2: 0.2}
		},
	} {
		want, err := v1model.Load("quickstart")
		if err != nil {
			t.Fatal(err)
		}
		got, err := v1model.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		change(&want)
		want.Preset = name + "@1"
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Names, order, versions, sources and every number of the presets of version 1 stay. A preset that is added goes after them.
func TestPresetsStay(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "presets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for _, p := range v1model.Presets() {
		config, err := v1model.Load(p.ID())
		if err != nil {
			t.Fatal(err)
		}
		text, err := config.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got = append(fmt.Appendf(got, "# %s: %s\n", p.ID(), p.Source), text...)
	}
	if !bytes.HasPrefix(got, want) {
		t.Errorf("the presets changed; testdata/presets.yaml says:\n%s", cmp.Diff(string(want), string(got)))
	}
}

// A preset's file says all that the config.yaml of a run folder says, and nothing else.
func TestPresetFilesAreComplete(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("presets", "*.yaml"))
	if err != nil || len(files) != len(v1model.Presets()) {
		t.Fatalf("%d files of %d presets, %v", len(files), len(v1model.Presets()), err)
	}
	for i, p := range v1model.Presets() {
		text, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := p.Config.YAML()
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Config map[string]any `yaml:"config"`
		}
		var want map[string]any
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(resolved, &want); err != nil {
			t.Fatal(err)
		}
		if got, want := keysOf("", file.Config), keysOf("", want); !cmp.Equal(got, want) {
			t.Errorf("%s: keys in the file and in a run folder's config: %s", files[i], cmp.Diff(want, got))
		}
	}
}

// keysOf lists the keys of nested maps.
func keysOf(prefix string, m map[string]any) map[string]bool {
	keys := map[string]bool{}
	for k, v := range m {
		keys[prefix+k] = true
		if sub, ok := v.(map[string]any); ok {
			maps.Copy(keys, keysOf(prefix+k+".", sub))
		}
	}
	return keys
}

// A preset that was changed in place does not change the next one of that name.
func TestPresetsAreCopies(t *testing.T) {
	for range 2 {
		p, err := v1model.FindPreset("quickstart@1")
		if err != nil {
			t.Fatal(err)
		}
		if p.Config.Core.Features[0] != 6 {
			t.Fatalf("features %v", p.Config.Core.Features)
		}
		p.Config.Core.Features[0] = 99
	}
}

// A later version differs in what it is for, and the name alone is the first version still.
func TestSecondQuickstart(t *testing.T) {
	first, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	second, err := v1model.Load("quickstart@2")
	if err != nil {
		t.Fatal(err)
	}
	if first.Preset != "quickstart@1" || second.Preset != "quickstart@2" {
		t.Errorf("presets %s and %s", first.Preset, second.Preset)
	}
	first.Preset, first.Core.SharedBiases = "quickstart@2", true
	if d := cmp.Diff(first, second); d != "" {
		t.Error(d)
	}
}

// The third is the second with another schedule, other start values of the masks and a sparser readout.
func TestThirdQuickstart(t *testing.T) {
	second, err := v1model.Load("quickstart@2", "fit.schedule=one_cycle", "fit.peak_rate=0.02", "fit.steps=800", "fit.batch=64", "readout.mask_init=sta", "readout.sparsity=0.008")
	if err != nil {
		t.Fatal(err)
	}
	third, err := v1model.Load("quickstart@3")
	if err != nil {
		t.Fatal(err)
	}
	second.Preset = "quickstart@3"
	if d := cmp.Diff(second, third); d != "" {
		t.Error(d)
	}
}

// The second versions of the paper's presets are the first ones with another schedule and other start values of the masks.
func TestPaperInOneCycle(t *testing.T) {
	found := 0
	for _, p := range v1model.Presets() {
		if !strings.HasPrefix(p.Name, "ecker2019-") || p.Version != 1 {
			continue
		}
		want, err := v1model.Load(p.Name, "fit.schedule=one_cycle", "fit.peak_rate=0.01", "fit.steps=1200", "fit.batch=64", "readout.mask_init=sta")
		if err != nil {
			t.Fatal(err)
		}
		got, err := v1model.Load(p.Name + "@2")
		if err != nil {
			t.Fatal(err)
		}
		found++
		want.Preset = got.Preset
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", p.Name, d)
		}
	}
	if found != 16 {
		t.Errorf("%d presets", found)
	}
}

func TestFindPresetRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"quickstart@4": `preset: "quickstart@4", this program has quickstart@1, quickstart@2, quickstart@3`,
		"quickstrat":   `preset: "quickstrat", accepted: ecker2019-n8, ecker2019-n12, `,
		"":             `preset: "", accepted: ecker2019-n8, `,
	} {
		if _, err := v1model.FindPreset(name); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

func BenchmarkPresets(b *testing.B) {
	for b.Loop() {
		v1model.Presets()
	}
}
