package onnx

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"github.com/gomlx/compute"
	backend "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/weights"
)

// Names of the model's inputs and output. A model of images alone has no Covariates.
const (
	Images     = "images"
	Covariates = "covariates"
	Rates      = "rates"
)

// libraryEnv is the variable in which github.com/gomlx/compute-onnx looks for the path of ONNX Runtime.
const libraryEnv = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// Write writes the best weights of a run as an ONNX model that takes batch images at a time. library is the path of ONNX Runtime. The
// file appears whole or not at all.
func Write(library string, run *fitted.Run, batch int, path string) error {
	if batch < 1 {
		return fmt.Errorf("onnx: %d images at a time; at least 1 is needed", batch)
	}
	w, err := run.Weights()
	if err != nil {
		return err
	}
	config := run.Config
	config.Core.Evaluation = nil // plain convolutions
	m, err := v1model.New(config, run.Dataset.Shape)
	if err != nil {
		return err
	}
	b, err := open(library)
	if err != nil {
		return err
	}
	exec, err := graph.NewExec(b, func(in []*graph.Node) *graph.Node {
		images, known := in[0], (*graph.Node)(nil)
		if m.Behaves() {
			known = in[1]
		}
		g, nodes := images.Graph(), weights.Nodes{}
		for _, s := range m.Specs() {
			nodes[s.Name] = graph.Reshape(graph.Const(g, w.Float32(s.Name)), s.Shape...)
		}
		switch n := run.Dataset.Normalisation; {
		case n == nil:
		case n.Method == datasets.Pixel:
			size := images.Shape().Dimensions[1:]
			of := func(values []float64) *graph.Node {
				c := graph.ConvertDType(graph.Const(g, values), images.DType())
				return graph.ExpandAxes(graph.Reshape(c, size...), 0)
			}
			images = graph.Div(graph.Sub(images, of(n.PixelMean)), of(n.PixelSD))
		default:
			images = graph.DivScalar(graph.AddScalar(images, -n.ImageMean), n.ImageSD)
		}
		return m.ForwardAt(nodes, images, known, false).Rates()
	})
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	defer exec.Finalize()
	s := run.Dataset.Shape
	names, takes := []string{Images}, []shapes.Shape{shapes.Make(dtypes.Float32, batch, s.Height, s.Width, s.Channels)}
	if m.Behaves() {
		names, takes = append(names, Covariates), append(takes, shapes.Make(dtypes.Float32, batch, len(config.Covariates())))
	}
	compiled, err := exec.Compile(takes...)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	var content bytes.Buffer
	if err := backend.SaveModel(b, compiled.Executable(), &content, names, []string{Rates}); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	if err := durable.WriteFile(path, content.Bytes(), 0o666); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}

// Run runs a model written by Write in ONNX Runtime, on as many images as it takes at a time, and returns rates [images, neurons]. covariates are
// [images, covariates], nil for a model of images alone. It checks the file independently of the backend that fitted the model.
func Run(library, path string, images datasets.Images, covariates []float32) (datasets.Responses, error) {
	b, err := open(library)
	if err != nil {
		return datasets.Responses{}, err
	}
	file, err := os.Open(path)
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("onnx: %w", err)
	}
	defer file.Close()
	program, err := backend.LoadModel(b, file)
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("onnx: %s: %w", path, err)
	}
	defer program.Finalize()
	inputs := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(images.Pixels, images.N, images.Height, images.Width, images.Channels)}
	if covariates != nil {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(covariates, images.N, len(covariates)/images.N))
	}
	_, takes := program.Inputs()
	found := make([]shapes.Shape, len(inputs))
	for i, t := range inputs {
		found[i] = t.Shape()
	}
	if !slices.EqualFunc(takes, found, shapes.Shape.Equal) {
		return datasets.Responses{}, fmt.Errorf("onnx: %s: takes %v, found %v", path, takes, found)
	}
	buffers := make([]compute.Buffer, len(inputs))
	for i, t := range inputs {
		if buffers[i], err = t.Buffer(b, 0); err != nil {
			return datasets.Responses{}, fmt.Errorf("onnx: %w", err)
		}
	}
	outputs, err := program.Execute(buffers, make([]bool, len(buffers)), 0)
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("onnx: %s: %w", path, err)
	}
	rates, err := tensors.FromBuffer(outputs[0])
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("onnx: %w", err)
	}
	values, err := tensors.CopyFlatData[float32](rates)
	if err != nil {
		return datasets.Responses{}, fmt.Errorf("onnx: %w", err)
	}
	return datasets.Responses{N: images.N, Neurons: len(values) / images.N, Values: values}, nil
}

// open opens ONNX Runtime on the CPU. A process keeps the library that it opened first.
func open(library string) (*backend.Backend, error) {
	if err := os.Setenv(libraryEnv, library); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	opened, err := backend.New("cpu")
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", library, err)
	}
	b, ok := opened.(*backend.Backend)
	if !ok {
		return nil, fmt.Errorf("onnx: the backend is %T", opened)
	}
	b.SetKeepModelProto(true)
	return b, nil
}
