package formats_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
)

const brought = "testdata/asbrought/"

// Recordings as laboratories keep them, each beside what NumPy, pandas or xarray reads from it; or an error that names what is to be changed.
func TestAsBrought(t *testing.T) {
	for _, c := range []struct {
		spec  string
		want  string // the archive of the right values, or part of the error
		notes string // codes of what must be said
	}{
		{"npy:" + brought + "python2", "expected.npz", ""},
		{"npz:" + brought + "member-twice.npz", "member-twice-expected.npz", "repeated-member"},
		{"sensorium:" + brought + "backslashes.zip", "backslashes-expected.npz", ""},
		{"hdf5:" + brought + "packed.nc", "packed-expected.npz", ""},
		{"hdf5:" + brought + "unsigned.nc", "unsigned-expected.npz", "invalid-values invalid-values invalid-values"},
		{"hdf5:" + brought + "tiers.h5?channels=first", "tiers-expected.npz", ""},
		{"npz:" + brought + "split-labels.npz", "tiers-expected.npz", ""},
		{"mat:" + brought + "one-neuron.mat", "one-neuron-expected.npz", ""},
		{"csv:" + brought + "index-column.csv?images=" + brought + "pictures", `column "onset_s" only rises, from 0 to 48.75: row numbers, clocks and trial counters are no neurons; leave them out with the option ignore=onset_s`, ""},
		{"csv:" + brought + "index-column.csv?ignore=onset_s&images=" + brought + "pictures", "expected.npz", "nameless-columns"},
		{"csv:" + brought + "bom-quoted.csv?images=" + brought + "pictures", "expected.npz", ""},
		{"csv:" + brought + "semicolon-decimal-comma.csv?images=" + brought + "pictures", "expected.npz", ""},
		{"hdf5:" + brought + "one-neuron.mat", "one-neuron-expected.npz", ""},
		{"hdf5:" + brought + "hwn.mat", "option image_axes=hwn&response_axes=neurons,n,repeats", ""},
		{"hdf5:" + brought + "hwn.mat?image_axes=hwn&response_axes=neurons,n", "expected.npz", ""},
		{"mat:" + brought + "hwn.mat?image_axes=hwn&response_axes=neurons,n,repeats", "expected.npz", ""},
		{"npz:" + brought + "channels-first.npz", "another order of axes fits: option channels=first", ""},
		{"npz:" + brought + "channels-first.npz?channels=first", "expected.npz", ""},
		{"csv:" + brought + "pages/t.csv", "a TIFF of 2 pages, want one picture in each file", ""},
	} {
		d, err := formats.OpenRaw(c.spec)
		if !strings.HasSuffix(c.want, ".npz") {
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want %s", c.spec, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		want, err := array.ReadNPZ(brought + c.want)
		if err != nil {
			t.Fatal(err)
		}
		test := d.Test.Responses
		compare(t, c.spec+": train_images", d.Train.Images.Pixels, want["train_images"])
		compare(t, c.spec+": val_images", d.Val.Images.Pixels, want["val_images"])
		compare(t, c.spec+": test_images", d.Test.Images.Pixels, want["test_images"])
		compare(t, c.spec+": train_responses", d.Train.Responses.Values, want["train_responses"], d.Train.Responses.N, d.NumNeurons())
		compare(t, c.spec+": val_responses", d.Val.Responses.Values, want["val_responses"], d.Val.Responses.N, d.NumNeurons())
		compare(t, c.spec+": test_responses", test.Values, want["test_responses"], test.Repeats, test.N, test.Neurons)
		var codes []string
		for _, note := range d.Notes {
			codes = append(codes, note.Code)
			if found := datasets.Check(d); found[len(codes)-1].Message != note.Message {
				t.Errorf("%s: Check does not list %q", c.spec, note.Message)
			}
		}
		if got := strings.Join(codes, " "); got != c.notes {
			t.Errorf("%s: notes %q, want %q", c.spec, got, c.notes)
		}
	}
}

// compare compares values and, if one is given, the shape.
func compare(t *testing.T, name string, got []float32, want array.Array, shape ...int) {
	t.Helper()
	values, err := want.Float32s()
	if err != nil || len(shape) > 0 && !slices.Equal(shape, want.Shape) {
		t.Errorf("%s: shape %v, want %v (%v)", name, shape, want.Shape, err)
		return
	}
	const tolerance = 1e-5
	if !slices.EqualFunc(got, values, func(a, b float32) bool {
		return math.Abs(float64(a-b)) <= tolerance*(1+math.Abs(float64(b))) || a != a && b != b
	}) {
		t.Errorf("%s: other values", name)
	}
}
