package fit

import (
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model"
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

// samplerOf divides the images of all sessions; of one session it is newSampler.
func samplerOf(data *datasets.Dataset, f v1model.Fit) *sampler {
	if data.Sessions == nil {
		return newSampler(data.Train.Images.N, f.Batch, f.Seed)
	}
	var images []int
	for _, s := range data.Sessions {
		images = append(images, s.Train.Images.N)
	}
	return &sampler{permute: func(epoch int) []int32 { return OrderOfSessions(images, f.Batch, f.Seed, epoch, f.Sessions) }}
}

// OrderOfSessions returns the order of the images in an epoch, counted from 0, of sessions with so many images each. Every batch is of one session; images
// are counted over all sessions.
//
// With v1model.Proportional, an epoch has every session's images once, but for those of its incomplete last batch, and the batches follow in random order.
// With v1model.RoundRobin, sessions take turns; an epoch has as many turns as the largest session has batches, and the others begin again, in a new order.
func OrderOfSessions(images []int, batch int, seed uint64, epoch int, how string) []int32 {
	most := 0
	for _, n := range images {
		most = max(most, n/batch)
	}
	batches := make([][][]int32, len(images)) // of each session
	first := 0
	for k, n := range images {
		want := n / batch
		if how == v1model.RoundRobin {
			want = most
		}
		for round := 0; len(batches[k]) < want; round++ {
			perm := weights.Stream(seed, fmt.Sprintf("shuffle/%d/session %d/%d", epoch, k, round)).Perm(n)
			for from := 0; from+batch <= n && len(batches[k]) < want; from += batch {
				var rows []int32
				for _, i := range perm[from : from+batch] {
					rows = append(rows, int32(first+i))
				}
				batches[k] = append(batches[k], rows)
			}
		}
		first += n
	}
	var all [][]int32
	for turn := range most {
		for _, b := range batches {
			if turn < len(b) {
				all = append(all, b[turn])
			}
		}
	}
	if how != v1model.RoundRobin {
		weights.Stream(seed, fmt.Sprintf("shuffle/%d/sessions", epoch)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	return slices.Concat(all...)
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
