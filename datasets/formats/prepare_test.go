package formats_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
	"v1lab/datasets/prepare"
)

func TestOpenPrepares(t *testing.T) {
	raw, err := formats.OpenRaw(small)
	if err != nil {
		t.Fatal(err)
	}
	d, err := formats.Open(small + "&crop=1,2,12,14&resize=6x7&min_ev=0.01&normalise=pixel")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Preparation) != 3 || d.Preparation[0].Choice == nil || d.Preparation[2].Resize.Kernel != prepare.CatmullRom || d.Normalisation.Method != datasets.Pixel {
		t.Fatalf("prepared by %s, normalised by %s", d.Preparation, d.Normalisation.Method)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	// What is recorded, done to the raw images, gives the same images.
	again, err := prepare.Images(raw.Test.Images, d.Preparation)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Test.Images, d.Normalisation.ApplyImages(again)); diff != "" {
		t.Error(diff)
	}

	// A file of prepared values keeps the record, and more steps follow.
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := npz.Write(path, d); err != nil {
		t.Fatal(err)
	}
	kept, err := formats.Open("npz:" + path + "?normalise=pixel")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, kept, cmpopts.IgnoreFields(datasets.Dataset{}, "Spec", "Layout"), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	raw.Normalisation, raw.Preparation = nil, d.Preparation[1:2]
	raw.Train.Images, raw.Val.Images, raw.Test.Images = crop(t, raw.Train.Images, raw.Preparation), crop(t, raw.Val.Images, raw.Preparation), crop(t, raw.Test.Images, raw.Preparation)
	if err := npz.Write(path, raw); err != nil {
		t.Fatal(err)
	}
	twice, err := formats.Open("npz:" + path + "?resize=6x7&neurons=2,sim0000")
	if err != nil {
		t.Fatal(err)
	}
	if len(twice.Preparation) != 3 || twice.Preparation[0].Crop == nil || twice.NumNeurons() != 2 || twice.Neurons[1].ID != "sim0000" {
		t.Errorf("prepared by %s, neurons %+v", twice.Preparation, twice.Neurons)
	}
}

func crop(t *testing.T, im datasets.Images, p datasets.Preparation) datasets.Images {
	t.Helper()
	out, err := prepare.Images(im, p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// One file of several sessions: all of them, or one.
func TestOpenJoined(t *testing.T) {
	var sessions []*datasets.Dataset
	for _, seed := range []string{"1", "2"} {
		d, err := formats.OpenRaw(small + "&seed=" + seed)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, d)
	}
	joined, err := datasets.Join(sessions, []string{"mon", "tue"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "both.npz")
	if err := npz.Write(path, joined); err != nil {
		t.Fatal(err)
	}
	all, err := formats.Open("npz:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if all.NumNeurons() != 12 || all.Train.Images.N != 120 || len(all.Normalisation.ResponseSD) != 12 {
		t.Errorf("%d neurons, %d images", all.NumNeurons(), all.Train.Images.N)
	}
	one, err := formats.Open("npz:" + path + "?session=tue&normalise=none")
	if err != nil {
		t.Fatal(err)
	}
	if datasets.Fingerprint(one) != datasets.Fingerprint(sessions[1]) {
		t.Error("a session chosen from a file is not the session")
	}
}

func TestPrepareErrors(t *testing.T) {
	normalised, err := formats.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := npz.Write(path, normalised); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		small + "&crop=0,0,17,17":          "option crop=0,0,17,17: ends at row 17 and column 17, the images have 16 rows and 17 columns",
		small + "&resize=big":              `option resize="big", want HEIGHTxWIDTH`,
		small + "&sesion=mon":              `unknown option "sesion", did you mean "session"?`,
		"npz:" + path + "?neurons=6":       `option neurons="6": 6, want indices from 0 to 5, or id:6 if it is an id`,
		"npz:" + path + "?normalise=pixel": "option normalise=pixel, the file holds values normalised by reference; accepted: reference or none",
	} {
		if _, err := formats.Open(spec); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "data ") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}
