package v1model_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/kinds"
	"v1lab/v1model/readout"
)

func TestPresetsAreValidAndSurviveYAML(t *testing.T) {
	for _, p := range v1model.Presets() {
		config, err := v1model.Load(p.ID())
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

// A file may name every field of a readout, those its kind does not use too, and leave values out.
func TestReadoutFields(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	text := "readout: {kind: separate_l1, sparsity: 0.1, mask_sparsity: , feature_sparsity: 0.02, feature_l2: , positive_features: true, positive_masks: false, mask_init: sta, transfer_every: 3}"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	signed := false
	want := readout.Config{Kind: readout.SeparateL1, Sparsity: 0.1, FeatureSparsity: 0.02, PositiveFeatures: true, PositiveMasks: &signed, MaskInit: readout.STA, TransferEvery: 3}
	config, err := v1model.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, config.Readout); d != "" {
		t.Error(d)
	}
	data, err := config.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := v1model.ParseResolved(data); err != nil || cmp.Diff(config, again) != "" {
		t.Errorf("written and read back: %v, %s", err, cmp.Diff(config, again))
	}
	if config, err = v1model.Load(file, "readout.positive_masks=true", "readout.kind=gaussian", "readout.mask_init=random", "readout.covariance=isotropic"); err != nil || !*config.Readout.PositiveMasks {
		t.Errorf("%+v, %v", config.Readout, err)
	}
}

// Options are set one at a time; a file's config and that of another Load stay as they are.
func TestReadoutOptionsAreSetOneByOne(t *testing.T) {
	first, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"readout.options.a=1", "readout.options.b=-2.5"} {
		if err := first.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	second := first
	if err := second.Set("readout.options.a=3"); err != nil {
		t.Fatal(err)
	}
	if want := map[string]float64{"a": 1, "b": -2.5}; !maps.Equal(first.Readout.Options, want) {
		t.Errorf("options %v, want %v", first.Readout.Options, want)
	}
	if want := map[string]float64{"a": 3, "b": -2.5}; !maps.Equal(second.Readout.Options, want) {
		t.Errorf("options %v, want %v", second.Readout.Options, want)
	}
	if err := first.Set("readout.options.a=many"); err == nil || !strings.Contains(err.Error(), "accepted: a value of type float64") {
		t.Errorf("error %v", err)
	}
	if err := first.Validate(); err == nil || !strings.Contains(err.Error(), `readout.options: found "a"; accepted: none, as the kind is joint_l1`) {
		t.Errorf("error %v", err)
	}
}

// Devices and micro-batches are one each unless a config says otherwise; only then are they written.
func TestDevicesAreWrittenIfSet(t *testing.T) {
	for _, c := range []struct {
		set                 []string
		devices, accumulate int
		written             bool
	}{{nil, 1, 1, false}, {[]string{"fit.devices=2", "fit.accumulate=4"}, 2, 4, true}} {
		config, err := v1model.Load("quickstart", c.set...)
		if err != nil {
			t.Fatal(err)
		}
		data, err := config.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := v1model.ParseResolved(data); err != nil || again.Fit.OnDevices() != c.devices || again.Fit.MicroBatches() != c.accumulate {
			t.Errorf("%v: %+v, %v", c.set, again.Fit, err)
		}
		for _, key := range []string{"devices:", "accumulate:"} {
			if strings.Contains(string(data), key) != c.written {
				t.Errorf("%v: written as\n%s", c.set, data)
			}
		}
	}
}

// The controls' numbers in the paper.
func TestControlsAreThePaper(t *testing.T) {
	for preset, want := range map[string]readout.Config{
		"ecker2019-dense":    {Kind: readout.DenseSeparate, MaskSparsity: .0324413, FeatureL2: .315181},
		"ecker2019-transfer": {Kind: readout.Transfer, Sparsity: .020616, TransferEvery: 2},
		"ecker2019-positive": {Kind: readout.JointL1, Sparsity: .0244531, PositiveFeatures: true},
	} {
		config, err := v1model.Load(preset + "@1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, config.Readout); d != "" {
			t.Errorf("%s: %s", preset, d)
		}
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
		{"quickstart@99", nil, "this program has quickstart@1, quickstart@2"},
		{write("core: {featurs: [1]}"), nil, `core.featurs: unknown key, did you mean "features"`},
		{write("cores: {}"), nil, `cores: unknown key, did you mean "core"`},
		{write("core: 5"), nil, "core: found 5, accepted: a mapping"},
		{write("core: [}"), nil, "not YAML"},
		{write("fit: {batch: many}"), nil, "fit.batch: found many, accepted: a value of type int"},
		{write(""), nil, "c.yaml: empty"},
		{write("preset:\ncore: {rotations: 8}"), nil, "preset: found no value"},
		{write("fit: {batch: 64.7}"), nil, "c.yaml: fit.batch: found 64.7, accepted: a value of type int"},
		{write("fit: {batch: -5}"), nil, "c.yaml: fit.batch: -5, must be at least 1"},
		{write("fit: {learning_rate: .inf}"), nil, "c.yaml: fit.learning_rate: found .inf"},
		{write("preset: quickstart\n---\npreset: quickstart\n"), nil, "c.yaml: line 3: found a second document"},
		{write("core: " + strings.Repeat("[", 50_000)), nil, "c.yaml: line 1: YAML nested deeper than 32"},
		{"quickstart", []string{"core.features=" + strings.Repeat("[", 50_000)}, "accepted: a value of type []int"},
		{"quickstart", []string{"core.smoothness=1,5"}, "--set core.smoothness=1,5: accepted: a value of type float64"},
		{"quickstart", []string{"core.filter_sizes=7.9,5,5"}, "--set core.filter_sizes=7.9,5,5: found 7.9, accepted: a value of type int"},
		{"quickstart", []string{"fit.batch=~"}, "--set fit.batch=~: accepted: a value of type int"},
		{"quickstart", []string{"fit.batch=010"}, "--set fit.batch=010: accepted: a value of type int, without zeros in front"},
		{"quickstart", []string{"core.smoothness=nan"}, "--set core.smoothness=nan: accepted: a value of type float64"},
		{"quickstart", []string{"preset=quickstart"}, "--set preset=quickstart: accepted: any other key"},
		{"quickstart", []string{"core.featurs=1"}, `core.featurs: unknown key, did you mean "features"`},
		{"quickstart", []string{"fit.batch"}, "accepted: key=value"},
		{"quickstart", []string{"fit.batch=many"}, "--set fit.batch=many: accepted: a value of type int"},
		{"quickstart", []string{"fit.batch=0"}, "fit.batch: 0, must be at least 1"},
		{"quickstart", []string{"fit.devices=-1"}, "fit.devices: -1, must be at least 1"},
		{"quickstart", []string{"fit.stream_above=-1"}, "fit.stream_above: -1, accepted: megabytes above 0, or 0 to hold all data on the device"},
		{"quickstart", []string{"fit.accumulate=-2"}, "fit.accumulate: -2, must be at least 1"},
		{"quickstart", []string{"fit.batch=12", "fit.devices=2", "fit.accumulate=4"},
			"fit.batch: 12, accepted: a multiple of 8, so that 4 micro-batches (fit.accumulate) divide over 2 devices (fit.devices)"},
		{"quickstart", []string{"core.features=16,16"}, "core.features: 2 values for the 3 layers"},
		{"quickstart", []string{"fit.learning_rate=-1"}, "fit.learning_rate: -1, must be above 0"},
		{"quickstart", []string{"readout.positive_masks=perhaps"}, "--set readout.positive_masks=perhaps: accepted: a value of type bool"},
		{"quickstart", []string{"readout.mask_init=sta", "core.strides=2,1,1"}, "readout.mask_init: sta needs core.strides of 1, found [2 1 1]; accepted: random"},
		{"quickstart", []string{"readout.kind=joint"}, `readout.kind: "joint", accepted: dense, dense_separate, factorised, gaussian, joint_l1`},
	} {
		_, err := v1model.Load(c.file, c.set...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: error %v, want one line with %q", c.file, c.set, err, c.want)
		}
	}
}

// A run's config has the evaluation that was chosen for it, which is not to be asked for.
func TestAsks(t *testing.T) {
	asked, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	there := asked
	there.Core.Evaluation = []string{"spectral", "direct", "direct"}
	if !asked.SameFit(there) || there.SameFit(asked) {
		t.Error("an evaluation is asked for where the config has one, and only there")
	}
	there.Fit.Seed++
	if asked.SameFit(there) {
		t.Error("another seed is as good")
	}
}

// One option after another can be set, and a copy of a config has its own.
func TestOptionsAddUp(t *testing.T) {
	var first v1model.Config
	if err := first.Set("core.options.a=1"); err != nil {
		t.Fatal(err)
	}
	second := first
	for _, setting := range []string{"core.options.b=2", "core.options.a=3"} {
		if err := second.Set(setting); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(map[string]float64{"a": 1}, first.Core.Options); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]float64{"a": 3, "b": 2}, second.Core.Options); d != "" {
		t.Error(d)
	}
}

