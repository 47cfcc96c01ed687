package formats_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
)

// v4Sessions is where recordings from macaque V4 are, if this checkout has them beside it. They have another licence and stay there.
var v4Sessions = filepath.Join(recordings, "v4")

// v4 returns the arrays of a session of macaque V4, and an archive of the parts that its index arrays name.
func v4(t *testing.T, session string) (arrays map[string]array.Array, spec string) {
	t.Helper()
	path := filepath.Join(v4Sessions, "v4_"+session+".npz")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]array.Array{}
	for _, part := range []string{"train", "val", "test"} {
		index, err := arrays[part].Ints()
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{"images", "responses"} {
			values, err := arrays[what].Float32s()
			if err != nil {
				t.Fatal(err)
			}
			shape := slices.Clone(arrays[what].Shape)
			size := len(values) / shape[0]
			var some []float32
			for _, i := range index {
				some = append(some, values[i*size:(i+1)*size]...)
			}
			shape[0] = len(index)
			parts[part+"_"+what] = array.New(some, shape...)
		}
	}
	file := filepath.Join(t.TempDir(), session+".npz")
	if err := array.WriteNPZ(file, parts); err != nil {
		t.Fatal(err)
	}
	return arrays, "npz:" + file
}

// Sessions of macaque V4 in which images were shown twice, or beside variants of themselves. The numbers are those that NumPy finds.
func TestLeaksOfV4(t *testing.T) {
	for session, want := range map[string][4]int{"190925": {120, 240, 78, 148}, "210305": {40, 80, 23, 52}, "210621": {120, 240, 119, 239}, "201025": {120, 240, 120, 240}} {
		_, spec := v4(t, session)
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		clean, err := formats.OpenRaw(spec + "?clean_leaks=true&train_share=0.1")
		if err != nil {
			t.Fatal(err)
		}
		if got := [4]int{d.Val.Images.N, d.Test.Images.N, clean.Val.Images.N, clean.Test.Images.N}; got != want {
			t.Errorf("%s: val and test %v, want %v", session, got, want)
		}
		found := map[string]float64{}
		for _, f := range datasets.Check(d) {
			found[f.Code] += f.Numbers["count"]
		}
		if left := datasets.Leaks(clean); session == "201025" && (found["near-copies"] > 0 || found["shared-images"] > 0) || session == "210305" && found["near-copies"] < 28 {
			t.Errorf("%s: %v, left %v", session, found, left)
		}
		if clean, err = formats.OpenRaw(spec + "?clean_leaks=true"); err != nil || len(datasets.Leaks(clean)) > 0 {
			t.Errorf("%s: %v, clean and still leaks", session, err)
		}
		t.Log(session, found, datasets.DescribeLeaks(d, datasets.Leaks(d)))
	}
}

// The pack says over how many repeats each image's responses are averages. For one of its sessions that is known from elsewhere.
func TestAveragesOfV4(t *testing.T) {
	for _, session := range []string{"190923", "190925", "190928", "201025", "210225", "210305", "210322", "210325", "210621"} {
		arrays, spec := v4(t, session)
		truth, ok := arrays["repeats_inferred"]
		if !ok {
			truth = arrays["repeats"]
		}
		want, err := truth.Ints()
		if err != nil {
			t.Fatal(err)
		}
		values, err := arrays["responses"].Float32s()
		if err != nil {
			t.Fatal(err)
		}
		shape := arrays["responses"].Shape
		got := datasets.AveragedOver(datasets.Responses{N: shape[0], Neurons: shape[1], Values: values})
		if !slices.Equal(got, want) {
			t.Errorf("%s: averages over %v, want %v", session, got, want)
		}
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		var says []string
		for _, f := range datasets.Check(d) {
			if f.Code == "averaged-responses" || f.Code == "single-repeat" {
				says = append(says, f.Message)
			}
			if f.Code == "not-averages" {
				t.Errorf("%s: %s", session, f.Message)
			}
		}
		if len(says) != 2 || !strings.HasPrefix(says[0], "train_responses: averages over ") || !strings.HasPrefix(says[1], "test_responses: averages over ") {
			t.Errorf("%s: %q", session, says)
		}
		t.Log(fmt.Sprint(session, says))
	}
}
