package allen_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/allen"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
)

const experiment = "allen:testdata/experiment.nwb"

func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-5
}

// What NumPy computes from the same presentations: responses in the window, averages for scenes to train on, repeats in the order of time.
func TestExperiment(t *testing.T) {
	all, err := array.ReadNPZ("testdata/expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	order, _ := all["order"].Ints()
	scenes, _ := all["scenes"].Float32s()
	running, _ := all["running"].Float64s()
	for options, key := range map[string]string{"?test=2": "window", "?test=2&from=2&frames=3&baseline=10": "late"} {
		want, _ := all[key].Float64s()
		d, err := open(t, experiment+options)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		if d.Train.Images.N != 7 || d.Val.Images.N != 1 || d.Test.Images.N != 2 || d.NumNeurons() != 4 {
			t.Fatalf("%s: %d/%d/%d scenes, %d neurons", options, d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.NumNeurons())
		}
		presented := func(scene int) (shown []int) {
			for k, s := range order {
				if s == scene {
					shown = append(shown, k)
				}
			}
			return shown
		}
		for i, scene := range d.Split.TrainIndex {
			if !slices.Equal(d.Train.Images.At(i), scenes[scene*30:(scene+1)*30]) {
				t.Errorf("picture %d is not scene %d", i, scene)
			}
			for c, got := range d.Train.Responses.At(i) {
				sum, n := 0.0, 0.0
				for _, k := range presented(scene) {
					if v := want[k*4+c]; v == v {
						sum, n = sum+v, n+1
					}
				}
				if !near(float64(got), sum/n) {
					t.Errorf("%s: scene %d, cell %d: %v, want %v", options, scene, c, got, sum/n)
				}
			}
		}
		for i, scene := range d.Split.TestIndex {
			for r, k := range presented(scene) {
				for c, got := range d.Test.Responses.At(r, i) {
					if !near(float64(got), want[k*4+c]) {
						t.Errorf("%s: scene %d, repeat %d, cell %d: %v, want %v", options, scene, r, c, got, want[k*4+c])
					}
				}
				if got := d.Test.Covariates.Values[r*2+i]; key == "window" && !near(float64(got), running[k]) {
					t.Errorf("scene %d, repeat %d: speed %v, want %v", scene, r, got, running[k])
				}
			}
		}
		n := d.Neurons[2]
		if n.ID != "517471959" || n.Session != "501498760" || n.Z != 175 || d.Train.Covariates.Names[0] != "running speed" {
			t.Errorf("neuron %+v, covariates %v", n, d.Train.Covariates.Names)
		}
	}
}

// nwb_version decides: files of version 2 are read as package nwb reads them.
func TestVersion2(t *testing.T) {
	const file = "allen:../internal/nwb2/testdata/ophys.nwb"
	d, err := open(t, file+"?test=3")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 8 || d.Val.Images.N != 1 || d.Test.Images.N != 3 || d.Test.Responses.Repeats != 3 || d.Preparation[0].Window.NextOnset != true {
		t.Errorf("%d/%d/%d images, %d repeats, %+v", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Test.Responses.Repeats, d.Preparation[0].Window)
	}
	if _, err := open(t, file+"?frames=3"); err == nil || !strings.Contains(err.Error(), `unknown option "frames"`) {
		t.Errorf("got %v", err)
	}
}

func TestExperimentErrors(t *testing.T) {
	for spec, want := range map[string]string{
		experiment:                             "experiment.nwb: stimulus/templates/natural_scenes_image_stack/data: 18 scenes for testing of 10, want option test to leave at least 2",
		experiment + "?test=0":                 `option test="0", want a whole number of at least 1`,
		experiment + "?rows=none":              `unknown option "rows"`,
		experiment + "?frames=1001":            "a window of 1001 frames, want at most 1000",
		"allen:testdata/expected.npz":          "expected.npz: ",
		"allen:../hdf5file/testdata/latest.h5": "latest.h5: stimulus/presentation/natural_scenes_stimulus/data: not in the file, want an experiment of the Allen Brain Observatory in which natural scenes were shown (three_session_B)",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}

func TestDamagedExperiment(t *testing.T) {
	content, err := os.ReadFile("testdata/experiment.nwb")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "experiment.nwb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	mutate.CheckOpen(t, path, 500, 128<<20, func() error {
		_, err := open(t, "allen:"+path+"?test=2")
		return err
	})
}

func FuzzExperiment(f *testing.F) {
	content, err := os.ReadFile("testdata/experiment.nwb")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "experiment.nwb")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := open(t, "allen:"+path+"?test=2"); err != nil {
			mutate.CheckError(t, err, path)
		} else {
			_ = d.Validate()
		}
	})
}

func BenchmarkExperiment(b *testing.B) {
	for b.Loop() {
		if _, err := open(b, experiment+"?test=2"); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleOpen_experiment() {
	spec, err := datasets.ParseSpec("allen:testdata/experiment.nwb?test=2&frames=7")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := allen.Open(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, "scenes to train on,", d.Test.Images.N, "to test with up to", d.Test.Responses.Repeats, "repeats")
	fmt.Println(d.NumNeurons(), "cells, the first", d.Neurons[0].ID, "of session", d.Neurons[0].Session)
	// Output:
	// 7 scenes to train on, 2 to test with up to 3 repeats
	// 4 cells, the first 517472416 of session 501498760
}

// testdata/scaled.nwb is the experiment with attributes on the traces: conversion 0.01 and offset -1. The conversion of the running speed is NaN,
// which says nothing.
func TestUnits(t *testing.T) {
	plain, err := open(t, experiment+"?test=2")
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := open(t, "allen:testdata/scaled.nwb?test=2")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range plain.Train.Responses.Values {
		if got := scaled.Train.Responses.Values[i]; !near(float64(got), 0.01*float64(v)-1) {
			t.Fatalf("response %v, want 0.01 * %v - 1", got, v)
		}
	}
	for i, v := range plain.Train.Covariates.Values {
		if got := scaled.Train.Covariates.Values[i]; !near(float64(got), float64(v)) {
			t.Fatalf("speed %v, want %v", got, v)
		}
	}
}
