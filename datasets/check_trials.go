package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// trialIndex finds population responses that occurred before. It skips rows of a single value, which are equal by chance.
type trialIndex struct {
	byHash   map[uint64][]indexedTrial
	repeated int // trials that equal one added before
}

type indexedTrial struct {
	values []float32
	place  [2]int
}

func newTrialIndex() *trialIndex { return &trialIndex{byHash: map[uint64][]indexedTrial{}} }

func (s *trialIndex) add(values []float32, place [2]int) {
	if !varies(values) {
		return
	}
	if _, ok := s.find(values); ok {
		s.repeated++
		return
	}
	h := hashOfRecorded(values)
	s.byHash[h] = append(s.byHash[h], indexedTrial{values, place})
}

func (s *trialIndex) find(values []float32) (place [2]int, ok bool) {
	if !varies(values) {
		return place, false
	}
	for _, candidate := range s.byHash[hashOfRecorded(values)] {
		if slices.EqualFunc(candidate.values, values, same) {
			return candidate.place, true
		}
	}
	return place, false
}

// varies reports whether at least two recorded values differ.
func varies(values []float32) bool {
	return !isFlat(values) && slices.ContainsFunc(values, func(v float32) bool { return v == v })
}

// hashOfRecorded is hashOf without the missing values: NaNs can have different bits.
func hashOfRecorded(values []float32) uint64 {
	var h uint64
	for j, v := range values {
		if v == v {
			h = mix(h^uint64(j), v)
		}
	}
	return h
}

// checkSharedTrials looks for test trials that are also training trials. In sparse recordings of few neurons rows repeat by chance; the
// training part tells how often.
func checkSharedTrials(d *Dataset) []Finding {
	train, test := d.Train.Responses, d.Test.Responses
	trained := newTrialIndex()
	for i := range train.N {
		trained.add(train.At(i), [2]int{0, i})
	}
	shared, of := 0, 0
	var first, from [2]int
	for r := range test.Repeats {
		for i := range test.N {
			if !varies(test.At(r, i)) {
				continue
			}
			of++
			if place, ok := trained.find(test.At(r, i)); ok {
				if shared == 0 {
					first, from = [2]int{r, i}, place
				}
				shared++
			}
		}
	}
	const tolerated = 0.005
	share, chance := float64(shared)/float64(max(of, 1)), float64(trained.repeated)/float64(max(train.N, 1))
	if share <= 3*chance+tolerated {
		return nil
	}
	return []Finding{{
		Severity: SeverityError, Code: "shared-trials",
		Message: fmt.Sprintf("%d of %d test trials equal a training trial in every neuron, the first: test image %d in repeat %d is train image %d", shared, of, first[1], first[0], from[1]),
		Advice:  "the parts were cut from the same trials in different ways: the score would count memory as prediction, and images may be paired with trials of others",
		Numbers: map[string]float64{"count": float64(shared), "share": share},
	}}
}

const (
	shuffles        = 40
	shuffledNeurons = 300 // how many neurons are shuffled, evenly spread; more change nothing
)

// checkAgreement checks whether repeats of one image agree better than trials of different images. If not, the trials are grouped wrongly
// or carry no signal. The agreement by chance comes from shuffling whole trials, which keeps the correlations between neurons. A trial
// changes places only with trials in which the same neurons were recorded, that is, with those of its session.
func checkAgreement(d *Dataset) []Finding {
	test := d.Test.Responses
	if test.N < 5 || test.N*test.Repeats < 20 {
		return nil // too few ways to shuffle
	}
	order := make([]int, test.N*test.Repeats)
	for k := range order {
		order[k] = k
	}
	groups := recordedAlike(test)
	step := max(1, (test.Neurons+shuffledNeurons-1)/shuffledNeurons)
	observed := sharedVariance(test, order, step)
	rng := rand.New(rand.NewPCG(1, 0x5348_5546))
	var sum, squares float64
	for range shuffles {
		for _, g := range groups {
			rng.Shuffle(len(g), func(a, b int) { order[g[a]], order[g[b]] = order[g[b]], order[g[a]] })
		}
		v := sharedVariance(test, order, step)
		sum, squares = sum+v, squares+v*v
	}
	mean := sum / shuffles
	sd := math.Sqrt(max(0, squares/shuffles-mean*mean))
	const sds = 3
	if !(observed <= mean+sds*sd) || sd == 0 {
		return nil
	}
	return []Finding{{
		Severity: SeverityWarning, Code: "repeats-disagree",
		Message: fmt.Sprintf("test_responses: repeats of one image agree no better than trials of different images (the image explains %.4f of the variance, by chance %.4f with SD %.4f)", observed, mean, sd),
		Advice:  "check that trials are grouped by image and paired with the right one; if they are, nothing can be predicted in this recording",
		Numbers: map[string]float64{"explained": observed, "chance": mean, "chance_sd": sd},
	}}
}

// recordedAlike groups the trials, numbered repeat*N + image, in which the same neurons were recorded.
func recordedAlike(test Repeats) [][]int {
	var groups [][]int
	byPattern := map[string]int{}
	pattern := make([]byte, (test.Neurons+7)/8)
	for k := range test.Repeats * test.N {
		clear(pattern)
		for j, v := range test.At(k/test.N, k%test.N) {
			if v == v {
				pattern[j/8] |= 1 << (j % 8)
			}
		}
		g, ok := byPattern[string(pattern)]
		if !ok {
			g = len(groups)
			byPattern[string(pattern)] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], k)
	}
	return groups
}

// sharedVariance returns the share of the variance over trials that the image explains, averaged over every step-th neuron. order[k] is the
// trial that takes the place of trial k, which is repeat k/N of image k%N.
func sharedVariance(test Repeats, order []int, step int) float64 {
	kept := (test.Neurons + step - 1) / step
	sums, counts := make([]float64, test.N*kept), make([]float64, test.N*kept)
	total, squares, n := make([]float64, kept), make([]float64, kept), make([]float64, kept)
	for k, from := range order {
		values, image := test.At(from/test.N, from%test.N), k%test.N
		for c := range kept {
			v := float64(values[c*step])
			if v != v {
				continue
			}
			sums[image*kept+c] += v
			counts[image*kept+c]++
			total[c] += v
			squares[c] += v * v
			n[c]++
		}
	}
	share, neurons := 0.0, 0
	for c := range kept {
		mean := total[c] / n[c]
		all, between := squares[c]-n[c]*mean*mean, 0.0
		for image := range test.N {
			if count := counts[image*kept+c]; count > 0 {
				apart := sums[image*kept+c]/count - mean
				between += count * apart * apart
			}
		}
		if all > 1e-9*squares[c] {
			share += between / all
			neurons++
		}
	}
	return share / float64(max(neurons, 1))
}
