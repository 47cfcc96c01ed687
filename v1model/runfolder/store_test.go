package runfolder_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

func TestStore(t *testing.T) {
	config, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	shape := v1model.Shape{Height: 20, Width: 21, Channels: 1, Neurons: 2}
	m, err := v1model.New(config, shape)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := m.Init([]float32{1, 2})
	empty := t.TempDir()
	for name, path := range map[string]string{"new": filepath.Join(t.TempDir(), "a", "b"), "empty": empty} {
		if err := runfolder.Store(path, config, runfolder.Dataset{Shape: shape}, values); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); name == "new" && (err != nil || len(entries) != 1) {
			t.Errorf("%v beside the run (%v)", entries, err)
		}
		run, err := runfolder.OpenForWriting(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := run.Weights()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(values, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		result, ok, err := run.Result()
		if err != nil || !ok || result.Reason != runfolder.ReasonImported || !math.IsNaN(float64(result.ValLoss)) || result.Version != runfolder.Version {
			t.Errorf("%s: %+v, %v, %v", name, result, ok, err)
		}
		if run.Dataset.Version != runfolder.Version || !run.Dataset.Shape.Same(shape) || run.Config.Preset != config.Preset {
			t.Errorf("%s: %+v, %+v", name, run.Dataset, run.Config)
		}
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	}

	parent := filepath.Join(t.TempDir(), "no")
	short := weights.Values{}
	for k, v := range values {
		short[k] = v
	}
	short["readout/biases"] = array.New([]float32{1})
	narrow := config
	narrow.Core.FilterSizes = []int{40, 5, 5}
	used := t.TempDir()
	if err := os.Mkdir(filepath.Join(used, "best"), 0o777); err != nil { // as a Create that was killed leaves it
		t.Fatal(err)
	}
	for want, try := range map[string]func() error{
		`"readout/biases" has shape [1], the model needs [2]`: func() error {
			return runfolder.Store(filepath.Join(parent, "run"), config, runfolder.Dataset{Shape: shape}, short)
		},
		"core.filter_sizes: 40": func() error {
			return runfolder.Store(filepath.Join(parent, "run"), narrow, runfolder.Dataset{Shape: shape}, values)
		},
		"exists already": func() error { return runfolder.Store(empty, config, runfolder.Dataset{Shape: shape}, values) },
		"not empty":      func() error { return runfolder.Store(used, config, runfolder.Dataset{Shape: shape}, values) },
		"/sys": func() error {
			return runfolder.Store("/sys/v1lab-run", config, runfolder.Dataset{Shape: shape}, values)
		},
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	if _, err := os.Stat(parent); err == nil {
		t.Error("something was written")
	}
	if entries, err := os.ReadDir(used); err != nil || len(entries) != 1 {
		t.Errorf("%v in the folder that was not empty (%v)", entries, err)
	}
}
