package formats_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
)

// Recordings of every published form open normalised, and keep their content on the way through an archive.
func TestPublishedForms(t *testing.T) {
	for _, spec := range []string{
		"cadena2019:../cadena2019/testdata/data_p4.pkl",
		"cadena2019:../cadena2019/testdata/data.npz?types=original,conv1",
		"allen:../allen/testdata/experiment.nwb?test=2",
		"allen:../allen/testdata/experiment.nwb?test=2&neurons=0,2&crop=1,1,4,3",
	} {
		d, err := formats.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		if d.Normalisation == nil || d.Spec != spec {
			t.Errorf("%s: spec %q, normalisation %v", spec, d.Spec, d.Normalisation)
		}
		raw, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "r.npz")
		if err := npz.Write(path, raw); err != nil {
			t.Fatal(err)
		}
		again, err := formats.Open("npz:" + path)
		if err != nil {
			t.Fatal(err)
		}
		if datasets.Fingerprint(again) != datasets.Fingerprint(d) {
			t.Errorf("%s: other content after the way through an archive", spec)
		}
	}
}

// A recording without its training images can be looked at, in all and in part, but not fitted.
func TestTrainingImagesAreMissing(t *testing.T) {
	folder := filepath.Join(recordings, "antolik2016", "region2")
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	for _, options := range []string{"", "?neurons=0-9", "?crop=2,2,20,20", "?min_ev=0.05"} {
		spec := "antolik2016:" + folder + options
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		if r := d.Test.Responses; r.Repeats != 8 || r.N != 50 || !d.ImagesMissing() {
			t.Errorf("%s: %d repeats of %d images, images missing %v", spec, r.Repeats, r.N, d.ImagesMissing())
		}
		for _, f := range datasets.Check(d) {
			if f.Code != "missing-images" {
				t.Errorf("%s: %s: %s", spec, f.Code, f.Message)
			}
		}
		_, err = formats.Open(spec)
		if want := "the training images are missing, there are responses to 1260; accepted for ceilings, not for a fit"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}
