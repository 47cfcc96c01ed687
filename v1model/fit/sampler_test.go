package fit

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"v1lab/v1model/golden"
)

// deal lists the batches of the next n steps as the training step takes them.
func deal(s *sampler, batch, n int) (rows [][]int32) {
	if s.order == nil {
		s.order = s.permute(s.Epoch)
	}
	for range n {
		rows = append(rows, s.order[s.Position:s.Position+batch])
		s.advance(batch)
	}
	return rows
}

func TestEveryEpochIsAPermutation(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		images := rapid.IntRange(1, 60).Draw(r, "images")
		batch := rapid.IntRange(1, images).Draw(r, "batch")
		seed := rapid.Uint64().Draw(r, "seed")
		perEpoch := images / batch // the incomplete last batch is dropped
		s := newSampler(images, batch, seed)
		var all [][]int32
		for epoch := range 3 {
			rows := deal(s, batch, perEpoch)
			all = append(all, rows...)
			if s.Epoch != epoch+1 || s.Position != 0 {
				r.Fatalf("after %d epochs of %d batches: epoch %d, position %d", epoch+1, perEpoch, s.Epoch, s.Position)
			}
			seen := map[int32]bool{}
			for _, i := range slices.Concat(rows...) {
				if i < 0 || int(i) >= images || seen[i] {
					r.Fatalf("image %d of %d dealt out of range or twice in an epoch: %v", i, images, rows)
				}
				seen[i] = true
			}
			if len(seen) != perEpoch*batch {
				r.Fatalf("%d images dealt, want %d batches of %d", len(seen), perEpoch, batch)
			}
		}
		// A place in the sequence is two numbers.
		steps := rapid.IntRange(0, len(all)-1).Draw(r, "steps")
		on := newSampler(images, batch, seed)
		on.Epoch, on.Position = steps/perEpoch, steps%perEpoch*batch
		if rest := deal(on, batch, len(all)-steps); !slices.EqualFunc(rest, all[steps:], slices.Equal) {
			r.Fatalf("from step %d on: %v, want %v", steps, rest, all[steps:])
		}
	})
}

func TestEpochsAndSeedsDiffer(t *testing.T) {
	a, b := newSampler(40, 10, 1), newSampler(40, 10, 2)
	one, two := deal(a, 10, 8), deal(b, 10, 4)
	if slices.EqualFunc(one[:4], one[4:], slices.Equal) {
		t.Error("two epochs have the same order")
	}
	if slices.EqualFunc(one[:4], two, slices.Equal) {
		t.Error("two seeds have the same order")
	}
}

// Given the reference's permutations, the sampler deals the reference's batches: 30 images in batches of 7, nine of them.
func TestBatchesEqualReference(t *testing.T) {
	f := golden.Open(t, "../../datasets/testdata/preprocess_float32.npz")
	const images, batch = 30, 7
	permutations := f.Ints("minibatch.perms_seed5")
	s := newSampler(images, batch, 0)
	length := len(s.permute(0)) // how much of a permutation is used
	s.permute = func(epoch int) []int32 {
		order := make([]int32, length)
		for i := range order {
			order[i] = int32(permutations[epoch%3*images+i]) // the epoch after the last is begun, not dealt
		}
		return order
	}
	var got []int
	for _, rows := range deal(s, batch, 9) {
		for _, i := range rows {
			got = append(got, int(i))
		}
	}
	if want := f.Ints("minibatch.idx_batch7"); !slices.Equal(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
}
