package fit

import (
	"fmt"
	"math"
	"sort"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
)

// hostPart is the training or validation part on the host, from which rows are copied to devices: images, responses as the window of their session has
// them and, if the model takes them, covariates.
type hostPart struct {
	images     datasets.Images
	responses  []datasets.Responses // of each session
	first      []int                // first image of each session
	several    *sessions            // nil for one session
	width      int                  // neurons in a row of responses
	covariates []float32            // [images, columns]
	columns    int
}

func newHostPart(m *v1model.Model, several *sessions, data *datasets.Dataset, of func(*datasets.Dataset) datasets.Part) (*hostPart, error) {
	part := of(data)
	h := &hostPart{images: part.Images, several: several, width: data.NumNeurons(), columns: len(m.Config.Covariates())}
	if several != nil {
		h.width = several.window
	}
	first := 0
	for _, s := range data.Blocks() {
		h.responses, h.first = append(h.responses, of(s).Responses), append(h.first, first)
		first += of(s).Responses.N
	}
	var err error
	h.covariates, err = covariates.Columns(part.Covariates, m.Config.Covariates())
	return h, err
}

// bytes is the memory of all rows on a device.
func (h *hostPart) bytes() int { return 4 * h.images.N * (h.images.Size() + h.width + h.columns) }

// session returns the session of an image.
func (h *hostPart) session(image int32) int {
	return sort.Search(len(h.first), func(k int) bool { return h.first[k] > int(image) }) - 1
}

// respond copies the responses to an image to row, [width], missing where the window has another session's neurons.
func (h *hostPart) respond(image int32, row []float32) {
	k := h.session(image)
	own := h.responses[k].At(int(image) - h.first[k])
	before := 0
	if h.several != nil {
		before = int(h.several.shift[k])
	}
	missing := float32(math.NaN())
	for i := range before {
		row[i] = missing
	}
	for i := before + copy(row[before:], own); i < len(row); i++ {
		row[i] = missing
	}
}

// arrays makes tensors for n rows: images, responses and, if there are any, covariates.
func (h *hostPart) arrays(n int) []*tensors.Tensor {
	make := func(size ...int) *tensors.Tensor {
		return tensors.FromShape(shapes.Make(dtypes.Float32, append([]int{n}, size...)...))
	}
	list := []*tensors.Tensor{make(h.images.Height, h.images.Width, h.images.Channels), make(h.width)}
	if h.columns > 0 {
		list = append(list, make(h.columns))
	}
	return list
}

// fill copies the rows of the given images to the first rows of arrays.
func (h *hostPart) fill(arrays []*tensors.Tensor, images []int32) error {
	for i, t := range arrays {
		if err := h.fillOne(i, t, images); err != nil {
			return err
		}
	}
	return nil
}

// fillOne is fill for the array that arrays lists as number i.
func (h *hostPart) fillOne(i int, t *tensors.Tensor, images []int32) error {
	row := []func(image int32, to []float32){
		func(image int32, to []float32) { copy(to, h.images.At(int(image))) },
		h.respond,
		func(image int32, to []float32) { copy(to, h.covariates[int(image)*h.columns:]) },
	}[i]
	return tensors.MutableFlatData(t, func(flat []float32) {
		size := len(flat) / t.Shape().Dim(0)
		for at, image := range images {
			row(image, flat[at*size:(at+1)*size])
		}
	})
}

// upload copies all rows to a device, one array after the other, so that the host holds a copy of one at a time.
func (h *hostPart) upload(backend compute.Backend, to compute.DeviceNum) ([]*tensors.Tensor, error) {
	arrays, all := h.arrays(h.images.N), upTo(h.images.N)
	for i, t := range arrays {
		if err := h.fillOne(i, t, all); err != nil {
			return arrays, err
		}
		if err := t.ToDevice(backend, to); err != nil {
			return arrays, fmt.Errorf("data to the device: %w", err)
		}
	}
	return arrays, nil
}

// upTo returns 0 to n-1.
func upTo(n int) []int32 {
	index := make([]int32, n)
	for i := range index {
		index[i] = int32(i)
	}
	return index
}
