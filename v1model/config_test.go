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

// The paper's CNNs: layers and schedule as the main model, but for filters that don't turn and twice the patience.
func TestCNNPresetsAreThePapers(t *testing.T) {
	for name, want := range map[string]struct {
		features                    []int
		smoothness, sparsity, joint float64
	}{
		"ecker2019-cnn32":      {[]int{32, 32, 32}, .0151716, .0219826, .0193531},
		"ecker2019-cnn64":      {[]int{64, 64, 64}, .00218237, .0323365, .0261594},
		"ecker2019-cnn128":     {[]int{128, 128, 128}, .0277236, .0650177, .0151648},
		"ecker2019-cnn128-256": {[]int{128, 128, 256}, .0015324, .007974, .0179},
	} {
		got, err := v1model.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		main, err := v1model.Load("")
		if err != nil {
			t.Fatal(err)
		}
		main.Preset, main.Fit.Patience, main.Readout.Sparsity = name+"@1", 10, want.joint
		main.Core.Kind, main.Core.Rotations, main.Core.Upsampling, main.Core.Features = "cnn", 1, 0, want.features
		main.Core.Smoothness, main.Core.Sparsity = want.smoothness, want.sparsity
		if d := cmp.Diff(main, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
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
