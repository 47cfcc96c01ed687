package prepare

import (
	"errors"
	"slices"

	"v1lab/datasets"
)

// keep drops all neurons except those at the indices kept, and the images and repeats with which none of these was recorded. Sessions without any of them
// are dropped; it is an error if neurons of several sessions are not in the order of the sessions.
func keep(d *datasets.Dataset, kept []int) error {
	if d.Sessions == nil {
		keepBlock(d, kept)
		dropUnknown(d)
		return nil
	}
	var inOrder []int
	var of [][]int
	first := 0
	for _, s := range d.Sessions {
		var own []int
		for _, j := range kept {
			if j >= first && j < first+s.NumNeurons() {
				own, inOrder = append(own, j-first), append(inOrder, j)
			}
		}
		of = append(of, own)
		first += s.NumNeurons()
	}
	if !slices.Equal(inOrder, kept) {
		return errors.New("option neurons: neurons of several sessions in another order than the sessions; accepted: those of the first session first, and so on")
	}
	if t := d.Truth; t != nil {
		d.Truth = truthOf(t, kept)
	}
	d.Normalisation = normalisationOf(d.Normalisation, kept)
	changeSessions(d, func(k int, s *datasets.Dataset) bool {
		if len(of[k]) > 0 {
			keepBlock(s, of[k])
		}
		return len(of[k]) > 0
	})
	dropUnknown(d)
	return nil
}

// changeSessions calls change with a copy of each session, which has its part of the record of d's split. Those for which it returns false are dropped. If
// one is left, it is the whole recording.
func changeSessions(d *datasets.Dataset, change func(k int, s *datasets.Dataset) bool) {
	var kept []*datasets.Dataset
	var split datasets.Split
	var at [3]int
	part := func(index []int, p, n int) []int {
		at[p] += n
		if len(index) < at[p] {
			return nil
		}
		return slices.Clone(index[at[p]-n : at[p]])
	}
	for k, s := range d.Sessions {
		own := *s
		if d.Split != nil {
			own.Split = &datasets.Split{TrainIndex: part(d.Split.TrainIndex, 0, s.Train.Responses.N), ValIndex: part(d.Split.ValIndex, 1, s.Val.Responses.N), TestIndex: part(d.Split.TestIndex, 2, s.Test.Responses.N)}
		}
		if !change(k, &own) {
			continue
		}
		if own.Split != nil {
			split.TrainIndex, split.ValIndex, split.TestIndex = append(split.TrainIndex, own.Split.TrainIndex...), append(split.ValIndex, own.Split.ValIndex...), append(split.TestIndex, own.Split.TestIndex...)
			own.Split = nil
		}
		kept = append(kept, &own)
	}
	if d.Split != nil {
		whole := *d.Split
		whole.TrainIndex, whole.ValIndex, whole.TestIndex = split.TrainIndex, split.ValIndex, split.TestIndex
		d.Split = &whole
	}
	if d.Sessions = kept; len(kept) > 1 {
		d.Gather()
		return
	}
	one := kept[0]
	d.Sessions, d.Train, d.Val, d.Test, d.Neurons = nil, one.Train, one.Val, one.Test, one.Neurons
	for _, images := range []*datasets.Images{&d.Train.Images, &d.Val.Images, &d.Test.Images} {
		images.Pixels = slices.Clone(images.Pixels) // frees those of the others
	}
}

// keepBlock is keep for one session.
func keepBlock(d *datasets.Dataset, kept []int) {
	d.Train.Responses, d.Val.Responses = columns(d.Train.Responses, kept), columns(d.Val.Responses, kept)
	test := &d.Test.Responses
	all := columns(datasets.Responses{N: test.Repeats * test.N, Neurons: test.Neurons, Values: test.Values}, kept)
	test.Neurons, test.Values = len(kept), all.Values
	for _, averages := range []*datasets.Responses{&d.Test.Reported, &d.Test.Expected} {
		if averages.Values != nil {
			*averages = columns(*averages, kept)
		}
	}
	if d.Neurons != nil {
		d.Neurons = at(d.Neurons, kept)
	}
	if t := d.Truth; t != nil {
		d.Truth = truthOf(t, kept)
	}
	d.Normalisation = normalisationOf(d.Normalisation, kept)

	var split datasets.Split
	if d.Split != nil {
		split = *d.Split
		d.Split = &split
	}
	split.TrainIndex = recordedRows(&d.Train, split.TrainIndex)
	split.ValIndex = recordedRows(&d.Val, split.ValIndex)
	split.TestIndex = recordedTests(&d.Test, split.TestIndex)
}

func truthOf(t *datasets.Truth, kept []int) *datasets.Truth {
	return &datasets.Truth{TypeNames: t.TypeNames, Type: at(t.Type, kept), Orientation: at(t.Orientation, kept), X: at(t.X, kept), Y: at(t.Y, kept)}
}

