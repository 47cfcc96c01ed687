package nwb2

import (
	"fmt"
	"slices"

	"v1lab/datasets"
)

const (
	valShare  = 0.1  // of the images that are not for testing
	testShare = 0.15 // of images that were all shown several times: about what the Allen Institute's 18 of 118 are
)

// recording is what was read from a file.
type recording struct {
	stimulus   *stimulus
	images     datasets.Images
	population population
	covariates datasets.Covariates // [presentations, names]
	*file
}

// dataset groups presentations by image. Images that were never shown are left out.
func (r recording) dataset(w wishes) (*datasets.Dataset, error) {
	of := make([][]int, r.images.N) // presentations of each image, counted without blanks, in the order of time
	n := 0
	for _, image := range r.stimulus.shown {
		if image >= 0 {
			of[image] = append(of[image], n)
			n++
		}
	}
	var shown []int
	for image := range of {
		if len(of[image]) > 0 {
			shown = append(shown, image)
		}
	}
	r.images = arrange(r.images, shown)
	list := make([][]int, len(shown))
	for i, image := range shown {
		list[i] = of[image]
	}
	split, err := r.split(list, w)
	if err != nil {
		return nil, r.fault(r.stimulus.path, "%w", err)
	}
	// One buffer holds the pictures of all parts, one part after the other.
	r.images = arrange(r.images, slices.Concat(split.TrainIndex, split.ValIndex, split.TestIndex))
	at := 0
	next := func(n int) datasets.Images {
		im := r.images
		im.N, im.Pixels = n, r.images.Pixels[at*im.Size():(at+n)*im.Size():(at+n)*im.Size()]
		at += n
		return im
	}
	d := &datasets.Dataset{Split: split, Neurons: r.population.neurons}
	d.Train = r.averages(next(len(split.TrainIndex)), list, split.TrainIndex)
	d.Val = r.averages(next(len(split.ValIndex)), list, split.ValIndex)
	most := 0
	for _, i := range split.TestIndex {
		most = max(most, len(list[i]))
	}
	if err := r.file.afford("repeats", most*len(split.TestIndex), d.NumNeurons()); err != nil {
		return nil, err // a place for every image in every repeat
	}
	d.Test = r.repeats(next(len(split.TestIndex)), list, split.TestIndex, most)
	return d, nil
}

// split divides the images. Indices count the images that were shown.
func (r recording) split(of [][]int, w wishes) (*datasets.Split, error) {
	n := r.images.N
	if n < 3 {
		return nil, fmt.Errorf("%d images were shown, want at least 3", n)
	}
	if w.test > n-2 {
		return nil, fmt.Errorf("%d images for testing of %d, want option test to leave at least 2", w.test, n)
	}
	if r.stimulus.parts != nil {
		return r.told(of, w)
	}
	var once, repeated []int
	for i, list := range of {
		if len(list) > 1 {
			repeated = append(repeated, i)
		} else {
			once = append(once, i)
		}
	}
	if w.test > 0 || len(repeated) == 0 || len(repeated) > len(once) || len(once) < 2 {
		share := testShare
		if w.test > 0 {
			share = float64(w.test) / float64(n)
		}
		return datasets.NewSplit(r.images, valShare*(1-share), share, w.seed)
	}
	drawn, err := r.drawValidation(once, w.seed)
	if err != nil {
		return nil, err
	}
	drawn.TestIndex = repeated
	return drawn, nil
}

// told divides the images as the stimulus says; without a validation part one is drawn.
func (r recording) told(of [][]int, w wishes) (*datasets.Split, error) {
	if w.test > 0 {
		return nil, fmt.Errorf("option test has no effect: column %s divides the images; accepted: option split=none beside it", r.stimulus.from)
	}
	var parts []string // of presentations without blanks
	for i, k := range r.stimulus.shown {
		if k >= 0 {
			parts = append(parts, r.stimulus.parts[i])
		}
	}
	split := &datasets.Split{From: r.stimulus.from}
	to := map[string]*[]int{"train": &split.TrainIndex, "val": &split.ValIndex, "test": &split.TestIndex}
	for image, list := range of {
		part := parts[list[0]]
		for _, k := range list {
			if parts[k] != part {
				return nil, fmt.Errorf("column %s: an image is in the parts %s and %s (presentations %d and %d), want it in one", r.stimulus.from, part, parts[k], list[0], k)
			}
		}
		*to[part] = append(*to[part], image)
	}
	if split.ValIndex != nil {
		return split, nil
	}
	drawn, err := r.drawValidation(split.TrainIndex, w.seed)
	if err != nil {
		return nil, err
	}
	split.TrainIndex, split.ValIndex, split.Seed, split.ValShare = drawn.TrainIndex, drawn.ValIndex, w.seed, valShare
	return split, nil
}

