package formats_test

import (
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/datasets/internal/elements"
)

// Recordings whose axes are in another order: an error says which order fits and the option to type, and with it the values are right.
func TestAxes(t *testing.T) {
	right, err := array.ReadNPZ(brought + "expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	channel := func(a array.Array) array.Array {
		a.Shape = append(append([]int{}, a.Shape...), 1)
		return a
	}
	for name, c := range map[string]struct {
		images, responses, tests []int // order of axes: n,h,w(,c), n,neurons and repeats,n,neurons; nil leaves them
		wrong                    string
		options                  string
	}{
		"pytorch":               {[]int{0, 3, 1, 2}, nil, nil, "as 40 images of 1 x 9 pixels, channels: 12; another order of axes fits: option channels=first", "channels=first"},
		"matlab":                {[]int{1, 2, 0}, []int{1, 0}, []int{2, 1, 0}, "option image_axes=hwn&response_axes=neurons,n,repeats", "image_axes=hwn&response_axes=neurons,n,repeats"},
		"matlab, shorter":       {[]int{1, 2, 0}, []int{1, 0}, []int{2, 1, 0}, "", "image_axes=hwn&response_axes=neurons,n"},
		"matlab, repeats first": {[]int{1, 2, 0}, []int{1, 0}, []int{0, 2, 1}, "option image_axes=hwn&response_axes=repeats,neurons,n", "image_axes=hwn&response_axes=neurons,n"},
		"images of matlab":      {[]int{1, 2, 0}, nil, nil, "option image_axes=hwn", "image_axes=hwn"},
		"responses of matlab":   {nil, []int{1, 0}, []int{2, 1, 0}, "option response_axes=neurons,n,repeats", "response_axes=neurons,n,repeats"},
		"repeats last":          {nil, nil, []int{1, 2, 0}, "and test_responses [6, 5, 3] as responses to 5; another order of axes fits: option response_axes=n,neurons,repeats", "response_axes=n,neurons,repeats"},
		"repeats in the middle": {nil, nil, []int{1, 0, 2}, "option response_axes=n,repeats,neurons", "response_axes=n,repeats,neurons"},
		"caffe of matlab":       {[]int{1, 2, 3, 0}, nil, nil, "option image_axes=hwcn", "image_axes=hwcn"},
		"theano":                {[]int{3, 0, 1, 2}, nil, nil, "option image_axes=cnhw", "image_axes=cnhw"},
		"cuda-convnet":          {[]int{3, 1, 2, 0}, []int{1, 0}, []int{2, 1, 0}, "option image_axes=chwn&response_axes=neurons,n,repeats", "image_axes=chwn&response_axes=neurons,n,repeats"},
		"julia":                 {[]int{0, 2, 1}, nil, nil, "", "image_axes=nwh"},
		"columns first, last":   {[]int{2, 1, 0}, nil, nil, "another order of axes fits: option image_axes=hwn", "image_axes=whn"},
	} {
		arrays := map[string]array.Array{}
		for key, a := range right {
			order := c.responses
			switch {
			case strings.HasSuffix(key, "images"):
				if order = c.images; len(order) == 4 {
					a = channel(a)
				}
			case key == "test_responses":
				order = c.tests
			}
			if order != nil {
				a = elements.Permute(a, order)
			}
			arrays[key] = a
		}
		path := filepath.Join(t.TempDir(), "rec.npz")
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		if _, err := formats.OpenRaw("npz:" + path); c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %v, want %s", name, err, c.wrong)
		}
		d, err := formats.OpenRaw("npz:" + path + "?" + c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := d.Test.Responses
		compare(t, name+": train_images", d.Train.Images.Pixels, right["train_images"])
		compare(t, name+": test_images", d.Test.Images.Pixels, right["test_images"])
		compare(t, name+": val_responses", d.Val.Responses.Values, right["val_responses"], d.Val.Responses.N, r.Neurons)
		compare(t, name+": test_responses", r.Values, right["test_responses"], r.Repeats, r.N, r.Neurons)
		if im := d.Train.Images; im.Height != 9 || im.Width != 12 || im.Channels != 1 {
			t.Errorf("%s: images of %s", name, im.Shape())
		}
	}
	plain := "npz:" + brought + "expected.npz"
	for options, wrong := range map[string]string{
		"image_axes=hwcn":                   "shape [6, 9, 12], which option image_axes=hwcn does not fit",
		"channels=first":                    "option channels=first has no effect: no images have 4 axes",
		"channels=first&image_axes=nhw":     "options channels=first and image_axes=nhw, want one of them",
		"image_axes=hw":                     `option image_axes="hw", want `,
		"image_axes=hwn":                    "as 12 images of 40 x 9 pixels, channels: 1, and train_responses [40, 5] as responses to 40",
		"response_axes=n":                   `option response_axes="n", want `,
		"response_axes=neurons,n":           "option response_axes=neurons,n does not say which are the repeats",
		"response_axes=repeats,neurons,n":   "as responses to 5",
		"response_axes=n,neurons,repeats":   "test_responses",
		"first_index=2":                     `option first_index="2", want 0 or 1`,
		"image_axes=nhw&response_axes=x,n":  `option response_axes="x,n"`,
		"train_images=images&channels=last": `no array "images"`,
	} {
		if _, err := formats.OpenRaw(plain + "?" + options); err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", options, err, wrong)
		}
	}
}

