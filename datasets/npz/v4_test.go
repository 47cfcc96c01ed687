package npz_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// recordings holds real recordings of macaque V4. It may lie beside a checkout.
const recordings = "../../../shared/data/v4"

// A file of images, responses and index arrays opens with its own parts, or with those that options name.
func TestIndexArraysOfRealRecordings(t *testing.T) {
	if _, err := os.Stat(recordings); err != nil {
		t.Skip("recordings of macaque V4 are not here: ", err)
	}
	path := filepath.Join(recordings, "v4_210325.npz")
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	floats := func(key string) []float32 {
		values, err := arrays[key].Float32s()
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	images, responses, raw := floats("images"), floats("responses"), floats("responses_raw")
	const n, pixels, neurons = 640, 28 * 28, 50
	for options, index := range map[string][3]string{
		"":                               {"train", "val", "test"},
		"?val=val_clean&test=test_clean": {"train", "val_clean", "test_clean"},
		"?val=val_clean&test=test_clean&test_responses=responses_raw": {"train", "val_clean", "test_clean"},
		"?responses=responses_raw":                                    {"train", "val", "test"},
	} {
		d, err := open(t, "npz:"+path+options)
		if err != nil {
			t.Fatal(err)
		}
		repeats := 1
		if strings.Contains(options, "raw") {
			repeats = 10
		}
		if from := strings.Join(index[:], ", "); d.Split.From != from {
			t.Errorf("%q: divided by %s, want %s", options, d.Split.From, from)
		}
		if err := d.Validate(); err != nil || d.Test.Responses.Repeats != repeats {
			t.Errorf("%q: %d repeats, %v", options, d.Test.Responses.Repeats, err)
		}
		for k, part := range []struct {
			datasets.Images
			values []float32
		}{{d.Train.Images, d.Train.Responses.Values}, {d.Val.Images, d.Val.Responses.Values}, {d.Test.Images, d.Test.Responses.Values}} {
			rows, err := arrays[index[k]].Ints()
			if err != nil || part.N != len(rows) {
				t.Fatalf("%q: %d images, want %d as in %s (%v)", options, part.N, len(rows), index[k], err)
			}
			for i, row := range rows {
				want := responses[row*neurons]
				if k == 2 && repeats > 1 {
					want = raw[row*neurons]
				}
				if part.At(i)[100] != images[row*pixels+100] || part.values[i*neurons] != want && want == want {
					t.Fatalf("%q: %s %d: pixel %v, response %v, want %v and %v", options, index[k], i, part.At(i)[100], part.values[i*neurons], images[row*pixels+100], want)
				}
			}
		}
		if first := d.Test.Responses.At(repeats-1, 0)[3]; repeats > 1 {
			rows, _ := arrays[index[2]].Ints()
			if want := raw[(9*n+rows[0])*neurons+3]; first != want && want == want {
				t.Errorf("%q: last repeat %v, want %v", options, first, want)
			}
		}
	}
	for options, want := range map[string]string{
		"?without=train,val,test": "",
		"?reading=1":              "",
	} {
		d, err := open(t, "npz:"+path+options)
		if err != nil || d.Split.From != want || d.Test.Images.N != 64 {
			t.Errorf("%q: %+v, %v", options, d, err)
		}
	}
	for options, want := range map[string]string{
		"?val=clean":           `no array "clean" (option val=clean; found images, `,
		"?without=val_clean":   "array val_clean is not used anyway, option without=val_clean has no effect",
		"?without=vall":        `no array "vall", which option without=vall leaves out`,
		"?without=val&val=val": "option val=val names what option without=val leaves out",
		"?reading=2":           `option reading="2", want 1`,
	} {
		if _, err := open(t, "npz:"+path+options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", options, err, want)
		}
	}
}
