package bench

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// withSyntheticReadout returns weights with a readout that resembles fits with an L1 penalty: masks are a spot of a few pixels with small weights everywhere
// else, and neurons use five features. A readout without masks, of positions, keeps those it starts with.
func withSyntheticReadout(m *v1model.Model, start weights.Values) weights.Values {
	w := maps.Clone(start)
	rng := weights.Stream(1, "population")
	h, wide, channels := m.Core.OutputShape()
	masks, features := make([]float32, m.Shape.Neurons*h*wide), make([]float32, m.Shape.Neurons*channels)
	for n := range m.Shape.Neurons {
		y, x := float64(h)*(0.25+0.5*rng.Float64()), float64(wide)*(0.25+0.5*rng.Float64())
		for i := range h * wide {
			dy, dx := float64(i/wide)-y, float64(i%wide)-x
			spot := 0.002 * rng.Float64()
			if d := dy*dy + dx*dx; d < 9 {
				spot += 0.3 * math.Exp(-d/3)
			}
			masks[n*h*wide+i] = float32(spot)
		}
		for range 5 {
			features[n*channels+rng.IntN(channels)] = float32(rng.NormFloat64())
		}
	}
	for name, values := range map[string][]float32{readout.Masks: masks, readout.Features: features} {
		if a, has := w[name]; has {
			a.Data = values
			w[name] = a
		}
	}
	return w
}

// setMovingAverages sets batch normalisation's moving averages to the statistics of the first batch of images, so that signals have the same size as in a
// fitted model.
func (s *server) setMovingAverages(w weights.Values) error {
	var averages []string
	specs := s.model.Specs()
	for _, spec := range specs {
		if strings.HasSuffix(spec.Name, "/moving_mean") || strings.HasSuffix(spec.Name, "/moving_variance") {
			averages = append(averages, spec.Name)
		}
	}
	exec, err := graph.NewExec(s.backend, func(nodes []*graph.Node) []*graph.Node {
		updates := s.model.Forward(weights.FromList(specs, nodes[:len(specs)]), nodes[len(specs)], true).Core.Updates
		var news []*graph.Node
		for _, name := range averages {
			news = append(news, updates[name])
		}
		return news
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	n, im := min(s.model.Config.Fit.Batch, s.data.Train.Images.N), s.data.Train.Images
	images := tensors.FromFlatDataAndDimensions(im.Pixels[:n*im.Size()], n, im.Height, im.Width, im.Channels)
	// A new average is share*old + (1-share)*batch. The results for old averages of 0 and of 1 give the batch's statistics.
	var news [2][][]float32
	for old := range news {
		started := maps.Clone(w)
		for _, spec := range specs {
			if slices.Contains(averages, spec.Name) {
				values := make([]float32, spec.Size())
				for i := range values {
					values[i] = float32(old)
				}
				started[spec.Name] = array.New(values, spec.Shape...)
			}
		}
		var args []any
		for _, t := range started.Tensors(specs) {
			args = append(args, t)
		}
		results, err := exec.Call(append(args, images)...)
		if err != nil {
			return err
		}
		for _, t := range results {
			values, err := tensors.CopyFlatData[float32](t)
			if err != nil {
				return err
			}
			news[old] = append(news[old], values)
		}
	}
	for k, name := range averages {
		values := make([]float32, len(news[0][k]))
		for i, v := range news[0][k] {
			values[i] = v / (1 - (news[1][k][i] - v))
		}
		a := w[name]
		a.Data = values
		w[name] = a
	}
	return nil
}
