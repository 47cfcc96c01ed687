package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/runfolder"
)

func TestFitMakesARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	status, stdout, stderr := v1lab("fit", "--data", recording, "--config", config(), "--set", "core.features=2,1,2", "--seed", "7", "--out", path, "--json")
	if status != done {
		t.Fatal(stderr)
	}
	result, names := keys(t, stdout)
	equal(t, "fit --json", names, "run", "version", "reason", "steps", "best", "val_loss", "seconds", "constant_rates_loss", "made_with")
	if result["reason"] != runfolder.ReasonCap || result["steps"] != 20.0 {
		t.Errorf("%v", result)
	}
	if n := strings.Count(stderr, ", validation loss"); n != 4 {
		t.Errorf("%d lines of progress, want one for each of 4 validations:\n%s", n, stderr)
	}
	run, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if run.Config.Fit.Seed != 7 || run.Config.Core.Features[1] != 1 || run.Config.Fit.Batch != 20 || run.Config.Preset != "quickstart@1" {
		t.Errorf("config: %+v", run.Config)
	}
	// A fit that is over is shown again, whatever else is asked for.
	status, again, stderr := v1lab("fit", "--resume", "--out", path, "--json", "--seed", "8")
	if status != done || again != stdout || !strings.Contains(stderr, "is over") || !strings.Contains(stderr, "is the one that counts") {
		t.Errorf("resumed: status %d, %q, %q", status, again, stderr)
	}
	fails(t, failed, []string{"fit", "--data", recording, "--out", path}, path, "exists already", "--resume")

	// With more steps allowed it goes on, whether they are asked for alone or with all that it began with.
	for _, more := range [][]string{{"--set", "fit.max_steps=25"}, {"--config", config(), "--set", "core.features=2,1,2", "--seed", "7", "--set", "fit.max_steps=30"}} {
		status, stdout, stderr := v1lab(append([]string{"fit", "--resume", "--out", path, "--json"}, more...)...)
		result, _ := keys(t, stdout)
		if want := strings.TrimPrefix(more[len(more)-1], "fit.max_steps="); status != done || fmt.Sprint(result["steps"]) != want || strings.Contains(stderr, "warning: --resume") {
			t.Errorf("%v: status %d, %v, %q", more, status, result, stderr)
		}
	}
	if status, stdout, stderr := v1lab("fit", "--resume", "--out", path, "--set", "fit.max_steps=20", "--json"); status != done || !strings.Contains(stdout, `"steps":30`) || !strings.Contains(stderr, "is over") {
		t.Errorf("fewer steps: %d, %q, %q", status, stdout, stderr)
	}
}

func TestListPresets(t *testing.T) {
	stdout := works(t, "fit", "--list-presets")
	for _, name := range []string{"quickstart@1", "ecker2019-n16@1"} {
		if !strings.Contains(stdout, name+" ") {
			t.Errorf("no %s in\n%s", name, stdout)
		}
	}
}

// The data are found again from another working folder.
func TestDataPathIsKeptWhole(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for spec, want := range map[string]string{
		"npz:a.npz":                       "npz:" + filepath.Join(dir, "a.npz"),
		"npy:sub?seed=2&normalise=none":   "npy:" + filepath.Join(dir, "sub") + "?seed=2&normalise=none",
		"npz:/abs/a.npz":                  "npz:/abs/a.npz",
		"simulated:?seed=2":               "simulated:?seed=2",
		"simulated:?types=simple,complex": "simulated:?types=simple,complex",
		"npy:../x":                        "npy:" + filepath.Join(filepath.Dir(dir), "x"),
	} {
		if got, err := absolute(spec); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", spec, got, err, want)
		}
	}
}

// set replaces one value of an array.
func set(key string, value float32) func(map[string]array.Array) {
	return func(all map[string]array.Array) {
		values := append([]float32{}, all[key].Data.([]float32)...)
		values[len(values)/2] = value
		all[key] = array.New(values, all[key].Shape...)
	}
}

// first keeps the first n images of arrays.
func first(n int, names ...string) func(map[string]array.Array) {
	return func(all map[string]array.Array) {
		for _, key := range names {
			a := all[key]
			row := a.Len() / a.Shape[0]
			all[key] = array.New(a.Data.([]float32)[:n*row], append([]int{n}, a.Shape[1:]...)...)
		}
	}
}

