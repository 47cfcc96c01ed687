package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Split records how a list of images was divided, so that the division can be repeated.
// Indices count from 0 in the list that was divided, ascending unless the file gives the order.
type Split struct {
	From       string  `json:"from,omitempty"`       // arrays of the file that divide the images; empty if all was drawn
	Seed       uint64  `json:"seed"`                 // of the random split
	ValShare   float64 `json:"val_share"`            // share of the images in the validation part, 0 if it was not drawn
	TestShare  float64 `json:"test_share"`           // share of the images in the test part, 0 if it was not drawn
	TrainIndex []int   `json:"train_index"`          // indices of the images before the split
	ValIndex   []int   `json:"val_index"`            // likewise
	TestIndex  []int   `json:"test_index,omitempty"` // likewise
}

// splitStream separates the random numbers for splits from other uses of the same seed.
const splitStream = 0x5350_4c49_54

// NewSplit divides images at random into training, validation and test parts of about the given shares.
// Images that are equal pixel by pixel go to the same part, so that no part contains an image of another.
// Every requested part gets at least one image; if that is impossible, NewSplit returns an error.
func NewSplit(images Images, valShare, testShare float64, seed uint64) (*Split, error) {
	return divide(equalImages(images), "different images", images.N, valShare, testShare, seed)
}

// NewSplitOfGroups is NewSplit for images in groups that stay together, such as the patches of one photograph: image i is of group of[i]. Groups with an
// equal image stay together, too.
func NewSplitOfGroups(images Images, of []int, valShare, testShare float64, seed uint64) (*Split, error) {
	if len(of) != images.N {
		return nil, fmt.Errorf("split: groups of %d images, want one for each of %d", len(of), images.N)
	}
	first := map[int]int{} // group -> where it is in groups
	var groups [][]int
	for i, g := range of {
		if _, known := first[g]; !known {
			first[g] = len(groups)
			groups = append(groups, nil)
		}
		groups[first[g]] = append(groups[first[g]], i)
	}
	for _, equal := range equalImages(images) {
		to := first[of[equal[0]]]
		for _, i := range equal[1:] {
			from := first[of[i]]
			if from == to {
				continue
			}
			for _, member := range groups[from] {
				first[of[member]] = to
			}
			groups[to], groups[from] = append(groups[to], groups[from]...), nil
		}
	}
	groups = slices.DeleteFunc(groups, func(g []int) bool { return g == nil })
	return divide(groups, "groups of images", images.N, valShare, testShare, seed)
}

// divide draws groups of n images for the parts; what names the groups.
func divide(groups [][]int, what string, n int, valShare, testShare float64, seed uint64) (*Split, error) {
	if !(valShare > 0 && testShare >= 0 && valShare+testShare < 1) {
		return nil, fmt.Errorf("split: shares of validation %v and test %v, want above 0 and together below 1", valShare, testShare)
	}
	parts := 2
	if testShare > 0 {
		parts = 3
	}
	if len(groups) < parts {
		return nil, fmt.Errorf("split: %d %s among %d, want at least %d", len(groups), what, n, parts)
	}
	rng := rand.New(rand.NewPCG(seed, splitStream))
	rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })

	s := &Split{Seed: seed, ValShare: valShare, TestShare: testShare}
	take := func(share float64, leave int) (index []int) {
		want := max(1, int(math.Round(share*float64(n))))
		for len(index) < want && len(groups) > leave {
			index = append(index, groups[0]...)
			groups = groups[1:]
		}
		return index
	}
	if testShare > 0 {
		s.TestIndex = take(testShare, 2)
	}
	s.ValIndex = take(valShare, 1)
	s.TrainIndex = slices.Concat(groups...)
	slices.Sort(s.TrainIndex)
	slices.Sort(s.ValIndex)
	slices.Sort(s.TestIndex)
	return s, nil
}

// Divide makes the parts that s describes of images and one response vector per image. Indices must be below images.N. The test part has a
// single repeat. The result has no Split.
func (s *Split) Divide(all Part) *Dataset {
	test := all.Pick(s.TestIndex)
	return &Dataset{
		Train: all.Pick(s.TrainIndex),
		Val:   all.Pick(s.ValIndex),
		Test: TestPart{
			Images:     test.Images,
			Responses:  Repeats{Repeats: 1, N: test.Responses.N, Neurons: test.Responses.Neurons, Values: test.Responses.Values},
			Covariates: test.Covariates,
		},
	}
}

