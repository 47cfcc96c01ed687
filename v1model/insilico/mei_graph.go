package insilico

import (
	"maps"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// Adam's constants, those of the reference.
const (
	beta1       = 0.9
	beta2       = 0.999
	adamEpsilon = 1e-8
)

// meiState lists the arrays that a call of the loop takes and returns, each [batch] or, for images, [batch, channels, height, width].
var meiState = []struct {
	name  string
	image bool
	dtype dtypes.DType
}{
	{"raw", true, dtypes.Float32},      // the optimised values; the image is norm * raw / ||raw||
	{"first", true, dtypes.Float32},    // moments of Adam
	{"second", true, dtypes.Float32},   //
	{"steps", false, dtypes.Float32},   // made so far
	{"loss", false, dtypes.Float32},    // before the last step
	{"average", false, dtypes.Float32}, // moving average of the loss
	{"lowest", false, dtypes.Float32},  // its lowest
	{"waiting", false, dtypes.Float32}, // steps since then
	{"active", false, dtypes.Float32},  // 1, or 0 once the image is finished
}

// ascent builds the graphs that optimise images, each for its own neuron, inside one kind of window.
type ascent struct {
	options MEIOptions
	box     *box
	kind    window
	size    [3]int       // of an image
	parts   []ascentPart // one for each member of the subject
	apart   bool         // images of a neuron move apart; else each to its best
}

// ascentPart is what a member of the subject adds to an ascent.
type ascentPart struct {
	nodes      func(weights.Nodes) weights.Nodes // its variables
	fullCore   core.Core                         // of the whole field, evaluated directly
	windowCore core.Core                         // of the window
	geometry   geometry
	link       func(*Node) *Node // from the sum of drive and bias to the rate
}

// builder wraps f in the form that ondevice.Model.Program takes.
func (a *ascent) builder(f func(w weights.Nodes, in []*Node) []*Node) func() (func(w weights.Nodes, in []*Node) []*Node, error) {
	return func() (func(w weights.Nodes, in []*Node) []*Node, error) { return f, nil }
}

// buildTemplates builds what does not change from step to step. in: of each part masks [batch, height', width'], features [batch, channels], biases [batch],
// and corners of the windows [batch, 2]. Results: of each part templates over the window's maps [batch, height_w, width_w, channels_w], constants [batch].
func (a *ascent) buildTemplates(w weights.Nodes, in []*Node) (results []*Node) {
	for k, p := range a.parts {
		own := p.nodes(w)
		template, constant := merge(p.fullCore, a.size, own, readouts{in[3*k], in[3*k+1], in[3*k+2]})
		corner := in[len(in)-1] // of the window's maps in the maps of the whole field
		if a.kind.inner {
			low := p.geometry.LowBeforeLinear
			corner = Add(corner, Const(corner.Graph(), [][]int32{{int32(low[0]), int32(low[1])}}))
		}
		results = append(results, cropEach(template, corner, a.mapsSize(p.windowCore, own, template.Graph())), constant)
	}
	return results
}

// buildSteps builds the loop. in: of each part template and constant; corner, most steps of this call, keep (the loop ends when no more images are active), most
// steps of an image, patience, with apart the maximum of each image's neuron [batch], steps made in this call (0), number of active images, and the state of the
// images. Results: the state of the images.
func (a *ascent) buildSteps(w weights.Nodes, in []*Node) []*Node {
	first := 2 * len(a.parts) // of the constants that are not of a part
	numConstants := first + 5
	if a.apart {
		numConstants++
	}
	given, names := withWeights(in[:numConstants], w)
	return loop(given, in[numConstants:], func(given, state []*Node) *Node {
		return LogicalAnd(LessThan(state[0], given[first+1]), GreaterThan(state[1], given[first+2]))
	}, func(given, state []*Node) []*Node {
		own, cut, raw := weightsOf(names, given[numConstants:]), a.newCutter(given[first]), state[2+rawIndex]
		var loss, gradient *Node
		if a.apart {
			loss, gradient = a.apartGradients(own, given[:first], cut, given[first+5], raw)
		} else {
			loss, _, _, gradient = a.gradients(own, given[:first], cut, raw)
		}
		next := a.follow(loss, gradient, given[first+3], given[first+4], state[2:])
		return append([]*Node{AddScalar(state[0], 1), ReduceAllSum(next[activeIndex])}, next...)
	})[2:]
}

// withWeights appends weights to the constants of a loop; weightsOf finds them there again.
func withWeights(constants []*Node, w weights.Nodes) (all []*Node, names []string) {
	all, names = slices.Clone(constants), slices.Sorted(maps.Keys(w))
	for _, name := range names {
		all = append(all, w[name])
	}
	return all, names
}

func weightsOf(names []string, given []*Node) weights.Nodes {
	w := weights.Nodes{}
	for i, name := range names {
		w[name] = given[i]
	}
	return w
}

// mapsSize is height and width of mapsBeforeLinear for the window.
func (a *ascent) mapsSize(c core.Core, w weights.Nodes, g *Graph) [2]int {
	shape := mapsBeforeLinear(c, w, Zeros(g, shapes.Make(dtypes.Float32, 1, a.kind.height, a.kind.width, a.size[2]))).Shape()
	return [2]int{shape.Dim(1), shape.Dim(2)}
}

// cropEach crops every element of x [batch, height, width, channels] to size, from the element's corner [batch, 2] on.
func cropEach(x, corner *Node, size [2]int) *Node {
	d := x.Shape().Dimensions
	if d[1] == size[0] && d[2] == size[1] {
		return x
	}
	element := Iota(x.Graph(), shapes.Make(corner.DType(), d[0], 1), 0)
	x = GatherSlices(x, []int{0, 1, 2}, Concatenate([]*Node{element, corner}, 1), []int{1, size[0], size[1]}, true)
	return Reshape(x, d[0], size[0], size[1], d[3])
}

// cutter crops images [batch, channels, height, width] to their windows, and pads windows with zeros to whole images.
type cutter struct {
	rows, columns *Node // [batch, height of the window, height], [batch, width of the window, width]; nil if the window is all there is
}

func (a *ascent) newCutter(corner *Node) cutter {
	if a.kind.height == a.size[0] && a.kind.width == a.size[1] {
		return cutter{}
	}
	g, batch := corner.Graph(), corner.Shape().Dim(0)
	choose := func(axis, part, whole int) *Node {
		shape := shapes.Make(corner.DType(), batch, part, whole)
		from := Reshape(Slice(corner, AxisRange(), AxisElem(axis)), batch, 1, 1)
		return ConvertDType(Equal(Iota(g, shape, 2), Add(Iota(g, shape, 1), from)), dtypes.Float32)
	}
	return cutter{choose(0, a.kind.height, a.size[0]), choose(1, a.kind.width, a.size[1])}
}

func (c cutter) crop(x *Node) *Node {
	if c.rows == nil {
		return x
	}
	return Einsum("bciw,bjw->bcij", Einsum("bchw,bih->bciw", x, c.rows), c.columns)
}

func (c cutter) uncrop(x *Node) *Node {
	if c.rows == nil {
		return x
	}
	return Einsum("bciw,bih->bchw", Einsum("bcij,bjw->bciw", x, c.columns), c.rows)
}

// gradients is lossAndGradients with rates that are computed from the window alone. templates holds template and constant of each part.
func (a *ascent) gradients(w weights.Nodes, templates []*Node, cut cutter, raw *Node) (loss, image, white, byRaw *Node) {
	return a.lossAndGradients(raw, func(shown *Node) (rate, gradient *Node) {
		seen := channelsLast(cut.crop(shown))
		rate = a.rate(w, templates, seen)
		return rate, cut.uncrop(channelsFirst(Gradient(ReduceAllSum(rate), seen)[0]))
	})
}

// rate builds the rate of each image's neuron, [batch], or its negative drive for the most inhibiting images, from windows of the images
// [batch, height, width, channels].
func (a *ascent) rate(w weights.Nodes, templates []*Node, seen *Node) *Node {
	var rates []*Node
	for k, p := range a.parts {
		drive := driveOfTemplate(templates[2*k], templates[2*k+1], mapsBeforeLinear(p.windowCore, p.nodes(w), seen))
		if a.options.Inhibiting {
			rates = append(rates, Neg(drive))
		} else {
			rates = append(rates, p.link(drive))
		}
	}
	return mean(rates)
}

// lossAndGradients builds the loss of each image, [batch],
//
//	loss = -rate + smoothness * sum of (Laplacian of image)^2, or
//	loss = drive + smoothness * sum of (Laplacian of image)^2 for the most inhibiting images, or
//	loss = -value + smoothness * sum of (Laplacian of image)^2 for diverse images; see apartValue
//
// and its gradients [batch, channels, height, width]: by the image, the same whitened, and by raw, through the normalisation. see builds the rates
// [batch] of images, or their negative drives, and the gradients of these by the images.
func (a *ascent) lossAndGradients(raw *Node, see func(shown *Node) (rate, gradient *Node)) (loss, image, white, byRaw *Node) {
	length := Sqrt(sumPerImage(Square(raw)))
	unit := Div(raw, length)
	shown := MulScalar(unit, a.options.Norm)
	rate, gradient := see(shown)

	curvature := laplacian(shown)
	loss = Sub(MulScalar(Reshape(sumPerImage(Square(curvature)), -1), a.options.Smoothness), rate)
	image = Sub(MulScalar(laplacian(curvature), 2*a.options.Smoothness), gradient)
	white = whiten(image)
	tangent := Sub(white, Mul(unit, sumPerImage(Mul(white, unit))))
	if a.box != nil {
		tangent = a.box.tangent(white, shown, a.size)
	}
	return loss, image, white, Mul(tangent, Div(Scalar(raw.Graph(), dtypes.Float32, a.options.Norm), length))
}

// adam moves raw along a gradient. made is the number of steps including this one, a scalar or [batch, 1, 1, 1].
func (a *ascent) adam(made, raw, first, second, gradient *Node) (moved, m1, m2 *Node) {
	power := func(beta float64) *Node { return Exp(MulScalar(made, math.Log(beta))) }
	rate := Div(MulScalar(Sqrt(OneMinus(power(beta2))), a.options.LearningRate), OneMinus(power(beta1)))
	m1 = Add(MulScalar(first, beta1), MulScalar(gradient, 1-beta1))
	m2 = Add(MulScalar(second, beta2), MulScalar(Square(gradient), 1-beta2))
	return Sub(raw, Mul(rate, Div(m1, AddScalar(Sqrt(m2), adamEpsilon)))), m1, m2
}

// follow makes one step of Adam for every active image. It was the image's last if the moving average of the loss has not reached a new low for patience
// steps, or after most steps.
func (a *ascent) follow(loss, gradient, most, patience *Node, s []*Node) []*Node {
	o := a.options
	raw, first, second, steps, average, lowest, waiting, active := s[0], s[1], s[2], s[3], s[5], s[6], s[7], s[8]
	made := AddScalar(steps, 1)
	moved, m1, m2 := a.adam(Reshape(made, -1, 1, 1, 1), raw, first, second, gradient)

	moved = a.box.into(moved, o.Norm, a.size)
	begun := IsZero(steps)
	mean := Where(begun, loss, Add(MulScalar(average, o.Decay), MulScalar(loss, 1-o.Decay)))
	lower := LogicalOr(begun, LessThan(mean, lowest))
	since := Where(lower, ZerosLike(waiting), AddScalar(waiting, 1))
	goesOn := LogicalAnd(LessThan(made, most), LessThan(since, patience))

	next := []*Node{moved, m1, m2, made, loss, mean, Where(lower, mean, lowest), since, ConvertDType(goesOn, dtypes.Float32)}
	isActive := GreaterThan(active, ZerosLike(active))
	for i := range next {
		condition := isActive
		if meiState[i].image {
			condition = BroadcastToShape(Reshape(isActive, -1, 1, 1, 1), shapes.Make(dtypes.Bool, next[i].Shape().Dimensions...))
		}
		next[i] = Where(condition, next[i], s[i])
	}
	return next
}