// Fingerprints of models, by which kept work is found again, are those of former versions, whose configs had no options and sources.
func TestTextOfConfigsIsTheFormer(t *testing.T) {
	for _, p := range v1model.Presets() {
		if p.Config.Core.Kind == core.Stacked { // no former version had it
			continue
		}
		former := strings.Replace(fmt.Sprintf("%+v", p.Config.Core), " Options:map[] Source:}", "}", 1)
		former = strings.Replace(former, " Convolutions:[] Norms:[] ConvBiases:[]", "", 1)
		if got := kinds.Text(p.Config.Core); got != former || !strings.HasSuffix(former, " Frozen:false}") {
			t.Errorf("%s: %s, formerly %s", p.Name, got, former)
		}
	}
}

// Another schedule takes none of the old one's fields with it; fields that were asked for are refused, wherever they stand.
func TestScheduleReplacesFieldsOfTheOther(t *testing.T) {
	c, err := v1model.Load("quickstart", "fit.peak_rate=0.01", "fit.schedule=one_cycle", "fit.steps=600", "fit.average=0.98")
	if err != nil {
		t.Fatal(err)
	}
	want := v1model.Fit{Schedule: "one_cycle", Seed: 1, Batch: 128, ValidateEvery: 50, PeakRate: 0.01, Steps: 600, Average: 0.98}
	if c.Fit != want {
		t.Errorf("%+v, want %+v", c.Fit, want)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if s := string(text); strings.Contains(s, "learning_rate") || strings.Contains(s, "max_steps") || !strings.Contains(s, "schedule: one_cycle") {
		t.Error(s)
	}
	if again, err := v1model.ParseResolved(text); err != nil || again.Fit != want {
		t.Errorf("%+v, %v", again.Fit, err)
	}
	file := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(file, []byte("preset: quickstart\nfit: {schedule: one_cycle, peak_rate: 0.01, steps: 600, average: 0.98}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err := v1model.Load(file); err != nil || again.Fit != want {
		t.Errorf("%+v, %v", again.Fit, err)
	}
	same, err := v1model.Load("quickstart", "fit.schedule=reference")
	if err != nil {
		t.Fatal(err)
	}
	if before, err := v1model.Load("quickstart"); err != nil || !same.SameFit(before) {
		t.Errorf("the default named: %+v, %v", same.Fit, err)
	}
	for _, settings := range []string{
		"fit.schedule=one_cycle;fit.peak_rate=0.01;fit.steps=600;fit.max_steps=300|fit.max_steps: 300, the schedule one_cycle has no use for it",
		"fit.patience=0;fit.stages=2;fit.schedule=one_cycle;fit.peak_rate=0.01;fit.steps=600|fit.stages: 2, the schedule one_cycle",
		"fit.schedule=one_cycle|fit.peak_rate: 0, must be above 0 (fit.schedule: one_cycle)",
		"fit.schedule=cosine|fit.schedule: \"cosine\", accepted: one_cycle, reference",
		"fit.steps=600|fit.steps: 600, the schedule reference has no use for it",
		"fit.average=1|fit.average: 1, accepted: a decay per step from 0",
		"fit.average=-0.5|fit.average: -0.5, accepted: ",
	} {
		set, want, _ := strings.Cut(settings, "|")
		if _, err := v1model.Load("quickstart", strings.Split(set, ";")...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", set, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("preset: quickstart\nfit: {schedule: one_cycle, peak_rate: 0.01, steps: 600, stages: 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := v1model.Load(file); err == nil || !strings.Contains(err.Error(), "fit.stages: 1, the schedule one_cycle") {
		t.Error(err)
	}
}

// A text can be emptied, so that a preset's readout can have another grid.
func TestSetEmptiesTexts(t *testing.T) {
	c, err := v1model.Load("sensorium2022", "readout.grid=independent", "readout.grid_hidden=", "readout.grid_final=")
	if err != nil || c.Readout.GridFinal != "" || len(c.Readout.GridHidden) != 0 {
		t.Errorf("grid_final %q, grid_hidden %v, %v", c.Readout.GridFinal, c.Readout.GridHidden, err)
	}
}
