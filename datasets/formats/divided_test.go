package formats_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
)

// shown is the image of each of 12 trials: 9 differs from 8 in one pixel only, 4 was shown three times, 5 twice.
var shown = []int{0, 4, 1, 5, 2, 4, 3, 6, 5, 8, 4, 9}

// trialsOf has a row for each trial in shown: images of 2 by 3 pixels, and responses 10*trial and 10*trial+1 of two neurons.
func trialsOf() map[string]array.Array {
	var images, responses []float32
	for trial, image := range shown {
		for p := range 6 {
			images = append(images, float32(image*p%7+image/9))
		}
		responses = append(responses, float32(10*trial), float32(10*trial+1))
	}
	return map[string]array.Array{"images": array.New(images, 12, 2, 3), "responses": array.New(responses, 12, 2)}
}

// arraysOf adds arrays in turn: a name, then its values.
func with(add ...any) map[string]array.Array {
	all := trialsOf()
	for i := 0; i < len(add); i += 2 {
		name := add[i].(string)
		switch v := add[i+1].(type) {
		case string:
			all[name] = array.New(strings.Fields(v))
		case []int:
			all[name] = array.New(v)
		case array.Array:
			all[name] = v
		}
	}
	return all
}

const tiers = "train test train test train test validation train test validation test train"

