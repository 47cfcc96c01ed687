package ownformat_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/formats"
)

func init() {
	formats.Register(datasets.Format{
		Scheme: "raw", Example: "raw:folder?height=24&width=24",
		Reads: "a folder of `images.u8`, one byte a pixel, and `responses.f32`, one number a neuron (little-endian), both image after image",
		Options: []datasets.Option{
			{Name: "height", Default: "24", Means: "height of the images in pixels"},
			{Name: "width", Default: "24", Means: "width of the images in pixels"},
			{Name: "seed", Default: "1", Means: "seed of the division into training, validation and test part"},
		},
		Open: openRaw,
	})
}

// openRaw reads the folder at spec.Path. Its errors name the option or the file, what was found, and what is accepted.
func openRaw(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	height, width, seed := options.Int("height", 24, 1), options.Int("width", 24, 1), options.Uint64("seed", 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	bytes, err := os.ReadFile(filepath.Join(spec.Path, "images.u8"))
	if err != nil {
		return nil, err
	}
	n := len(bytes) / (height * width)
	if n == 0 || n*height*width != len(bytes) {
		return nil, fmt.Errorf("%s: images.u8: %d bytes; accepted: a multiple of %d x %d", spec.Path, len(bytes), height, width)
	}
	images := datasets.Images{N: n, Height: height, Width: width, Channels: 1, Pixels: make([]float32, len(bytes))}
	for i, b := range bytes {
		images.Pixels[i] = float32(b)
	}
	if bytes, err = os.ReadFile(filepath.Join(spec.Path, "responses.f32")); err != nil {
		return nil, err
	}
	responses := datasets.Responses{N: n, Neurons: len(bytes) / 4 / n, Values: make([]float32, len(bytes)/4)}
	if responses.Neurons == 0 || 4*n*responses.Neurons != len(bytes) {
		return nil, fmt.Errorf("%s: responses.f32: %d bytes; accepted: 4 for each neuron and each of %d images", spec.Path, len(bytes), n)
	}
	if _, err := binary.Decode(bytes, binary.LittleEndian, responses.Values); err != nil {
		return nil, fmt.Errorf("%s: responses.f32: %w", spec.Path, err)
	}
	return datasets.FromPairs(images, responses, seed)
}