func TestBadRecordings(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	same := func(map[string]array.Array) {}
	truncated := arrays(t, same)
	cut(t, truncated, 0.7)
	noise := filepath.Join(t.TempDir(), "text.npz")
	if err := os.WriteFile(noise, []byte("not an archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "run")
	for name, c := range map[string]struct {
		path  string
		parts []string
	}{
		"missing":        {filepath.Join(t.TempDir(), "no.npz"), []string{"no.npz", "no such file"}},
		"truncated":      {truncated, []string{"recording.npz"}},
		"no archive":     {noise, []string{"text.npz", "not an .npz archive"}},
		"missing array":  {arrays(t, func(all map[string]array.Array) { delete(all, "test_images") }), []string{"recording.npz", `"test_images"`, "train_images"}},
		"wrong shape":    {arrays(t, func(all map[string]array.Array) { all["train_images"] = array.New(make([]float32, 60*256), 60, 256) }), []string{"recording.npz", "train_images", "[60, 256]", "height"}},
		"wrong number":   {arrays(t, first(50, "train_responses")), []string{"train_responses", "50", "60"}},
		"wrong dtype":    {arrays(t, func(all map[string]array.Array) { all["train_responses"] = array.New(make([]string, 480), 60, 8) }), []string{"train_responses", "str"}},
		"NaN image":      {arrays(t, set("train_images", nan)), []string{"train_images", "NaN", "image 30"}},
		"Inf image":      {arrays(t, set("val_images", inf)), []string{"val_images", "Inf"}},
		"Inf response":   {arrays(t, set("train_responses", inf)), []string{"train_responses", "Inf", "image 30"}},
		"Inf test":       {arrays(t, set("test_responses", inf)), []string{"test_responses", "Inf"}},
		"one image":      {arrays(t, first(1, "train_images", "train_responses")), []string{"train_images", "1 image"}},
		"too few images": {arrays(t, first(19, "train_images", "train_responses")), []string{"fit.batch: 20", "19 images"}},
	} {
		t.Run(name, func(t *testing.T) {
			fails(t, failed, []string{"fit", "--data", "npz:" + c.path, "--config", config(), "--out", out}, c.parts...)
			if _, err := os.Stat(out); err == nil {
				t.Errorf("a run folder was made")
			}
		})
	}
}

func TestBadFolderOfArrays(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"fit", "--data", "npy:" + dir, "--config", config(), "--out", out}
	fails(t, failed, args, dir)
	if err := array.WriteNPY(filepath.Join(dir, "images.npy"), array.New(make([]float32, 100*256), 100, 16, 16)); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, args, dir, "responses")
	responses := filepath.Join(dir, "responses.npy")
	if err := array.WriteNPY(responses, array.New(make([]float64, 800), 100, 8)); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, args, "images.npy", "1 different images")
	cut(t, responses, 0.5)
	fails(t, failed, args, "responses.npy")
}

func TestBadConfigs(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	out := filepath.Join(t.TempDir(), "run")
	for text, parts := range map[string][]string{
		"core: {feature: [1]}":       {"bad.yaml", "core.feature", `"features"`},
		"fit: 3":                     {"bad.yaml", "fit", "mapping"},
		"fit: {batch: [":             {"bad.yaml"},
		"fit: {batch: 0}":            {"fit.batch", "0"},
		"core: {features: [4, 4]}":   {"core.features"},
		"preset: quickstart@9":       {"bad.yaml", "quickstart@9"},
		"readout: {kind: joint_l2}":  {"joint_l2", "joint_l1"},
		"core: {filter_sizes: [13]}": {"core.f"},
		"preset: quickstart\ncore: {filter_sizes: [21, 5, 5], padding: [valid, same, same]}\nfit: {batch: 9}": {"21", "16"},
	} {
		if err := os.WriteFile(bad, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		fails(t, failed, []string{"fit", "--data", recording, "--config", bad, "--out", out}, parts...)
	}
}

// No process, not even root's, may make folders there.
func TestFolderThatCannotBeMade(t *testing.T) {
	fails(t, failed, []string{"fit", "--data", recording, "--config", config(), "--out", "/sys/v1lab-run"}, "/sys/v1lab-run")
	fails(t, failed, []string{"features", "--run", fittedRun(t), "--out", "/sys/f.npz"}, "/sys/f.npz")
	fails(t, failed, []string{"predict", "--run", fittedRun(t), "--images", imageFile(t, 2, 16, 16), "--out", "/sys/rates.npy"}, "/sys/rates.npy")
	fails(t, failed, []string{"data", "simulate", recording, "--out", "/sys/x.npz"}, "/sys/x.npz")
}

func TestNewerRunFolder(t *testing.T) {
	path := copied(t)
	file := filepath.Join(path, "dataset.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	version := `"version": ` + strconv.Itoa(runfolder.Version)
	if !strings.Contains(string(text), version) {
		t.Fatalf("no %s in %s", version, text)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), version, `"version": 99`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"fit", "--resume", "--out", path}, {"eval", "--run", path}, {"features", "--run", path, "--out", filepath.Join(t.TempDir(), "f.npz")}, {"cluster", "--run", path},
	} {
		fails(t, failed, args, path, "99", "newer")
	}
}

func TestNotARunFolder(t *testing.T) {
	for _, args := range [][]string{{"eval", "--run", scratch}, {"eval", "--run", "/nowhere"}, {"cluster", "--run", scratch}, {"figures", "--run", scratch, "--out", t.TempDir()}} {
		fails(t, failed, args, args[2], "config.yaml", "v1lab fit")
	}
}

func TestSilentNeuron(t *testing.T) {
	path := arrays(t, func(all map[string]array.Array) {
		values := append([]float32{}, all["train_responses"].Data.([]float32)...)
		for i := 3; i < len(values); i += 8 {
			values[i] = 0
		}
		all["train_responses"] = array.New(values, 60, 8)
	})
	run := filepath.Join(t.TempDir(), "run")
	status, stdout, stderr := v1lab("fit", "--data", "npz:"+path, "--config", config(), "--out", run, "--json")
	if status != done || !strings.Contains(stderr, "warning: 1 of 8 neurons never respond in the training part, or always alike (3 id sim0003): ") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if result, _ := keys(t, stdout); len(result["silent"].([]any)) != 1 {
		t.Errorf("%s", stdout)
	}
}
