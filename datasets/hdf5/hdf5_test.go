package hdf5_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/hdf5"
	"v1lab/datasets/mat"
	"v1lab/datasets/npz"
	"v1lab/datasets/simulated"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return hdf5.Open(spec)
}

const renamed = "?train_images=stimuli/train&val_images=/stimuli/val&test_images=stimuli/test" +
	"&train_responses=rates/train&val_responses=rates/val&test_responses=rates/test"

// Big-endian numbers of several types in chunks are the recording that the archive holds.
func TestReadsOtherPrograms(t *testing.T) {
	want, err := npz.Open(datasets.Spec{Scheme: "npz", Path: "testdata/expected.npz"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, "hdf5:testdata/h5py.h5"+renamed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
		t.Error(diff)
	}
	// A file of MATLAB's is read as by package mat, unless someone says that axes are as they are in it.
	const matlab = "../mat/testdata/v73.mat?val_images=rec/val_images&val_responses=rec/val_responses"
	if want, err = mat.Open(mustParse(t, "mat:"+matlab)); err != nil {
		t.Fatal(err)
	}
	if got, err = open(t, "hdf5:"+matlab); err != nil || datasets.Fingerprint(got) != datasets.Fingerprint(want) {
		t.Errorf("a file of MATLAB's: %v", err)
	}
	if _, err := open(t, "hdf5:"+matlab+"&axes=file"); err == nil || !strings.Contains(err.Error(), "another order of axes fits") && !strings.Contains(err.Error(), "other orders of axes fit") {
		t.Errorf("axes as in the file: %v", err)
	}
}

func mustParse(t *testing.T, text string) datasets.Spec {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestChannelsFirst(t *testing.T) {
	d, err := open(t, "hdf5:testdata/first.h5?channels=first&seed=3")
	if err != nil {
		t.Fatal(err)
	}
	other, err := open(t, "hdf5:testdata/first.h5?seed=3&reading=1")
	if err != nil {
		t.Fatal(err)
	}
	im, raw := d.Train.Images, other.Train.Images
	if im.Height != 4 || im.Width != 5 || im.Channels != 3 || raw.Height != 3 || d.Split == nil || d.Split.Seed != 3 {
		t.Fatalf("images of %v, without the option %v", im.Shape(), raw.Shape())
	}
	index := d.Split.TrainIndex[0]
	rawIndex := 0
	for i, v := range other.Split.TrainIndex {
		if v == index {
			rawIndex = i
		}
	}
	for c := range 3 {
		for y := range 4 {
			for x := range 5 {
				if im.At(0)[(y*5+x)*3+c] != raw.At(rawIndex)[(c*4+y)*5+x] {
					t.Fatalf("channel %d, row %d, column %d differs", c, y, x)
				}
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	made, err := simulated.Generate(simulated.Config{
		Neurons: 5, Images: 30, Val: 5, Test: 5, Repeats: 3, Height: 20, Width: 21, SNR: 1, Types: simulated.TypeNames(), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	made.Neurons[1].ID = "Zelle Größe µ"
	normalised := *made
	if err := datasets.Normalise(&normalised); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.h5")
	for _, d := range []*datasets.Dataset{made, &normalised} { // the second replaces the first
		if err := hdf5.Write(path, d); err != nil {
			t.Fatal(err)
		}
		got, err := open(t, "hdf5:"+path)
		if err != nil {
			t.Fatal(err)
		}
		got.Spec = d.Spec
		if diff := cmp.Diff(d, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
			t.Error(diff)
		}
		if datasets.Fingerprint(got) != datasets.Fingerprint(d) {
			t.Error("the fingerprint changed")
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("temporary files were left: %v", entries)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := hdf5.Write(path, &datasets.Dataset{}); err == nil || !strings.Contains(err.Error(), "r.h5: not written: ") {
		t.Errorf("got %v", err)
	}
	if after, _ := os.ReadFile(path); !cmp.Equal(content, after) {
		t.Error("a failed write changed the file")
	}
	if err := hdf5.Write(filepath.Join(path, "x.h5"), made); err == nil || !strings.Contains(err.Error(), "x.h5: ") {
		t.Errorf("got %v", err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	content, err := os.ReadFile("testdata/h5py.h5")
	if err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(dir, "short.h5")
	if err := os.WriteFile(short, content[:len(content)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"hdf5:":                     "hdf5: no file, want hdf5:FILE",
		"hdf5:" + dir + "/gone.h5":  "gone.h5: no such file",
		"hdf5:" + dir:               "is a directory",
		"hdf5:" + short:             "short.h5: cut short: ",
		"hdf5:testdata/make.py":     "make.py: not an HDF5 file: it starts with",
		"hdf5:testdata/h5py.h5":     `h5py.h5: no dataset "train_images" and no option train_images=NAME, found comment, neuron_ids, neuron_positions, other, rates/test`,
		"hdf5:x.h5?axes=backwards":  `option axes="backwards", want file or reversed`,
		"hdf5:x.h5?train_image=a":   `unknown option "train_image", did you mean "train_images"?`,
		"hdf5:x.h5?train_images=":   `option train_images="", want a text`,
		"hdf5:x.h5?channels=second": `option channels="second", want last or first`,
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "rates/val", "rates/vel", 1):               "h5py.h5: rates/vel: not in the file (option val_responses=rates/vel; found comment",
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "rates/val", "rates", 1):                   "h5py.h5: rates: not a dataset",
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "rates/val", "comment", 1):                 "h5py.h5: comment: dtype str, want numbers",
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "rates/val", "other", 1):                   "h5py.h5: other: dtype compound, accepted are numbers, booleans and text",
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "stimuli/val", "rates/val", 1):             "h5py.h5: rates/val: shape [3, 6], want [images, height, width]",
		"hdf5:testdata/h5py.h5" + strings.Replace(renamed, "stimuli/val", "stimuli", 1) + "&seed=1.5": `option seed="1.5", want a whole number`,
		"hdf5:testdata/links.h5":                          "links.h5: train_images: an external link to /stimuli/train in stimuli.h5, which is not followed: read that file, or copy the dataset into this one",
		"hdf5:testdata/links.h5?train_images=test_images": "links.h5: train_responses: an external link to / in session.h5, which is not followed",
		"hdf5:testdata/links.h5?train_images=session/a/b": "links.h5: session/a/b: an external link to / in session.h5",
		"hdf5:testdata/links.h5?train_images=nowhere":     "links.h5: nowhere: not in the file (option train_images=nowhere; found session, test_images, test_responses, train_images, train_responses)",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
}