// Recordings whose file has one row for each trial, and says in one of many ways which are in which part.
func TestDivided(t *testing.T) {
	ids := slices.Clone(shown)
	mask := func(in ...int) array.Array {
		m := make([]bool, 12)
		for _, i := range in {
			m[i] = true
		}
		return array.New(m)
	}
	held := map[string]array.Array{}
	for part, n := range map[string]int{"val": 2, "test": 3} {
		images, responses := make([]float32, n*6), make([]float32, 2*n)
		for i := range images {
			images[i] = float32(100 + i)
		}
		for i := range responses {
			responses[i] = float32(-i)
		}
		held[part+"_images"], held[part+"_responses"] = array.New(images, n, 2, 3), array.New(responses, n, 2)
	}
	train, val, single := []int{0, 2, 4, 7, 11}, []int{6, 9}, [][]int{{1}, {3}, {5}, {8}, {10}}
	repeats := [][]int{{1, 5, 10}, {3, 8}}
	for name, c := range map[string]struct {
		arrays     map[string]array.Array
		options    string
		train, val []int
		test       [][]int
		wrong      string // part of the error
	}{
		"labels":                     {with("tiers", tiers), "", train, val, single, ""},
		"labels and image ids":       {with("tiers", tiers, "image_ids", ids), "", train, val, repeats, ""},
		"a column of labels":         {with("tier", array.New(strings.Fields(tiers), 12, 1), "image_id", array.New(ids, 1, 12)), "", train, val, repeats, ""},
		"split has labels":           {with("split", strings.ReplaceAll(tiers, "validation", "val"), "frame_image_id", ids), "", train, val, repeats, ""},
		"capitals":                   {with("partition", strings.NewReplacer("train", "Training", "test", "TEST", "validation", "Valid").Replace(tiers)), "", train, val, single, ""},
		"oracle":                     {with("tiers", strings.ReplaceAll(tiers, "test", "oracle"), "image_ids", ids), "", train, val, repeats, ""},
		"labels under another name":  {with("set", tiers), "?tiers=set", train, val, single, ""},
		"labels chosen by options":   {with("tiers", strings.NewReplacer("train", "a", "test", "b", "validation", "c").Replace(tiers)), "?train=a&val=c&test=b", train, val, single, ""},
		"numbers as labels":          {with("split", array.New([]int{0, 2, 0, 2, 0, 2, 1, 0, 2, 1, 2, 0})), "?train=0&val=1&test=2", train, val, single, ""},
		"two labels of a part":       {with("tiers", strings.Replace(tiers, "train", "extra", 2)), "?train=train,extra", train, val, single, ""},
		"labels beside a given test": {with("tiers", strings.ReplaceAll(tiers, "test", "none"), "test_images", held["test_images"], "test_responses", held["test_responses"]), "", train, val, nil, ""},
		"classes of image ids": {with("tiers", tiers, "image_ids", []int{0, 4, 1, 5, 2, 4, 3, 6, 5, 8, 4, 4}, "image_classes", "a a a a a a a a a a a b"),
			"", train, val, repeats, ""},
		"masks":             {with("train", mask(0, 2, 4, 7, 11), "val", mask(6, 9), "test", mask(1, 3, 5, 8, 10)), "", train, val, single, ""},
		"indices":           {with("train_idx", train, "val_idx", val, "test_idx", []int{1, 3, 5, 8, 10}), "", train, val, single, ""},
		"indices and ids":   {with("train", train, "val", val, "test", []int{1, 3, 5, 8, 10}, "image_ids", ids), "", train, val, repeats, ""},
		"indices by option": {with("train", train, "val", val, "test", []int{1}, "held", []int{10, 8}), "?test=held", train, val, [][]int{{10}, {8}}, ""},
		"indices, given val": {with("train", train, "test", []int{1, 3, 5, 8, 10}, "val_images", held["val_images"], "val_responses", held["val_responses"]),
			"", train, nil, single, ""},
		"repeats are the test": {with("image_ids", ids, "val_images", held["val_images"], "val_responses", held["val_responses"]), "", []int{0, 2, 4, 6, 7, 9, 11}, nil, repeats, ""},
		"both parts given": {with("val_images", held["val_images"], "val_responses", held["val_responses"], "test_images", held["test_images"], "test_responses", held["test_responses"]),
			"", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, nil, nil, ""},
		"validation_images": {with("validation_images", held["val_images"], "validation_responses", held["val_responses"], "test_images", held["test_images"], "test_responses", held["test_responses"]),
			"", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, nil, nil, ""},
		"labels and indices, an option": {with("tiers", tiers, "test", []int{0}, "train", []int{1}), "?tiers=tiers", train, val, single, ""},
		"a user's own normalisation":    {with("tiers", tiers, "normalisation", "zscore", "preparation", []int{1, 2}), "", train, val, single, ""},

		"labels and indices":        {arrays: with("tiers", tiers, "train", train, "test", []int{1}), wrong: "rec.npz: train: beside tiers, which also divides the images; option without=train"},
		"a label that is missing":   {arrays: with("tiers", strings.ReplaceAll(tiers, "test", "final")), wrong: "tiers: no label test or testing or oracle; found final (5), train (5), validation (2): option test says"},
		"two labels for the test":   {arrays: with("tiers", strings.Replace(tiers, "test", "oracle", 1)), wrong: "tiers: labels oracle and test could all be the part test: say which by option test, as in test=oracle"},
		"an option without label":   {arrays: with("tiers", tiers), options: "?test=live", wrong: "tiers: no label live, which option test asks for; found test (5)"},
		"a label in two parts":      {arrays: with("tiers", tiers), options: "?test=train", wrong: "label train is in the parts train and test"},
		"labels of others":          {arrays: with("tiers", "train test"), wrong: "tiers: shape [2], want one entry for each of 12 images; option without=tiers leaves it out"},
		"ids of other images":       {arrays: with("tiers", tiers, "image_ids", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0}), wrong: "image_ids: image 11 differs from image 0, of which its id 0 says it is a repeat"},
		"a test beside labels":      {arrays: with("tiers", tiers, "test_images", held["test_images"], "test_responses", held["test_responses"]), wrong: "test_images: beside tiers, which also say"},
		"half a part":               {arrays: with("val_responses", held["val_responses"]), wrong: "val_responses: not used beside images and responses; option without=val_responses leaves it out"},
		"covariates of no part":     {arrays: with("train_covariates", held["val_responses"]), wrong: "train_covariates: not used beside images and responses"},
		"covariates of others":      {arrays: with("covariates", held["val_responses"]), wrong: "covariates: shape [2, 2], want [12, covariates]: a row for each image"},
		"indices of no images":      {arrays: with("train", train, "test", []int{12}), wrong: "test: index 12, want 0 to 11: there are 12 images; option without=test leaves it out"},
		"two arrays of indices":     {arrays: with("train", train, "train_idx", train, "test", []int{1}), wrong: "train and train_idx could both be train; accepted: option train=train or train=train_idx"},
		"an option for nothing":     {arrays: with("tiers", tiers), options: "?without=extra", wrong: `no array "extra"`},
		"labels without images":     {arrays: map[string]array.Array{"train_images": held["val_images"], "train_responses": held["val_responses"], "test_images": held["test_images"], "test_responses": held["test_responses"], "tiers": array.New([]string{"a"})}, wrong: "tiers: not used beside train_images and train_responses; option without=tiers"},
		"indices that name nothing": {arrays: with(), options: "?train=first", wrong: `no array "first" (option train=first; found images, responses)`},
	} {
		path := filepath.Join(t.TempDir(), "rec.npz")
		if err := array.WriteNPZ(path, c.arrays); err != nil {
			t.Fatal(err)
		}
		d, err := formats.OpenRaw("npz:" + path + c.options)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want %s", name, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := d.Consistent(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.val == nil {
			if got := held["val_images"].Data.([]float32); !slices.Equal(got, d.Val.Images.Pixels) {
				t.Errorf("%s: validation images %v", name, got)
			}
		}
		if c.test == nil {
			if got := held["test_images"].Data.([]float32); !slices.Equal(got, d.Test.Images.Pixels) {
				t.Errorf("%s: test images %v", name, got)
			}
		}
		if got, want := trialsIn(d), fmt.Sprint(c.train, c.val, c.test); got != want {
			t.Errorf("%s: trials %s, want %s", name, got, want)
		}
	}
}

