package table

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
)

// layout assigns trials to parts.
type layout struct {
	*content
	path       string
	train, val []int   // trials
	test       [][]int // trials of each test image in the order of repeats
	repeats    int     // largest number of repeats of an image
}

// arrange assigns the trials to parts.
func (t *content) arrange(path string) (*layout, error) {
	l := &layout{content: t, path: path}
	shown := map[string]int{}
	for _, one := range t.trials {
		shown[one.image]++
	}
	place := map[string]int{} // index of each test image
	for k, one := range t.trials {
		part := one.part
		if !t.hasSplit {
			part = "train"
			if shown[one.image] > 1 {
				part = "test"
			}
		}
		switch part {
		case "train":
			l.train = append(l.train, k)
		case "val":
			l.val = append(l.val, k)
		default:
			i, ok := place[one.image]
			if !ok {
				i = len(l.test)
				place[one.image] = i
				l.test = append(l.test, nil)
			}
			l.test[i] = append(l.test[i], k)
		}
	}
	for i, trials := range l.test {
		slices.SortStableFunc(trials, func(a, b int) int { return cmp.Compare(t.trials[a].repeat, t.trials[b].repeat) })
		for r := 1; r < len(trials); r++ {
			if a, b := t.trials[trials[r-1]], t.trials[trials[r]]; a.repeat >= 0 && a.repeat == b.repeat {
				return nil, fmt.Errorf("%s: line %d: repeat %d of picture %s is also on line %d", path, b.line, b.repeat, quoted(b.image), a.line)
			}
		}
		l.repeats = max(l.repeats, len(l.test[i]))
	}
	if !t.hasSplit && len(l.train) == 0 {
		return nil, fmt.Errorf("%s: every picture is shown more than once, want a column split that says train, val or test", path)
	}
	if t.hasSplit && (len(l.train) == 0 || len(l.test) == 0) {
		return nil, fmt.Errorf("%s: %d lines for training and %d test pictures, want some of both", path, len(l.train), len(l.test))
	}
	return l, nil
}

// load reads the images and fills the parts.
func (l *layout) load(folder string) (*datasets.Dataset, error) {
	first := make([]int, len(l.test))
	for i, trials := range l.test {
		first[i] = trials[0]
	}
	d := &datasets.Dataset{}
	pictures := newLoader(folder)
	for _, part := range []struct {
		trials []int
		images *datasets.Images
	}{{l.train, &d.Train.Images}, {l.val, &d.Val.Images}, {first, &d.Test.Images}} {
		names := make([]string, len(part.trials))
		for i, k := range part.trials {
			names[i] = l.trials[k].image
		}
		if err := pictures.plan(names, part.images); err != nil {
			return nil, fmt.Errorf("%s: %w", l.path, err)
		}
	}
	if err := pictures.load(); err != nil {
		return nil, err
	}
	neurons := len(l.neurons)
	if neurons > math.MaxInt32 || l.repeats*len(l.test) > maxValues/neurons {
		return nil, fmt.Errorf("%s: %d repeats of %d pictures to %d neurons, want at most %d values", l.path, l.repeats, len(l.test), neurons, maxValues)
	}
	d.Train.Responses, d.Val.Responses = l.responsesOf(l.train), l.responsesOf(l.val)
	r := datasets.Repeats{Repeats: l.repeats, N: len(l.test), Neurons: neurons}
	r.Values = slices.Repeat([]float32{float32(math.NaN())}, r.Repeats*r.N*neurons)
	for i, trials := range l.test {
		for repeat, k := range trials {
			copy(r.At(repeat, i), l.row(k))
		}
	}
	d.Test.Responses = r
	for _, id := range l.neurons {
		d.Neurons = append(d.Neurons, datasets.Neuron{ID: id, X: math.NaN(), Y: math.NaN(), Z: math.NaN()})
	}
	return d, nil
}

func (l *layout) row(trial int) []float32 {
	n := len(l.neurons)
	return l.responses[trial*n : (trial+1)*n]
}

func (l *layout) responsesOf(trials []int) datasets.Responses {
	r := datasets.Responses{N: len(trials), Neurons: len(l.neurons), Values: make([]float32, 0, len(trials)*len(l.neurons))}
	for _, k := range trials {
		r.Values = append(r.Values, l.row(k)...)
	}
	return r
}