// drawValidation divides the images at the indices into training and validation.
func (r recording) drawValidation(index []int, seed uint64) (*datasets.Split, error) {
	// They come to the front of the buffer and go back, so that no copy is needed.
	order := slices.Clone(index)
	chosen := make([]bool, r.images.N)
	for _, i := range index {
		chosen[i] = true
	}
	for i, c := range chosen {
		if !c {
			order = append(order, i)
		}
	}
	back := make([]int, r.images.N)
	for place, i := range order {
		back[i] = place
	}
	rest := arrange(r.images, order)
	defer func() { arrange(rest, back) }()
	front := rest
	front.N, front.Pixels = len(index), rest.Pixels[:len(index)*rest.Size()]
	drawn, err := datasets.NewSplit(front, valShare, 0, seed)
	if err != nil {
		return nil, err
	}
	for _, part := range [][]int{drawn.TrainIndex, drawn.ValIndex} {
		for i, k := range part {
			part[i] = index[k]
		}
	}
	return drawn, nil
}

// arrange keeps the images at index, in its order, in the buffer of im. index has no number twice.
func arrange(im datasets.Images, index []int) datasets.Images {
	size := im.Size()
	at := make([]int, im.N)   // where image i is now
	here := make([]int, im.N) // which image is at place p
	for i := range at {
		at[i], here[i] = i, i
	}
	spare := make([]float32, size)
	for to, i := range index {
		from := at[i]
		if from == to {
			continue
		}
		a, b := im.Pixels[to*size:(to+1)*size], im.Pixels[from*size:(from+1)*size]
		copy(spare, a)
		copy(a, b)
		copy(b, spare)
		other := here[to]
		at[i], at[other] = to, from
		here[to], here[from] = i, other
	}
	im.N, im.Pixels = len(index), im.Pixels[:len(index)*size]
	return im
}

// averages returns the images at index with their mean responses and covariates.
func (r recording) averages(images datasets.Images, of [][]int, index []int) datasets.Part {
	neurons, names := len(r.population.neurons), len(r.covariates.Names)
	p := datasets.Part{Images: images, Responses: datasets.Responses{N: len(index), Neurons: neurons, Values: make([]float32, len(index)*neurons)}}
	p.Covariates.Names = r.covariates.Names
	if names > 0 {
		p.Covariates.Values = make([]float32, len(index)*names)
	}
	for i, image := range index {
		means(p.Responses.At(i), r.population.values, of[image])
		means(p.Covariates.Values[i*names:(i+1)*names], r.covariates.Values, of[image])
	}
	return p
}

// means writes the means over rows of a table to out; missing values are left out.
func means(out, table []float32, rows []int) {
	for c := range out {
		sum, n := 0.0, 0
		for _, row := range rows {
			if v := table[row*len(out)+c]; v == v {
				sum += float64(v)
				n++
			}
		}
		out[c] = float32(sum / float64(n)) // 0/0 gives NaN where nothing was recorded
	}
}

// repeats returns the images at index with every presentation, in the order of time.
func (r recording) repeats(images datasets.Images, of [][]int, index []int, most int) datasets.TestPart {
	neurons, names := len(r.population.neurons), len(r.covariates.Names)
	t := datasets.TestPart{Images: images, Responses: datasets.Repeats{Repeats: most, N: len(index), Neurons: neurons}}
	t.Responses.Values = slices.Repeat([]float32{missing}, most*len(index)*neurons)
	t.Covariates.Names = r.covariates.Names
	if names > 0 {
		t.Covariates.Values = slices.Repeat([]float32{missing}, most*len(index)*names)
	}
	for i, image := range index {
		for k, row := range of[image] {
			copy(t.Responses.At(k, i), r.population.values[row*neurons:(row+1)*neurons])
			copy(t.Covariates.Values[(k*len(index)+i)*names:], r.covariates.Values[row*names:(row+1)*names])
		}
	}
	return t
}