// trialsIn lists the trials of each part, as their responses tell.
func trialsIn(d *datasets.Dataset) string {
	of := func(r datasets.Responses) (trials []int) {
		for i := range r.N {
			if v := r.At(i)[0]; v >= 0 && r.At(i)[1] == v+1 {
				trials = append(trials, int(v/10))
			}
		}
		return trials
	}
	var test [][]int
	r := d.Test.Responses
	for i := range r.N {
		var trials []int
		for repeat := range r.Repeats {
			if v := r.At(repeat, i)[0]; v >= 0 && r.At(repeat, i)[1] == v+1 {
				trials = append(trials, int(v/10))
				if trial := int(v / 10); d.Test.Images.At(i)[1] != float32(shown[trial]%7+shown[trial]/9) {
					trials = append(trials, math.MaxInt) // another trial's image
				}
			}
		}
		if trials != nil {
			test = append(test, trials)
		}
	}
	return fmt.Sprint(of(d.Train.Responses), of(d.Val.Responses), test)
}

// A held-out part beside a pair is the test part; validation is drawn from the pair.
func TestPairBesideTest(t *testing.T) {
	d, err := formats.OpenRaw("npz:" + brought + "pair-beside-test.npz")
	if err != nil {
		t.Fatal(err)
	}
	want, err := array.ReadNPZ(brought + "expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	r := d.Test.Responses
	compare(t, "test_images", d.Test.Images.Pixels, want["test_images"])
	compare(t, "test_responses", r.Values, want["test_responses"], r.Repeats, r.N, r.Neurons)
	if d.Train.Images.N != 36 || d.Val.Images.N != 4 || d.Split == nil || d.Split.ValShare != 0.1 || d.Split.TestShare != 0 || len(d.Split.TestIndex) != 0 {
		t.Errorf("%d for training, %d for validation, %+v", d.Train.Images.N, d.Val.Images.N, d.Split)
	}
}

// Covariates go with their trials; those that nobody named get names.
func TestCovariatesOfTrials(t *testing.T) {
	speed := make([]float32, 24)
	for i := range speed {
		speed[i] = float32(i)
	}
	arrays := with("tiers", tiers, "image_ids", slices.Clone(shown), "behavior", array.New(speed[:12], 12, 1), "pupil_center", array.New(speed, 12, 2))
	for _, c := range []struct {
		named bool
		names string
	}{{false, "behavior_0 pupil_x pupil_y"}, {true, "running behavior_0 pupil_x pupil_y"}} {
		arrays := maps.Clone(arrays)
		if c.named {
			arrays["covariates"], arrays["covariate_names"] = array.New(speed[:12]), array.New([]string{"running"})
		}
		path := filepath.Join(t.TempDir(), "rec.npz")
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		d, err := formats.OpenRaw("npz:" + path)
		if err != nil {
			t.Fatal(err)
		}
		width := len(d.Train.Covariates.Names)
		if got := strings.Join(d.Train.Covariates.Names, " "); got != c.names || d.Train.Covariates.Values[width] != 2 || d.Val.Covariates.Values[0] != 6 {
			t.Errorf("%s: training %v, validation %v", got, d.Train.Covariates.Values, d.Val.Covariates.Values)
		}
		// The second repeat of the first test image is trial 5, the third of the second image is missing.
		if v := d.Test.Covariates.Values; len(v) != 3*2*width || v[2*width] != 5 || !math.IsNaN(float64(v[5*width])) {
			t.Errorf("test %v", v)
		}
	}
}
