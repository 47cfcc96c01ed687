package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Separate random streams for images and neurons: drawing images does not change which neurons a seed draws.
const (
	imageSubsetStream  = 0x494d_4147_45
	neuronSubsetStream = 0x4e45_5552_4f
)

// SubsetImages draws a share of n images, above 0 and at most 1, and returns their indices, ascending: about share*n, at least one.
//
// Subsets of one seed are nested: a larger share contains a smaller one, because both are prefixes of the same permutation. Images that
// are equal pixel by pixel are drawn together, so a subset may be slightly larger. images may be empty if they are not at hand; then each
// index counts as a different image.
func SubsetImages(images Images, n int, share float64, seed uint64) ([]int, error) {
	groups := make([][]int, n)
	for i := range groups {
		groups[i] = []int{i}
	}
	if images.N == n && n > 0 && images.Size() > 0 {
		groups = equalImages(images)
	}
	return subset(groups, n, share, seed, imageSubsetStream)
}

// SubsetNeurons is SubsetImages for n neurons.
func SubsetNeurons(n int, share float64, seed uint64) ([]int, error) {
	groups := make([][]int, n)
	for i := range groups {
		groups[i] = []int{i}
	}
	return subset(groups, n, share, seed, neuronSubsetStream)
}

func subset(groups [][]int, n int, share float64, seed, stream uint64) ([]int, error) {
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("a share of %v; accepted: above 0 and at most 1", share)
	}
	if n < 1 {
		return nil, fmt.Errorf("a share of none; at least 1 is needed")
	}
	rng := rand.New(rand.NewPCG(seed, stream))
	rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	want := max(1, int(math.Round(share*float64(n))))
	var index []int
	for _, g := range groups {
		if len(index) >= want {
			break
		}
		index = append(index, g...)
	}
	slices.Sort(index)
	return index, nil
}
