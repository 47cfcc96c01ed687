package main

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

func TestDataInfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	if out := works(t, "data", "simulate", recording, "--out", path); out != "npz:"+path+"\n" {
		t.Errorf("simulate printed %q", out)
	}
	made, names := keys(t, works(t, "data", "info", recording, "--json"))
	equal(t, "data info --json", names, "spec", "fingerprint", "height", "width", "channels", "neurons", "train", "val", "test", "repeats", "missing_repeats", "types", "normalisation",
		"pixels", "responses", "missing_responses", "ceiling", "explainable", "oracle", "sessions")
	kept, _ := keys(t, works(t, "data", "info", "npz:"+path, "--json"))
	if made["fingerprint"] != kept["fingerprint"] {
		t.Errorf("fingerprint %v of the simulation, %v of its file", made["fingerprint"], kept["fingerprint"])
	}
	if made["neurons"] != 8.0 || made["train"] != 60.0 || made["repeats"] != 4.0 || made["height"] != 16.0 {
		t.Errorf("%v", made)
	}
	ceiling, explainable, oracle := made["ceiling"].(map[string]any), made["explainable"].(map[string]any), made["oracle"].(map[string]any)
	for name, s := range map[string]map[string]any{"ceiling": ceiling, "explainable": explainable, "oracle": oracle} {
		if v := func(key string) float64 { return s[key].(float64) }; s["neurons"] != 8.0 || !(v("lowest") <= v("q1") && v("q1") <= v("median") && v("median") <= v("q3") && v("q3") <= v("highest") && v("highest") <= 1) {
			t.Errorf("%s: %v", name, s)
		}
	}
	text := works(t, "data", "info", "npz:"+path)
	for _, want := range []string{"16 x 16", "60 images", "up to 4 repeats", "reference", "simple:", "pixels", "ceiling", "explainable", "oracle", "of 8 neurons", made["fingerprint"].(string)} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 24 {
		t.Errorf("%d lines do not fit a screen", lines)
	}
	fails(t, failed, []string{"data", "info", "npz:/nowhere.npz"}, "/nowhere.npz", "no such file")
	fails(t, wrongUse, []string{"data", "info", "simulated:?snr=loud"}, "snr", "loud")
}

// The ceiling is that of eval: of responses as a fit sees them.
func TestDataInfoAgreesWithEval(t *testing.T) {
	report, _ := keys(t, works(t, "eval", "--run", fittedRun(t), "--json"))
	found, _ := keys(t, works(t, "data", "info", recording, "--json"))
	for _, name := range []string{"ceiling", "explainable", "oracle"} {
		if of := found[name].(map[string]any)["mean"]; of != report[name] {
			t.Errorf("%s: data info says %v, eval %v", name, of, report[name])
		}
	}
}

