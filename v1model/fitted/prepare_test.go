package fitted_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

const recording = "simulated:?neurons=3&images=60&val=20&test=10&repeats=3&height=16&width=17"

// New raw images become what the run's own test images became, whatever was done to those.
func TestPrepareTreatsImagesAsTheRunsOwn(t *testing.T) {
	raw, err := formats.OpenRaw(recording)
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"", "&normalise=none", "&normalise=pixel", "&crop=1,2,9,8", "&crop=0,0,12,12&resize=8x6&normalise=pixel", "&resize=20x20&min_ev=0.001"} {
		d, err := formats.Open(recording + options)
		if err != nil {
			t.Fatal(err)
		}
		run := &fitted.Run{Folder: &runfolder.Folder{Path: "runs/a", Dataset: runfolder.Describe(d)}}
		got, asIs, err := run.Prepare(raw.Test.Images)
		if err != nil {
			t.Fatal(err)
		}
		if asIs {
			t.Errorf("%q: raw images were taken for prepared ones", options)
		}
		if diff := cmp.Diff(d.Test.Images, got); diff != "" {
			t.Errorf("%q: %s", options, diff)
		}
	}
}

func TestPrepareNamesSizes(t *testing.T) {
	d, err := formats.Open(recording + "&crop=1,2,9,8")
	if err != nil {
		t.Fatal(err)
	}
	run := &fitted.Run{Folder: &runfolder.Folder{Path: "runs/a", Dataset: runfolder.Describe(d)}}
	sized := func(height, width, channels int) datasets.Images {
		return datasets.Images{N: 1, Height: height, Width: width, Channels: channels, Pixels: make([]float32, height*width*channels)}
	}

	// Images that are cropped already are normalised and nothing else.
	cropped := sized(9, 8, 1)
	got, asIs, err := run.Prepare(cropped)
	if err != nil || !asIs || !cmp.Equal(got, d.Normalisation.ApplyImages(cropped)) {
		t.Errorf("as is %v, error %v", asIs, err)
	}
	_, _, err = run.Prepare(sized(9, 9, 1))
	if want := "images of 9 x 9 pixels, 1 channels; accepted: 16 x 17 pixels, 1 channels as recorded, or 9 x 8 pixels, 1 channels as prepared, as run runs/a was fitted to"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	run.Dataset.Preparation = nil
	_, _, err = run.Prepare(sized(9, 8, 2))
	if want := "images of 9 x 8 pixels, 2 channels; accepted: 9 x 8 pixels, 1 channels, as run runs/a was fitted to"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	_, _, err = run.Prepare(sized(1, 9, 8)) // as PyTorch has [n, channels, height, width]
	if want := "as run runs/a was fitted to; these are [n, channels, height, width], PyTorch's order, and it is [n, height, width, channels] here"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v", err)
	}

	// dataset.json may have been changed by hand.
	run.Dataset.Preparation = d.Preparation
	run.Dataset.Shape = v1model.Shape{Height: 5, Width: 5, Channels: 1, Neurons: 3}
	if _, _, err = run.Prepare(sized(16, 17, 1)); err == nil || !strings.Contains(err.Error(), "run runs/a: dataset.json prepares images to 9 x 8 pixels, 1 channels; the model was made for 5 x 5") {
		t.Errorf("got %v", err)
	}
	run.Dataset.Preparation = datasets.Preparation{d.Preparation[0], {}}
	if _, _, err = run.Prepare(sized(16, 17, 1)); err == nil || !strings.HasPrefix(err.Error(), "run runs/a: a step of the preparation is unknown") {
		t.Errorf("got %v", err)
	}
}