// FromPairs makes a dataset from images and one response vector per image: 80 % for training, 10 % for validation
// and 10 % for testing with a single repeat. It records the division in Dataset.Split.
func FromPairs(images Images, responses Responses, seed uint64) (*Dataset, error) {
	if images.N != responses.N {
		return nil, fmt.Errorf("split: %d images and responses to %d", images.N, responses.N)
	}
	s, err := NewSplit(images, 0.1, 0.1, seed)
	if err != nil {
		return nil, err
	}
	d := s.Divide(Part{Images: images, Responses: responses})
	d.Split = s
	return d, nil
}

// SplitValidation moves a share of d's training part into its empty validation part and records the images in d.Split.
func SplitValidation(d *Dataset, share float64, seed uint64) error {
	if d.Val.Images.N != 0 || d.Val.Responses.N != 0 {
		return fmt.Errorf("split: the dataset has a validation part of %d images already", d.Val.Images.N)
	}
	all := d.Train
	if all.Images.N != all.Responses.N {
		return fmt.Errorf("split: %d training images and responses to %d", all.Images.N, all.Responses.N)
	}
	if d.Sessions != nil {
		return d.splitSessions(share, seed)
	}
	if c := all.Covariates; len(c.Values) != all.Images.N*len(c.Names) {
		return fmt.Errorf("split: %d values of %d covariates to %d training images", len(c.Values), len(c.Names), all.Images.N)
	}
	s, err := NewSplit(all.Images, share, 0, seed)
	if err != nil {
		return err
	}
	d.Train, d.Val, d.Split = all.Pick(s.TrainIndex), all.Pick(s.ValIndex), s
	if d.Truth != nil && d.Truth.Train != nil {
		truth := *d.Truth
		truth.Train = nil // it is of all trials
		d.Truth = &truth
	}
	return nil
}

// splitSessions is SplitValidation of several sessions, which divides the images of all.
func (d *Dataset) splitSessions(share float64, seed uint64) error {
	s, err := NewSplit(d.Train.Images, share, 0, seed)
	if err != nil {
		return err
	}
	first, sessions := 0, make([]*Dataset, len(d.Sessions))
	for k, session := range d.Sessions {
		own, n := *session, session.Train.Images.N
		own.Train, own.Val = session.Train.Pick(Within(s.TrainIndex, first, n)), session.Train.Pick(Within(s.ValIndex, first, n))
		sessions[k] = &own
		first += n
	}
	d.Sessions, d.Split = sessions, s
	d.Gather()
	return nil
}

// Within returns the indices from first up to first+n, counted from first.
func Within(index []int, first, n int) []int {
	within := []int{}
	for _, i := range index {
		if i >= first && i < first+n {
			within = append(within, i-first)
		}
	}
	return within
}

// Pick copies the images at the indices with their responses and covariates.
func (all Part) Pick(index []int) Part {
	p := all
	p.Images.N, p.Responses.N = len(index), len(index)
	p.Images.Pixels = make([]float32, 0, len(index)*all.Images.Size())
	p.Responses.Values = make([]float32, 0, len(index)*all.Responses.Neurons)
	width := len(all.Covariates.Names)
	p.Covariates.Values = nil
	for _, i := range index {
		p.Images.Pixels = append(p.Images.Pixels, all.Images.At(i)...)
		p.Responses.Values = append(p.Responses.Values, all.Responses.At(i)...)
		p.Covariates.Values = append(p.Covariates.Values, all.Covariates.Values[i*width:(i+1)*width]...)
	}
	return p
}

// equalImages groups images that are equal pixel by pixel, in the order of their first member.
func equalImages(images Images) [][]int {
	var groups [][]int
	byHash := map[uint64][]int{} // hash -> groups
next:
	for i := range images.N {
		h := hashOf(images.At(i))
		for _, g := range byHash[h] {
			if slices.Equal(images.At(groups[g][0]), images.At(i)) {
				groups[g] = append(groups[g], i)
				continue next
			}
		}
		byHash[h] = append(byHash[h], len(groups))
		groups = append(groups, []int{i})
	}
	return groups
}

// hashOf is FNV-1a over float32 values instead of bytes, which is faster. Callers compare values of equal hash.
func hashOf(values []float32) uint64 {
	h := uint64(14695981039346656037)
	for _, v := range values {
		h = mix(h, v)
	}
	return h
}

func mix(h uint64, v float32) uint64 {
	h = (h ^ uint64(math.Float32bits(v+0))) * 1099511628211 // +0 makes -0 equal 0
	return h ^ h>>32
}
