package simulated

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"v1lab/datasets"
)

// Population is a set of simulated neurons whose computations are known.
type Population struct {
	height, width int
	names         []string
	cells         []cell
}

type cell struct {
	kind           int // index into the configuration's types
	computation    computation
	theta, x, y    float64
	gain, baseline float64 // rate = gain * (drive + baseline), spikes
	top, left      int     // of the patch
	filters        [][]float32
	moved          [][][]float32 // filters of each fraction of a pixel by which the eye moves, see cell.at; nil without eye movements
}

// NewPopulation draws neurons with random orientations, positions, gains and baselines.
// A neuron's signal-to-noise ratio determines its gain, because relative Poisson noise decreases with the rate.
func NewPopulation(c Config) (*Population, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p := &Population{height: c.Height, width: c.Width, names: slices.Clone(c.Types), cells: make([]cell, c.Neurons)}
	order := random(c.Seed, orderStream, 0).Perm(c.Neurons)
	for i := range p.cells {
		rng := random(c.Seed, neuronStream, i)
		n := cell{kind: order[i] % len(c.Types)}
		n.computation = computations[slices.Index(AllTypeNames(), c.Types[n.kind])]
		n.theta = rng.Float64() * 2 * math.Pi
		// Centres stay half a patch away from the border. The patch follows them in whole pixels.
		x, y := rng.Float64(), rng.Float64()
		n.left, n.x = place(x, c.Width, c.margin())
		n.top, n.y = place(y, c.Height, c.margin())
		if n.computation.draw != nil {
			n.computation = n.computation.draw(rng)
		}
		n.filters = n.computation.filters(n.theta, n.x-float64(n.left), n.y-float64(n.top))
		// Poisson: the noise variance is the mean rate, gain*(mean+baseline); the signal's is gain^2*variance.
		n.baseline = 0.3 * rng.Float64() * n.computation.mean
		snr := c.SNR * math.Exp(0.3*rng.NormFloat64())
		n.gain = snr * (n.computation.mean + n.baseline) / n.computation.variance
		p.cells[i] = n
		if c.Shift > 0 {
			p.cells[i].drawMoved()
		}
	}
	return p, nil
}

// place maps 0..1 to centres whose patch, which starts at a whole pixel, lies inside the image, with a margin for eye movements.
func place(at float64, length, margin int) (start int, centre float64) {
	half := patch/2 + margin
	centre = float64(half) + at*float64(length-1-2*half)
	return patchAt(centre), centre
}

// patchAt is the first pixel of the patch around a centre.
func patchAt(centre float64) int { return int(math.Round(centre)) - patch/2 }

// Truth returns what each neuron computes. Orientation is the direction along the bars of the neuron's filter (for a corner, along its first
// arm) from 0 to 2 pi. Orientations pi apart differ: rotating a simple cell by pi exchanges its dark and bright side.
func (p *Population) Truth() *datasets.Truth {
	t := &datasets.Truth{TypeNames: slices.Clone(p.names)}
	for _, n := range p.cells {
		theta := n.theta
		if !n.computation.oriented {
			theta = math.NaN()
		}
		t.Type = append(t.Type, n.kind)
		t.Orientation = append(t.Orientation, theta)
		t.X = append(t.X, n.x)
		t.Y = append(t.Y, n.y)
	}
	return t
}

func (p *Population) describe(i int) datasets.Neuron {
	nan := math.NaN()
	return datasets.Neuron{ID: fmt.Sprintf("sim%04d", i), Session: "simulated", X: nan, Y: nan, Z: nan}
}

// Rates returns the expected spike count of each neuron for each image, [n, neurons], which averages over trials approach.
// Images are grey levels around 127.5, [n, height, width, 1], of the size for which the population was made.
func (p *Population) Rates(images datasets.Images) (datasets.Responses, error) {
	if images.Height != p.height || images.Width != p.width || images.Channels != 1 {
		return datasets.Responses{}, fmt.Errorf("simulated: images [%d, %d, %d], want [%d, %d, 1]", images.Height, images.Width, images.Channels, p.height, p.width)
	}
	rates := datasets.Responses{N: images.N, Neurons: len(p.cells), Values: make([]float32, images.N*len(p.cells))}
	parallel((images.N+atOnce-1)/atOnce, func(group int) {
		outputs := make([]float64, mostFilters)
		first := group * atOnce
		if first+atOnce > images.N {
			for i := first; i < images.N; i++ {
				for j := range p.cells {
					n := &p.cells[j]
					rates.At(i)[j] = n.rate(n.filtered(images.At(i), p.width, outputs))
				}
			}
			return
		}
		var several [atOnce][]float32
		var rows [atOnce][]float32
		var out [atOnce][]float64
		for k := range atOnce {
			several[k], rows[k], out[k] = images.At(first+k), rates.At(first+k), make([]float64, mostFilters)
		}
		for j := range p.cells {
			n := &p.cells[j]
			n.filterSeveral(&several, p.width, &out)
			for k := range atOnce {
				rows[k][j] = n.rate(out[k][:len(n.filters)])
			}
		}
	})
	return rates, nil
}

// rate is the expected spike count where the filters have these outputs.
func (n *cell) rate(outputs []float64) float32 {
	return float32(n.gain * (n.computation.respond(outputs) + n.baseline))
}

// atOnce is the number of images whose sums over pixels are taken side by side: each is one addition after the other, which a processor overlaps with those of others.
const atOnce = 4

// filterSeveral is filtered for several images, with the same sums.
func (n *cell) filterSeveral(images *[atOnce][]float32, width int, out *[atOnce][]float64) {
	for k, f := range n.filters {
		var a, b, c, d float32
		for row := range patch {
			at := (n.top+row)*width + n.left
			weights := f[row*patch:][:patch]
			first, second, third, fourth := images[0][at:][:patch], images[1][at:][:patch], images[2][at:][:patch], images[3][at:][:patch]
			for i, w := range weights {
				a += w * first[i]
				b += w * second[i]
				c += w * third[i]
				d += w * fourth[i]
			}
		}
		out[0][k], out[1][k], out[2][k], out[3][k] = float64(a)/64, float64(b)/64, float64(c)/64, float64(d)/64
	}
}

// filtered writes the outputs of the neuron's filters, in units of 64 grey levels, to out.
func (n *cell) filtered(image []float32, width int, out []float64) []float64 {
	out = out[:len(n.filters)]
	for k, f := range n.filters {
		sum := float32(0)
		for row := range patch {
			pixels := image[(n.top+row)*width+n.left:][:patch]
			weights := f[row*patch:][:patch]
			for i, w := range weights {
				sum += w * pixels[i]
			}
		}
		out[k] = float64(sum) / 64
	}
	return out
}

// trials draws spike counts, [repeats, n, neurons], each trial from its own generator. Those of a single repeat take the place of the rates.
func (p *Population) trials(rates datasets.Responses, repeats int, seed uint64, noise stream) []float32 {
	counts := rates.Values
	if repeats > 1 {
		counts = make([]float32, repeats*len(rates.Values))
	}
	parallel(repeats*rates.N, func(trial int) {
		poisson := distuv.Poisson{Src: random(seed, noise, trial)}
		for j, rate := range rates.At(trial % rates.N) {
			poisson.Lambda = float64(rate)
			counts[trial*rates.Neurons+j] = float32(poisson.Rand())
		}
	})
	return counts
}