// All that a recording may know, with gaps, on one screen.
func TestDataInfoOfARichRecording(t *testing.T) {
	nan := math.NaN()
	path := arrays(t, func(all map[string]array.Array) {
		all["neuron_sessions"] = array.New([]string{"a", "a", "a", "b", "b", "b", "b", "b"})
		all["neuron_layers"] = array.New([]string{"2/3", "2/3", "4", "4", "4", "", "", ""})
		all["neuron_positions"] = array.New([]float64{10, 20, nan, 30, -5, nan, nan, nan, nan, 1, nan, nan, 2, 2, nan, 3, 3, nan, 4, 4, nan, 5, 5, nan}, 8, 3)
		all["covariate_names"] = array.New([]string{"running", "pupil"})
		for part, n := range map[string]int{"train": 60, "val": 30} {
			all[part+"_covariates"] = array.New(make([]float32, 2*n), n, 2)
		}
		all["test_covariates"] = array.New(make([]float32, 4*20*2), 4, 20, 2)
		train := all["train_responses"].Data.([]float32)
		for i := range 21 {
			train[8*i+3] = float32(nan)
		}
	})
	spec := "npz:" + path + "?crop=2,2,12,12&neurons=1-7"
	found, _ := keys(t, works(t, "data", "info", spec, "--json"))
	sessions, layers, positions := found["sessions"].(map[string]any), found["layers"].(map[string]any), found["positions"].(map[string]any)
	if sessions["a"] != 2.0 || sessions["b"] != 5.0 || layers["4"] != 3.0 || layers[""] != 3.0 || positions["neurons"] != 5.0 || positions["z"] != nil {
		t.Errorf("sessions %v, layers %v, positions %v", sessions, layers, positions)
	}
	if x := positions["x"].([]any); x[0] != 1.0 || x[1] != 30.0 {
		t.Errorf("x %v", x)
	}
	if found["height"] != 12.0 || len(found["preparation"].([]any)) != 2 || len(found["covariates"].([]any)) != 2 || found["missing_responses"] != 21.0/(90*7) {
		t.Errorf("height %v, preparation %v, covariates %v, missing %v", found["height"], found["preparation"], found["covariates"], found["missing_responses"])
	}
	text := works(t, "data", "info", spec)
	for _, want := range []string{"2 (a: 2, b: 5)", "unknown: 3, 2/3: 1, 4: 3", "of 5 neurons, in micrometres: x 1 to 30, y -5 to 5", "running, pupil", "3.3 % of training and validation responses", "7 of 8 neurons chosen; 12 x 12 pixels cut out of 16 x 16, from 2 down and 2 right"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 24 {
		t.Errorf("%d lines do not fit a screen", lines)
	}
}

// What cannot be fitted can still be looked at.
func TestDataInfoOfAnUnfitRecording(t *testing.T) {
	path := arrays(t, set("train_images", float32(math.NaN())))
	found, _ := keys(t, works(t, "data", "info", "npz:"+path, "--json"))
	if unfit, _ := found["unfit"].(string); found["fingerprint"] != "" || !strings.HasPrefix(unfit, "train_images: 1 values are not finite") || found["normalisation"] != nil || found["ceiling"].(map[string]any)["neurons"] != 8.0 {
		t.Errorf("%v", found)
	}
	if text := works(t, "data", "info", "npz:"+path); !strings.Contains(text, "unfit ") || strings.Contains(text, "count as normalised") {
		t.Errorf("%s", text)
	}
	for _, spoil := range []func(map[string]array.Array){
		set("test_responses", float32(math.Inf(1))),
		func(all map[string]array.Array) { all["test_responses"] = array.New(make([]float32, 4*19*8), 4, 19, 8) },
		func(all map[string]array.Array) { all["test_responses"] = array.New(make([]float32, 4*20*3), 4, 20, 3) },
	} {
		if found, _ := keys(t, works(t, "data", "info", "npz:"+arrays(t, spoil), "--json")); found["unfit"] == nil {
			t.Errorf("%v", found)
		}
	}
}

// What the arrays were taken for is printed, and can be looked at.
func TestDataInfoOfALayout(t *testing.T) {
	spec := "hdf5:../../datasets/formats/testdata/asbrought/hwn.mat?image_axes=hwn&response_axes=neurons,n"
	want := "train_images [9,12,40] = h,w,n; train_responses [5,40] = neurons,n"
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	if text := works(t, "data", "info", spec, "--figure", sheet); !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	if info, err := os.Stat(sheet); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
	found, _ := keys(t, works(t, "data", "check", spec, "--json"))
	if arrays := found["layout"].(map[string]any)["arrays"].([]any); len(arrays) != 6 || arrays[2].(map[string]any)["axes"] != "h,w,n" {
		t.Errorf("%v", arrays)
	}
	fails(t, wrongUse, []string{"data", "info", spec, "--figure", "sheet.gif"}, "sheet.gif", ".png, .svg")
}

func TestDataInfoOfASplit(t *testing.T) {
	path := arrays(t, func(all map[string]array.Array) {
		delete(all, "val_images")
		delete(all, "val_responses")
	})
	made, _ := keys(t, works(t, "data", "info", "npz:"+path+"?seed=5", "--json"))
	if split := made["split"].(map[string]any); split["seed"] != 5.0 || split["val_share"] != 0.1 {
		t.Errorf("split %v", split)
	}
	if text := works(t, "data", "info", "npz:"+path+"?seed=5"); !strings.Contains(text, "10 % for validation") {
		t.Errorf("%s", text)
	}
}

func TestDataCheck(t *testing.T) {
	good, names := keys(t, works(t, "data", "check", recording, "--json"))
	equal(t, "data check --json", names, "spec", "errors", "warnings", "findings")
	if good["errors"] != 0.0 {
		t.Errorf("%v", good)
	}
	path := arrays(t, set("train_images", float32(math.NaN())))
	status, stdout, stderr := v1lab("data", "check", "npz:"+path)
	if status != failed || !strings.Contains(stdout, "error: train_images: 1 values are not finite") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	status, stdout, _ = v1lab("data", "check", "npz:"+path, "--json")
	if bad, _ := keys(t, stdout); status != failed || bad["errors"] != 1.0 {
		t.Errorf("status %d, %v", status, bad)
	}
	fails(t, failed, []string{"data", "check", "npz:/nowhere.npz"}, "/nowhere.npz")
}

// Findings come with their numbers and advice, errors first.
func TestDataCheckOfABadRecording(t *testing.T) {
	path := arrays(t, func(all map[string]array.Array) {
		train, test := all["train_images"].Data.([]float32), all["test_images"].Data.([]float32)
		copy(test, train[:3*256])
		responses := all["train_responses"].Data.([]float32)
		for i := range 60 {
			responses[8*i+2] = 0
			responses[8*i+5] = responses[8*i+4]
			responses[8*i+6] = -1 - responses[8*i+6]
		}
		repeats := all["test_responses"].Data.([]float32)
		copy(repeats[20*8:2*20*8], repeats[:20*8])
	})
	status, stdout, stderr := v1lab("data", "check", "npz:"+path, "--json")
	found, _ := keys(t, stdout)
	findings := found["findings"].([]any)
	severity, codes := []string{}, map[string]string{}
	for _, f := range findings {
		f := f.(map[string]any)
		severity = append(severity, f["severity"].(string))
		codes[f["code"].(string)] = f["severity"].(string)
		if numbers, _ := f["numbers"].(map[string]any); f["message"] == "" || f["advice"] == nil || len(numbers) == 0 {
			t.Errorf("a finding without message, advice or numbers: %v", f)
		}
	}
	for code, want := range map[string]string{"shared-images": "error", "copied-repeats": "error", "dead-neurons": "warning", "duplicated-neurons": "warning", "negative-responses": "warning"} {
		if codes[code] != want {
			t.Errorf("%s: severity %q, want %q", code, codes[code], want)
		}
	}
	if status != failed || found["errors"] != 2.0 || !strings.Contains(stderr, "2 of ") || severity[0] != "error" || severity[1] != "error" || severity[2] == "error" {
		t.Errorf("status %d, %v errors, severities %v, %q", status, found["errors"], severity, stderr)
	}
}

// A fit says that it is tested on images it has seen, and with which option it is not.
func TestLeaksAreSaid(t *testing.T) {
	path := arrays(t, func(all map[string]array.Array) {
		copy(all["test_images"].Data.([]float32), all["train_images"].Data.([]float32)[:3*256])
	})
	args := []string{"fit", "--out", filepath.Join(t.TempDir(), "no"), "--set", "core.filter_sizes=99,99,99", "--set", "core.padding=valid,valid,valid", "--data", "npz:" + path}
	if _, _, stderr := v1lab(args...); !strings.Contains(stderr, "warning: npz:"+path+": 3 of ") || !strings.Contains(stderr, "test images resemble train or val images") || !strings.Contains(stderr, "clean_leaks=true") {
		t.Errorf("%q", stderr)
	}
	args[len(args)-1] += "?clean_leaks=true"
	if _, _, stderr := v1lab(args...); strings.Contains(stderr, "resemble") {
		t.Errorf("%q", stderr)
	}
	if _, stdout, _ := v1lab("data", "info", args[len(args)-1]); !strings.Contains(stdout, "0 of ") || !strings.Contains(stdout, "3 of ") || !strings.Contains(stdout, "test images taken out") {
		t.Errorf("%q", stdout)
	}
}

// A recording that cannot be fitted is not converted, and it is the recording that the error names.
func TestDataConvert(t *testing.T) {
	in := "npz:" + arrays(t, set("val_responses", float32(math.Inf(1))))
	for _, name := range []string{"y.npz", "y.h5"} {
		out := filepath.Join(t.TempDir(), name)
		args := []string{"data", "convert", in, "--out", out}
		fails(t, failed, args, in+": ", "val_responses")
		if _, _, stderr := v1lab(args...); strings.Contains(stderr, out) {
			t.Errorf("the file to write is blamed: %s", stderr)
		}
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v; it should not be there", out, err)
		}
	}
}
