package fit

import (
	"fmt"

	"v1lab/v1model/weights"
)

// sampler deals images into batches: a fresh permutation for each epoch, whose incomplete last batch is dropped.
// Each epoch's permutation comes from the seed and its number alone, so that a place in the sequence is two numbers.
type sampler struct {
	Epoch    int `json:"epoch"`
	Position int `json:"position"` // of the next batch within the epoch's order

	permute func(epoch int) []int32 // a whole number of batches
	order   []int32
}

func newSampler(images, batch int, seed uint64) *sampler {
	return &sampler{permute: func(epoch int) []int32 { return Order(images, batch, seed, epoch) }}
}

// Order is the order in which an epoch, counted from 0, takes so many images, cut to a whole number of batches.
func Order(images, batch int, seed uint64, epoch int) []int32 {
	order := make([]int32, 0, images)
	for _, i := range weights.Stream(seed, fmt.Sprintf("shuffle/%d", epoch)).Perm(images) {
		order = append(order, int32(i))
	}
	return order[:images/batch*batch]
}

// advance moves on by one batch; fresh is true when a new epoch's order begins.
func (s *sampler) advance(batch int) (fresh bool) {
	s.Position += batch
	if s.Position < len(s.order) {
		return false
	}
	s.Epoch, s.Position = s.Epoch+1, 0
	s.order = s.permute(s.Epoch)
	return true
}
