package prepare_test

import (
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
)

// leaking is a recording in which one validation image is a brighter training image, and two test images resemble one of train and one of val.
func leaking() *datasets.Dataset {
	d := session(1, 3, 2)
	d.Train.Images, d.Val.Images, d.Test.Images = noise(1, 5, 9, 10, 1), noise(2, 2, 9, 10, 1), noise(3, 3, 9, 10, 1)
	resemble := func(to, from []float32) {
		for p, v := range from {
			to[p] = 20 + 0.7*v + 0.01*to[p]
		}
	}
	resemble(d.Val.Images.At(1), d.Train.Images.At(3))
	resemble(d.Test.Images.At(0), d.Val.Images.At(0))
	resemble(d.Test.Images.At(2), d.Train.Images.At(4))
	d.Split = &datasets.Split{ValIndex: []int{7, 9}, TestIndex: []int{11, 12, 13}}
	return d
}

func TestCleanLeaks(t *testing.T) {
	raw := leaking()
	for _, options := range []string{"clean_leaks=true", "clean_leaks=true&train_share=0.2", "clean_leaks=true&neurons=0-2"} {
		d := leaking()
		if err := apply(d, options); err != nil {
			t.Fatal(err)
		}
		if err := d.Consistent(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Val.Responses.Values, raw.Val.Responses.At(0)) || !slices.Equal(d.Val.Images.Pixels, raw.Val.Images.At(0)) || !slices.Equal(d.Split.ValIndex, []int{7}) {
			t.Errorf("%s: val %+v, index %v", options, d.Val, d.Split.ValIndex)
		}
		if !slices.Equal(d.Test.Responses.Values, slices.Concat(raw.Test.Responses.At(0, 1), raw.Test.Responses.At(1, 1))) || !slices.Equal(d.Split.TestIndex, []int{12}) {
			t.Errorf("%s: test %+v, index %v", options, d.Test, d.Split.TestIndex)
		}
		record := d.Preparation[len(d.Preparation)-1].Clean
		if record == nil || record.OfVal != 2 || record.OfTest != 3 || !slices.Equal(record.Val, []int{0}) || !slices.Equal(record.Test, []int{1}) {
			t.Errorf("%s: record %+v", options, record)
		}
		if left := datasets.Leaks(d); len(left) > 0 {
			t.Errorf("%s: left %v", options, left)
		}
	}
	// What a model sees counts: images that are cut to the part that they share are alike.
	d := leaking()
	for p := range d.Val.Images.At(0) {
		if p%10 < 8 {
			d.Val.Images.At(0)[p] = d.Train.Images.At(0)[p]
		}
	}
	err := apply(d, "crop=0,0,9,8&clean_leaks=true")
	if err == nil || !strings.Contains(err.Error(), "option clean_leaks=true: every one of 2 val images resembles") {
		t.Errorf("cropped: %v", err)
	}
	sound := session(1, 3, 2)
	if err := apply(sound, "clean_leaks=true"); err != nil || sound.Preparation != nil || sound.Test.Images.N != 3 {
		t.Errorf("nothing to do: %v, %v", err, sound.Preparation)
	}
	if err := apply(session(1, 3, 2), "clean_leaks=yes"); err == nil || !strings.Contains(err.Error(), `option clean_leaks="yes", want true or false`) {
		t.Errorf("got %v", err)
	}
	missing := leaking()
	missing.Train.Images.N, missing.Train.Images.Pixels = 0, nil
	missing.Val = datasets.Part{}
	if err := apply(missing, "clean_leaks=true"); err == nil || !strings.Contains(err.Error(), "no training images") {
		t.Errorf("got %v", err)
	}
}
