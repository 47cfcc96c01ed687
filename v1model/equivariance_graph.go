package v1model

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// coreMaps runs a core in inference mode on batches of images, each of the given shape [images, height, width, channels], and returns
// the maps of each.
func coreMaps(backend compute.Backend, c core.Core, w weights.Values, batches [][]float32, shape []int) ([][]float32, error) {
	specs := c.Specs()
	exec, err := graph.NewExec(backend, func(nodes []*graph.Node) *graph.Node {
		return c.Apply(weights.FromList(specs, nodes), nodes[len(specs)], false).Maps
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	args := make([]any, len(specs)+1)
	for i, s := range specs {
		args[i] = tensors.FromFlatDataAndDimensions(w.Float32(s.Name), s.Shape...)
	}
	var maps [][]float32
	for _, images := range batches {
		args[len(specs)] = tensors.FromFlatDataAndDimensions(images, shape...)
		outputs, err := exec.Call(args...)
		if err != nil {
			return nil, err
		}
		values, err := tensors.CopyFlatData[float32](outputs[0])
		if err != nil {
			return nil, err
		}
		maps = append(maps, values)
	}
	return maps, nil
}

// rates returns the rates of n images, [images, neurons], from the maps of a view.
func (l linear) rates(backend compute.Backend, m *Model, v view, n int) ([]float32, error) {
	neurons, channels := len(l.biases), len(l.features)/len(l.biases)
	result, err := graph.CallOnce(backend, func(nodes []*graph.Node) *graph.Node {
		maps, masks, features, biases := nodes[0], nodes[1], nodes[2], nodes[3]
		pooled := graph.Einsum("npc,kp->nkc", maps, masks)
		drive := graph.ReduceSum(graph.Mul(pooled, graph.ExpandAxes(features, 0)), -1)
		return m.Objective.Rate(graph.Add(drive, graph.ExpandAxes(biases, 0)))
	}, tensors.FromFlatDataAndDimensions(v.maps, n, v.height*v.width, channels), tensors.FromFlatDataAndDimensions(l.masks, neurons, v.height*v.width),
		tensors.FromFlatDataAndDimensions(l.features, neurons, channels), tensors.FromFlatDataAndDimensions(l.biases, neurons))
	if err != nil {
		return nil, err
	}
	return tensors.CopyFlatData[float32](result)
}