func normalisationOf(whole *datasets.Normalisation, kept []int) *datasets.Normalisation {
	if whole == nil {
		return nil
	}
	n := *whole
	n.ResponseSD, n.Unscaled = at(n.ResponseSD, kept), n.Unscaled.Keep(kept)
	return &n
}

// dropUnknown drops covariates that are NaN throughout, which belong to other sessions.
func dropUnknown(d *datasets.Dataset) {
	all := []*datasets.Covariates{&d.Train.Covariates, &d.Val.Covariates, &d.Test.Covariates}
	for _, s := range d.Sessions {
		all = append(all, &s.Train.Covariates, &s.Val.Covariates, &s.Test.Covariates)
	}
	var known []int
	names := len(all[0].Names)
	for k := range names {
		for _, c := range all {
			for i := k; i < len(c.Values) && len(c.Names) == names; i += names {
				if v := c.Values[i]; v == v && !slices.Contains(known, k) {
					known = append(known, k)
				}
			}
		}
	}
	if len(known) == names {
		return
	}
	for _, c := range all {
		if len(known) == 0 {
			*c = datasets.Covariates{}
		} else if n := len(c.Names); n == names {
			kept := columns(datasets.Responses{N: len(c.Values) / n, Neurons: n, Values: c.Values}, known)
			*c = datasets.Covariates{Names: at(c.Names, known), Values: kept.Values}
		}
	}
}

// recordedRows drops the images of p with which no neuron was recorded, and their entries in the record of the split.
func recordedRows(p *datasets.Part, split []int) []int {
	r := &p.Responses
	var there []int
	for i := range r.N {
		if recorded(r.At(i)) {
			there = append(there, i)
		}
	}
	if len(there) == r.N {
		return split
	}
	return keepRows(p, there, split)
}

// keepRows keeps the images of p at the given indices, and their entries in the record of the split.
func keepRows(p *datasets.Part, there, split []int) []int {
	r := &p.Responses
	n := r.N
	if p.Images.N > 0 { // training images may be missing
		p.Images.Pixels = rows(p.Images.Pixels, n, there)
		p.Images.N = len(there)
	}
	r.Values = rows(r.Values, n, there)
	p.Covariates.Values = rows(p.Covariates.Values, n, there)
	r.N = len(there)
	if len(split) == n {
		return at(split, there)
	}
	return split
}

func recordedTests(p *datasets.TestPart, split []int) []int {
	r := &p.Responses
	var there []int
	repeats := 0
	for i := range r.N {
		shown := false
		for repeat := range r.Repeats {
			if recorded(r.At(repeat, i)) {
				shown = true
				repeats = max(repeats, repeat+1)
			}
		}
		if shown {
			there = append(there, i)
		}
	}
	if len(there) == r.N && (repeats == r.Repeats || r.N == 0) {
		return split
	}
	return keepTests(p, there, repeats, split)
}

// keepTests keeps the images of p at the given indices and the first repeats, and their entries in the record of the split.
func keepTests(p *datasets.TestPart, there []int, repeats int, split []int) []int {
	r := &p.Responses
	n := r.N
	var values, covariates []float32
	for repeat := range repeats {
		values = append(values, rows(block(r.Values, r.Repeats, repeat), n, there)...)
		covariates = append(covariates, rows(block(p.Covariates.Values, r.Repeats, repeat), n, there)...)
	}
	p.Images.Pixels = rows(p.Images.Pixels, n, there)
	p.Covariates.Values = covariates
	for _, averages := range []*datasets.Responses{&p.Reported, &p.Expected} {
		if averages.Values != nil {
			averages.Values = rows(averages.Values, n, there)
			averages.N = len(there)
		}
	}
	p.Images.N, r.N = len(there), len(there)
	r.Repeats, r.Values = repeats, values
	if len(split) == n {
		return at(split, there)
	}
	return split
}

func recorded(row []float32) bool {
	return slices.ContainsFunc(row, func(v float32) bool { return v == v })
}

// block returns one of n equal parts.
func block(values []float32, n, i int) []float32 {
	size := len(values) / n
	return values[i*size : (i+1)*size]
}

// rows copies some of n rows.
func rows(values []float32, n int, index []int) []float32 {
	size := len(values) / n
	out := make([]float32, 0, len(index)*size)
	for _, i := range index {
		out = append(out, values[i*size:(i+1)*size]...)
	}
	return out
}

// columns copies some of the neurons.
func columns(r datasets.Responses, index []int) datasets.Responses {
	out := datasets.Responses{N: r.N, Neurons: len(index), Values: make([]float32, 0, r.N*len(index))}
	for i := range r.N {
		out.Values = append(out.Values, at(r.At(i), index)...)
	}
	return out
}

func at[T any](list []T, index []int) []T {
	out := make([]T, len(index))
	for i, j := range index {
		out[i] = list[j]
	}
	return out
}
