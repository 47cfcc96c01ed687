package neuralpredictors_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile/torchfiletest"
)

// small is a checkpoint made up for tests, and what PyTorch would compute of it, in float64 and in plain loops.
type small struct {
	state  torchfiletest.State
	values map[string][]float64
	shapes map[string][]int
	rng    *rand.Rand
}

func newSmall() *small {
	return &small{values: map[string][]float64{}, shapes: map[string][]int{}, rng: rand.New(rand.NewPCG(1, 2)), state: torchfiletest.State{Modules: []string{"", "core"}}}
}

// add draws a tensor.
func (m *small) add(name string, shape ...int) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(m.rng.NormFloat64() * 0.5)
	}
	m.put(name, v, shape...)
}

func (m *small) put(name string, v []float32, shape ...int) {
	m.state.Add(name, v, shape...)
	wide := make([]float64, len(v))
	for i, x := range v {
		wide[i] = float64(x)
	}
	m.values[name], m.shapes[name] = wide, shape
}

func (m *small) index(name string, v ...int64) {
	m.state.Tensors = append(m.state.Tensors, torchfiletest.Tensor{Name: name, Array: array.New(v)})
	for _, x := range v {
		m.values[name] = append(m.values[name], float64(x))
	}
}

// norm adds batch normalisation of n maps.
func (m *small) norm(prefix string, n int, affine bool) {
	m.add(prefix+"running_mean", n)
	variance := make([]float32, n)
	for i := range variance {
		variance[i] = 0.5 + m.rng.Float32()
	}
	m.put(prefix+"running_var", variance, n)
	m.index(prefix+"num_batches_tracked", 7)
	if affine {
		m.add(prefix+"weight", n)
		m.add(prefix+"bias", n)
	}
}

func elu(x float64) float64 {
	if x > 0 {
		return x
	}
	return math.Expm1(x)
}

// maps are [channels][height][width].
type maps [][][]float64

func (m *small) conv(x maps, name string, grouped bool, pad int) maps {
	w, shape := m.values[name+".weight"], m.shapes[name+".weight"]
	out, in, k := shape[0], shape[1], shape[2]
	h, wd := len(x[0])+2*pad-k+1, len(x[0][0])+2*pad-k+1
	y := make(maps, out)
	for o := range y {
		y[o] = make([][]float64, h)
		for r := range y[o] {
			y[o][r] = make([]float64, wd)
			for c := range y[o][r] {
				if b := m.values[name+".bias"]; b != nil {
					y[o][r][c] = b[o]
				}
				for i := range in {
					from := x[i%len(x)]
					if grouped {
						from = x[o]
					}
					for dy := range k {
						for dx := range k {
							if yy, xx := r+dy-pad, c+dx-pad; yy >= 0 && yy < len(from) && xx >= 0 && xx < len(from[0]) {
								y[o][r][c] += w[((o*in+i)*k+dy)*k+dx] * from[yy][xx]
							}
						}
					}
				}
			}
		}
	}
	return y
}

// each changes every value of a map.
func (x maps) each(f func(channel int, v float64) float64) {
	for o := range x {
		for r := range x[o] {
			for c := range x[o][r] {
				x[o][r][c] = f(o, x[o][r][c])
			}
		}
	}
}

// core computes the core of an image; pad is the first layer's padding.
func (m *small) core(x maps, layers, pad int, linear bool) maps {
	for l := range layers {
		p := fmt.Sprintf("core.features.layer%d.", l)
		if shape := m.shapes[p+"conv.weight"]; shape != nil {
			if l > 0 {
				pad = shape[2] / 2
			}
			x = m.conv(x, p+"conv", false, pad)
		} else {
			x = m.conv(x, p+"ds_conv.in_depth_conv", false, 0)
			x = m.conv(x, p+"ds_conv.spatial_conv", true, m.shapes[p+"ds_conv.spatial_conv.weight"][2]/2)
			x = m.conv(x, p+"ds_conv.out_depth_conv", false, 0)
		}
		if mean := m.values[p+"norm.running_mean"]; mean != nil {
			x.each(func(o int, v float64) float64 {
				v = (v - mean[o]) / math.Sqrt(m.values[p+"norm.running_var"][o]+1e-5)
				if g := m.values[p+"norm.weight"]; g != nil {
					v = v*g[o] + m.values[p+"norm.bias"][o]
				}
				if b := m.values[p+"bias.bias"]; b != nil {
					v += b[o]
				}
				if s := m.values[p+"scale.scale"]; s != nil {
					v *= s[o]
				}
				return v
			})
		}
		if !linear {
			x.each(func(_ int, v float64) float64 { return elu(v) })
		}
	}
	return x
}

// sample is grid_sample of one map with align_corners and zeros outside.
func sample(x [][]float64, gx, gy float64) float64 {
	px, py := (gx+1)/2*float64(len(x[0])-1), (gy+1)/2*float64(len(x)-1)
	sum := 0.0
	for r := range x {
		for c := range x[r] {
			sum += x[r][c] * math.Max(0, 1-math.Abs(px-float64(c))) * math.Max(0, 1-math.Abs(py-float64(r)))
		}
	}
	return sum
}

// rates are elu(z) + 1 of each neuron.
func (m *small) rates(x maps, session string, neurons int, normalised bool) []float64 {
	p := "readout." + session + "."
	rates := make([]float64, neurons)
	for n := range rates {
		row, scale := n, 1.0
		if of := m.values[p+"feature_sharing_index"]; of != nil {
			row, scale = int(of[n]), m.values[p+"scales"][n]
		}
		z := 0.0
		if b := m.values[p+"bias"]; b != nil {
			z = b[n]
		}
		for c := range x {
			var seen, weight float64
			if masks := m.values[p+"spatial"]; masks != nil {
				area, norm := len(x[0])*len(x[0][0]), 1.0
				if normalised {
					squares := 0.0
					for _, v := range masks[n*area : (n+1)*area] {
						squares += v * v
					}
					norm = math.Sqrt(squares) + 1e-6
				}
				for i, v := range masks[n*area : (n+1)*area] {
					seen += v / norm * x[c][i/len(x[0][0])][i%len(x[0][0])]
				}
				weight = m.values[p+"_features"][row*len(x)+c]
			} else {
				at := n
				if of := m.values[p+"grid_sharing_index"]; of != nil {
					at = int(of[n])
				}
				mu := m.values[p+"_mu"][2*at : 2*at+2]
				seen = sample(x[c], math.Max(-1, math.Min(1, mu[0])), math.Max(-1, math.Min(1, mu[1])))
				weight = m.values[p+"_features"][c*(len(m.values[p+"_features"])/len(x))+row]
			}
			z += scale * weight * seen
		}
		rates[n] = elu(z) + 1
	}
	return rates
}
