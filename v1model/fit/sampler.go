package fit

import (
	"fmt"

	"v1lab/v1model/weights"
)

// sampler divides images into batches, with a new permutation in each epoch whose incomplete last batch is dropped.
// An epoch's permutation depends on the seed and the epoch's number only, so that epoch and position describe the sampler's state.
type sampler struct {
	Epoch    int `json:"epoch"`
	Position int `json:"position"` // of the next batch within the epoch's order

	permute func(epoch int) []int32 // a whole number of batches
	order   []int32
}

func newSampler(images, batch int, seed uint64) *sampler {
	return &sampler{permute: func(epoch int) []int32 { return Order(images, batch, seed, epoch) }}
}

// Order returns the order of the images in an epoch, counted from 0, cut to a whole number of batches.
func Order(images, batch int, seed uint64, epoch int) []int32 {
	order := make([]int32, 0, images)
	for _, i := range weights.Stream(seed, fmt.Sprintf("shuffle/%d", epoch)).Perm(images) {
		order = append(order, int32(i))
	}
	return order[:images/batch*batch]
}

// advance moves the position by one batch. fresh tells whether a new epoch, with a new order, begins.
func (s *sampler) advance(batch int) (fresh bool) {
	s.Position += batch
	if s.Position < len(s.order) {
		return false
	}
	s.Epoch, s.Position = s.Epoch+1, 0
	s.order = s.permute(s.Epoch)
	return true
}
