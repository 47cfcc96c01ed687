package fit

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
)

const megabyte = 1_000_000

// stream brings the data of a fit from the host, batch by batch. A step then is the program of a fit whose data are on the device, with the images of one
// batch in their order, so losses and weights are the same.
type stream struct {
	batch      int
	train, val *feeder
	order      []int32 // of the images in the epoch
	position   int     // of the next batch
	chunk      int     // images of one call of the validation program
}

func newStream(backend compute.Backend, f v1model.Fit, train, val *hostPart, chunk int) *stream {
	return &stream{batch: f.Batch, chunk: chunk, train: newFeeder(backend, train, f.Batch, f.OnDevices()), val: newFeeder(backend, val, chunk, 1)}
}

// next gives the next batch to the devices and begins to bring the one after it.
func (s *stream) next(replicas []*replica) error {
	at := func(position int) []int32 { return s.order[position : position+s.batch] }
	arrays, err := s.train.feed(at(s.position))
	if err != nil {
		return err
	}
	for i, r := range replicas {
		r.train = arrays[i]
		if last := len(r.train) - 1; s.train.part.several != nil {
			r.train, r.rowSession = r.train[:last], r.train[last]
		}
		replace(&r.cursor[0], tensors.FromScalar(int32(0)))
	}
	if s.position += s.batch; s.position < len(s.order) {
		s.train.prepare(at(s.position))
	}
	return nil
}

// validation returns the arrays of chunk i, and begins to bring those of the next.
func (s *stream) validation(chunks []valChunk, i int) ([]*tensors.Tensor, error) {
	at := func(c valChunk) []int32 {
		var images []int32
		for image := c.start; image < min(c.end, c.start+int32(s.chunk)); image++ {
			images = append(images, image)
		}
		return images
	}
	arrays, err := s.val.feed(at(chunks[i]))
	if err != nil {
		return nil, err
	}
	if i+1 < len(chunks) {
		s.val.prepare(at(chunks[i+1]))
	}
	return arrays[0][:s.val.numArrays()], nil
}

func (s *stream) finalize(replicas []*replica) {
	for _, r := range replicas {
		r.train, r.rowSession = nil, nil // of the feeder
	}
	s.train.finalize()
	s.val.finalize()
}