// What fits but is unlikely is said, unless an option says that it is meant.
func TestUnlikelyImages(t *testing.T) {
	for _, c := range []struct {
		shape         []int
		options, note string
	}{
		{[]int{40, 64, 36}, "", "tall-images"}, {[]int{40, 64, 36}, "?image_axes=nhw", ""}, {[]int{40, 64, 36}, "?image_axes=nwh", ""}, {[]int{40, 36, 64}, "", ""},
		{[]int{40, 36, 64, 12}, "", "many-channels"}, {[]int{40, 36, 64, 12}, "?image_axes=nhwc", ""}, {[]int{40, 36, 64, 3}, "", ""},
	} {
		size := 1
		for _, n := range c.shape {
			size *= n
		}
		pixels := make([]float32, size)
		for i := range pixels {
			pixels[i] = float32(i % 251)
		}
		path := filepath.Join(t.TempDir(), "rec.npz")
		if err := array.WriteNPZ(path, map[string]array.Array{"images": array.New(pixels, c.shape...), "responses": array.New(make([]float32, 80), 40, 2)}); err != nil {
			t.Fatal(err)
		}
		d, err := formats.OpenRaw("npz:" + path + c.options)
		if err != nil {
			t.Fatal(err)
		}
		if note := append(d.Notes, datasets.Finding{})[0].Code; note != c.note {
			t.Errorf("%v%s: note %q, want %q", c.shape, c.options, note, c.note)
		}
	}
}

// Indices count from 1 in MATLAB. Elsewhere that is asked.
func TestIndicesFromOne(t *testing.T) {
	right, err := array.ReadNPZ(brought + "expected.npz")
	if err != nil {
		t.Fatal(err)
	}
	d, err := formats.OpenRaw("mat:" + brought + "index.mat?image_axes=hwn&response_axes=neurons,n")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "train_images", d.Train.Images.Pixels, right["train_images"])
	compare(t, "val_responses", d.Val.Responses.Values, right["val_responses"], d.Val.Responses.N, d.NumNeurons())
	compare(t, "test_images", d.Test.Images.Pixels, right["test_images"])

	arrays := with("train", []int{1, 3, 12}, "test", []int{2})
	path := filepath.Join(t.TempDir(), "rec.npz")
	if err := array.WriteNPZ(path, arrays); err != nil {
		t.Fatal(err)
	}
	if _, err := formats.OpenRaw("npz:" + path); err == nil || !strings.Contains(err.Error(), "train: indices up to 12 and none 0, of 12 images: they seem to count from 1; accepted: option first_index=1") {
		t.Errorf("%v", err)
	}
	if d, err = formats.OpenRaw("npz:" + path + "?first_index=1"); err != nil || d.Split.TestIndex[0] != 1 || d.Test.Responses.Values[0] != 10 {
		t.Errorf("%v", err)
	}
}
