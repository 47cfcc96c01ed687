package simulated

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"v1lab/datasets"
)

// Limits of Config.Gain and Config.Shift.
const (
	mostGain  = 2
	mostShift = 8
)

// Eye movements are whole steps of 1/stepsPerPixel pixels, so that filters have to be drawn at few places; farthest is the largest, in SDs.
const (
	stepsPerPixel = 4
	farthest      = 2
)

// margin is the number of pixels that eye movements need around every patch.
func (c Config) margin() int {
	if c.Shift == 0 {
		return 0
	}
	return int(math.Ceil(farthest*c.Shift)) + 1
}

// names lists the covariates.
func (c Config) names() (names []string) {
	if c.Gain > 0 {
		names = append(names, "pupil_dilation", "running_speed")
	}
	if c.Shift > 0 {
		names = append(names, "pupil_x", "pupil_y")
	}
	return names
}

// trial is what behaviour does in one trial.
type trial struct {
	gain        float64
	right, down int // steps
	covariates  []float32
}

// draw draws the behaviour of a trial:
//
//	ln gain = Gain (0.8 a + 0.6 b) - Gain^2/2    pupil_dilation = 40 + 8 a    running_speed = 10 + 5 b    a, b ~ N(0, 1)
//	pupil_x = 60 + 4 right    pupil_y = 45 - 4 down    right, down ~ N(0, Shift^2) within 2 SD, in quarters of a pixel
//
// so that the mean gain is 1. The generator draws all four numbers, whatever is asked for. With habits, the weights .8 and .6 are cos and sin of an angle of their own, and
//
//	pupil_x = x + scale (right cos t + down sin t)    pupil_y = y + scale (right sin t - down cos t)
func (c Config) draw(rng *rand.Rand) trial {
	a, b := rng.NormFloat64(), rng.NormFloat64()
	step := func() int {
		return int(math.Round(stepsPerPixel * c.Shift * min(max(rng.NormFloat64(), -farthest), farthest)))
	}
	t := trial{gain: 1, right: step(), down: step()}
	h := c.habits
	if h == nil {
		h = &habits{dilation: 0.8, running: 0.6, x: 60, y: 45, scale: 4}
	}
	if c.Gain > 0 {
		t.gain = math.Exp(c.Gain*(h.dilation*a+h.running*b) - c.Gain*c.Gain/2)
		t.covariates = append(t.covariates, float32(40+8*a), float32(10+5*b))
	}
	if c.Shift > 0 {
		right, down := float64(t.right)/stepsPerPixel, float64(t.down)/stepsPerPixel
		sin, cos := math.Sincos(h.turn)
		t.covariates = append(t.covariates, float32(h.x+h.scale*(right*cos+down*sin)), float32(h.y+h.scale*(right*sin-down*cos)))
	}
	return t
}

// habits say how covariates follow from gain and eye movements in one session.
type habits struct {
	dilation, running float64 // weights of the gain's logarithm, on a circle
	x, y              float64 // where the camera sees the pupil at rest
	scale, turn       float64 // camera's units per pixel of the screen, and its angle
}

// ownHabits draws habits that differ clearly from those without a seed: gains from -60 to 30 degrees, of which those are at 37, and cameras turned by 45 to 180 degrees.
func ownHabits(seed uint64) *habits {
	rng := random(seed, habitStream, 0)
	angle := (-60 + 90*rng.Float64()) * math.Pi / 180
	return &habits{
		dilation: math.Cos(angle), running: math.Sin(angle), x: 20 + 80*rng.Float64(), y: 20 + 80*rng.Float64(),
		scale: 2 + 8*rng.Float64(), turn: (45 + 135*rng.Float64()) * math.Pi / 180,
	}
}

// behavingTrials draws behaviour and spike counts [repeats, n, neurons] of a part and puts covariates and truth into d. Counts of a trial come from the
// generator that it has without behaviour.
func (p *Population) behavingTrials(c Config, d *datasets.Dataset, images datasets.Images, repeats int, noise stream) []float32 {
	truth, table, behaviour := &d.Truth.Train, &d.Train.Covariates, trainBehaviour
	switch noise {
	case valNoise:
		truth, table, behaviour = &d.Truth.Val, &d.Val.Covariates, valBehaviour
	case testNoise:
		truth, table, behaviour = &d.Truth.Test, &d.Test.Covariates, testBehaviour
	}
	*truth, table.Names = &datasets.TrialTruth{}, c.names()
	all := make([]trial, repeats*images.N)
	for i := range all {
		t := c.draw(random(c.Seed, behaviour, i))
		all[i] = t
		table.Values = append(table.Values, t.covariates...)
		if c.Gain > 0 {
			(*truth).Gain = append((*truth).Gain, t.gain)
		}
		if c.Shift > 0 {
			(*truth).Shift = append((*truth).Shift, float64(t.right)/stepsPerPixel, float64(t.down)/stepsPerPixel)
		}
	}
	neurons := len(p.cells)
	counts := make([]float32, len(all)*neurons)
	parallel(len(all), func(i int) {
		image, outputs := images.At(i%images.N), make([]float64, mostFilters)
		poisson := distuv.Poisson{Src: random(c.Seed, noise, i)}
		for j := range p.cells {
			n := p.cells[j].at(all[i].right, all[i].down)
			poisson.Lambda = all[i].gain * n.gain * (n.computation.respond(n.filtered(image, p.width, outputs)) + n.baseline)
			counts[i*neurons+j] = float32(poisson.Rand())
		}
	})
	return counts
}

// at is the cell where the eye has moved it, by steps to the right and down.
func (n *cell) at(right, down int) cell {
	there := *n
	if n.moved == nil {
		return there
	}
	x, y := n.x+float64(right)/stepsPerPixel, n.y+float64(down)/stepsPerPixel
	there.left, there.top = patchAt(x), patchAt(y)
	there.filters = n.moved[fraction(down)*stepsPerPixel+fraction(right)]
	return there
}

// drawMoved draws the filters at each fraction of a pixel.
func (n *cell) drawMoved() {
	for down := range stepsPerPixel {
		for right := range stepsPerPixel {
			x, y := n.x+float64(right)/stepsPerPixel, n.y+float64(down)/stepsPerPixel
			n.moved = append(n.moved, n.computation.filters(n.theta, x-float64(patchAt(x)), y-float64(patchAt(y))))
		}
	}
}

// fraction is the number of steps beyond a whole pixel.
func fraction(steps int) int { return (steps%stepsPerPixel + stepsPerPixel) % stepsPerPixel }
