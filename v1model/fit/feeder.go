package fit

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// feeder brings rows of a part that stays on the host to devices: those of the next step while the devices compute with the ones before. It has two sets of
// arrays, which take turns.
type feeder struct {
	backend compute.Backend
	part    *hostPart
	devices int
	sets    [2][][]*tensors.Tensor // arrays of each device, as batch lists them
	turn    int                    // the set that is filled next
	ahead   []int32                // images that it is being filled with
	done    chan error             // closed with the result of that; nil if it is not
}

// newFeeder makes arrays for n rows on each of the first devices.
func newFeeder(backend compute.Backend, part *hostPart, n, devices int) *feeder {
	f := &feeder{backend: backend, part: part, devices: devices}
	for i := range f.sets {
		for range devices {
			arrays := part.arrays(n)
			if part.several != nil {
				arrays = append(arrays, tensors.FromShape(shapes.Make(dtypes.Int32, n)))
			}
			f.sets[i] = append(f.sets[i], arrays)
		}
	}
	return f
}

// feed returns the arrays of each device with the rows of the images, of one session. They are valid until the next feed but one.
func (f *feeder) feed(images []int32) ([][]*tensors.Tensor, error) {
	ready, err := f.wait()
	if err == nil && !(ready && slices.Equal(images, f.ahead)) {
		err = f.fill(images)
	}
	if err != nil {
		return nil, fmt.Errorf("data to the device: %w", err)
	}
	arrays := f.sets[f.turn]
	f.turn = 1 - f.turn
	return arrays, nil
}

// prepare begins to fill the arrays that the next feed of these images returns, and does not wait for it.
func (f *feeder) prepare(images []int32) {
	f.ahead, f.done = images, make(chan error, 1)
	go func() { f.done <- f.fill(images) }()
}

// wait waits for what prepare began, if it did.
func (f *feeder) wait() (ready bool, err error) {
	if f.done == nil {
		return false, nil
	}
	err = <-f.done
	f.done = nil
	return true, err
}

func (f *feeder) fill(images []int32) error {
	for device, arrays := range f.sets[f.turn] {
		own := arrays
		if f.part.several != nil {
			last := len(arrays) - 1
			own = arrays[:last]
			session := int32(f.part.session(images[0]))
			if err := tensors.MutableFlatData(arrays[last], func(flat []int32) {
				for i := range flat {
					flat[i] = session
				}
			}); err != nil {
				return err
			}
		}
		if err := f.part.fill(own, images); err != nil {
			return err
		}
		for _, t := range arrays {
			if err := t.MaterializeOnDevice(f.backend, f.backend.HasSharedBuffers(), compute.DeviceNum(device)); err != nil {
				return err
			}
		}
	}
	return nil
}

// numArrays is the number of arrays of the part, which do not count that of the sessions.
func (f *feeder) numArrays() int {
	if f.part.columns > 0 {
		return 3
	}
	return 2
}

func (f *feeder) finalize() {
	_, _ = f.wait() //nolint:errcheck // the arrays are given up
	for _, set := range f.sets {
		for _, t := range slices.Concat(set...) {
			t.MustFinalizeAll()
		}
	}
}
