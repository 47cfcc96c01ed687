package v1model_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
)

func TestPresetsAreValidAndSurviveYAML(t *testing.T) {
	for _, p := range v1model.Presets() {
		config, err := v1model.Load(p.Name)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		data, err := config.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := v1model.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v\n%s", p.Name, err, data)
		}
		if d := cmp.Diff(config, again); d != "" {
			t.Errorf("%s: written and read back: %s", p.Name, d)
		}
		if config.Preset != p.ID() || p.Source == "" {
			t.Errorf("%s: preset %q, source %q", p.Name, config.Preset, p.Source)
		}
	}
}

// The paper's main model, number by number.
func TestDefaultIsThePaper(t *testing.T) {
	c, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if c.Core.Smoothness != .0249692 || c.Core.Sparsity != .0152482 || c.Readout.Sparsity != .0170696 ||
		!slices.Equal(c.Core.Features, []int{16, 16, 16}) || !slices.Equal(c.Core.FilterSizes, []int{13, 5, 5}) || c.Core.Rotations != 8 ||
		c.Fit != (v1model.Fit{Seed: 1, LearningRate: .002, Batch: 256, ValidateEvery: 50, Patience: 5, Stages: 2, MaxSteps: 10000}) {
		t.Errorf("%+v", c)
	}
}

func TestSettingsAndFilesOverridePresets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(file, []byte("preset: quickstart\ncore:\n  features: [3, 4, 5]\nfit: {batch: 7}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := v1model.Load(file, "core.smoothness=0.5", "fit.batch=9", "readout.positive_features=true", "core.padding=valid,same,same")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Core.Features, []int{3, 4, 5}) || c.Core.Smoothness != 0.5 || c.Fit.Batch != 9 || !c.Readout.PositiveFeatures ||
		c.Core.Padding[0] != "valid" || !slices.Equal(c.Core.FilterSizes, []int{7, 5, 5}) || !strings.HasPrefix(c.Preset, "quickstart@") {
		t.Errorf("%+v", c)
	}
}

func TestConfigErrorsNameTheKey(t *testing.T) {
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, c := range []struct {
		file string
		set  []string
		want string
	}{
		{"quikstart", nil, `config "quikstart" is neither a file nor a preset`},
		{"quickstart@99", nil, "this program has version quickstart@"},
		{write("core: {featurs: [1]}"), nil, `core.featurs: unknown key, did you mean "features"`},
		{write("cores: {}"), nil, `cores: unknown key, did you mean "core"`},
		{write("core: 5"), nil, "core: found 5, accepted: a mapping"},
		{write("core: [}"), nil, "not YAML"},
		{write("fit: {batch: many}"), nil, "fit.batch: found many, accepted: a value of type int"},
		{"quickstart", []string{"core.featurs=1"}, `core.featurs: unknown key, did you mean "features"`},
		{"quickstart", []string{"fit.batch"}, "accepted: key=value"},
		{"quickstart", []string{"fit.batch=many"}, "--set fit.batch=many: accepted: a value of type int"},
		{"quickstart", []string{"fit.batch=0"}, "fit.batch: 0, must be at least 1"},
		{"quickstart", []string{"core.features=16,16"}, "core.features: 2 values for the 3 layers"},
		{"quickstart", []string{"fit.learning_rate=-1"}, "fit.learning_rate: -1, must be above 0"},
		{"quickstart", []string{"readout.kind=joint"}, `readout.kind: "joint", accepted: joint_l1`},
	} {
		_, err := v1model.Load(c.file, c.set...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: error %v, want one line with %q", c.file, c.set, err, c.want)
		}
	}
}
