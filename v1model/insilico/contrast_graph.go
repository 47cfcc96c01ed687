package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// contrast builds the graphs that optimise one image for each of k groups of neurons.
type contrast struct {
	ascent
	maps core.Core // laid out for whole images
}

// group holds neurons at one place and orientation, and the groups that they are in.
type group struct {
	masks    *Node // [neurons, height', width']
	features *Node // [neurons, channels]
	biases   *Node // [neurons]
	scale    *Node // [neurons], the rate that counts as 1
	share    *Node // [neurons, k], 1 / number of members for a member, else 0
}

// rates builds the rates [batch, neurons] of moved neurons to images:
//
//	rate = link(sum over places and channels of mask * feature * maps + bias)
func (c *contrast) rates(w weights.Nodes, g group, images *Node) *Node {
	maps := c.maps.Apply(c.parts[0].nodes(w), images, false).Maps
	under := DotGeneral(maps, []int{1, 2}, nil, g.masks, []int{1, 2}, nil) // [batch, channels, neurons]
	drive := Add(ReduceSum(Mul(under, ExpandAxes(TransposeAllAxes(g.features, 1, 0), 0)), 1), ExpandAxes(g.biases, 0))
	return c.parts[0].link(drive)
}

// objective builds, for each image, [batch],
//
//	z_k = mean over the members of group k of rate / scale
//	J   = z_t / temperature - weight * log sum over k of exp(z_k / temperature)
//
// where t is the image's own group, one row of target [batch, k]. With a weight of 1 it is the log of the share of the own group (Burg et al., ICLR 2024);
// with 0 the group's response alone.
func objective(rates *Node, g group, target, temperature, weight *Node) *Node {
	z := Div(DotGeneral(Div(rates, ExpandAxes(g.scale, 0)), []int{1}, nil, g.share, []int{0}, nil), temperature) // [batch, k]
	own := ReduceSum(Mul(z, target), -1)
	top := StopGradient(ReduceAndKeep(z, ReduceMax, -1))
	all := Add(Log(ReduceSum(Exp(Sub(z, top)), -1)), Reshape(top, -1))
	return Sub(own, Mul(weight, all))
}

// buildRates builds the rates of moved neurons to images. in: images [batch, height, width, channels], masks, features, biases.
func (c *contrast) buildRates(w weights.Nodes, in []*Node) []*Node {
	return []*Node{c.rates(w, group{masks: in[1], features: in[2], biases: in[3]}, in[0])}
}

// contrastConstants is the number of inputs of buildContrast before the state of the images.
const contrastConstants = 12

// buildContrast builds the loop of ascent.buildSteps for groups. in: masks, features, biases, scale, share, target [batch, k], temperature, weight, most steps
// of this call, keep (0), most steps of an image, patience, steps made in this call (0), number of active images, and the state of the images.
func (c *contrast) buildContrast(w weights.Nodes, in []*Node) []*Node {
	given, names := withWeights(in[:contrastConstants], w)
	return loop(given, in[contrastConstants:], func(given, state []*Node) *Node {
		return LogicalAnd(LessThan(state[0], given[8]), GreaterThan(state[1], given[9]))
	}, func(given, state []*Node) []*Node {
		own := weightsOf(names, given[contrastConstants:])
		g := group{given[0], given[1], given[2], given[3], given[4]}
		next := c.contrastStep(own, g, given[5], given[6], given[7], given[10], given[11], state[2:])
		return append([]*Node{AddScalar(state[0], 1), ReduceAllSum(next[activeIndex])}, next...)
	})[2:]
}

func (c *contrast) contrastStep(w weights.Nodes, g group, target, temperature, weight, most, patience *Node, s []*Node) []*Node {
	loss, _, _, gradient := c.lossAndGradients(s[rawIndex], func(shown *Node) (value, gradient *Node) {
		seen := channelsLast(shown)
		value = objective(c.rates(w, g, seen), g, target, temperature, weight)
		return value, channelsFirst(Gradient(ReduceAllSum(value), seen)[0])
	})
	return c.follow(loss, gradient, most, patience, s)
}
