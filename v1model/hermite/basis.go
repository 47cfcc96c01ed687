package hermite

import (
	"fmt"
	"math"
)

// Phase says how a function depends on the polar angle.
type Phase byte

// The phases, by the letters the field uses: a rotationally symmetric function stands alone, the others come in pairs.
const (
	Symmetric Phase = 'z' // constant in the angle
	Real      Phase = 'r' // cos(mu * angle)
	Imaginary Phase = 'i' // sin(mu * angle)
)

// Function identifies one basis function by its quantum numbers: rank = Mu + 2 Nu.
type Function struct {
	Mu    int // angular frequency
	Nu    int // radial order
	Phase Phase
}

// Basis holds all 2-D Hermite functions of rank < Size, Size*(Size+1)/2 of them. They are ordered by rank and within a rank by
// angular frequency, the real part of a pair before the imaginary part.
type Basis struct {
	Size       int // filter size in pixels
	Upsampling int // samples per pixel along each axis
	Functions  []Function
	// Fine holds each function on the upsampled grid, [function][y*Size*Upsampling + x], rows downwards, with unit L2 norm.
	Fine [][]float64
}

// New samples the basis for filters of size x size pixels on a grid upsampling times finer than the pixels.
// The grid covers [-v, v] with v = 2 sqrt(size) (1 - 1/points), so that samples sit in the middle of their cells.
func New(size, upsampling int) (*Basis, error) {
	if size < 1 {
		return nil, fmt.Errorf("hermite: filter size is %d, must be at least 1", size)
	}
	if upsampling < 1 {
		return nil, fmt.Errorf("hermite: upsampling is %d, must be at least 1", upsampling)
	}
	b := &Basis{Size: size, Upsampling: upsampling}
	for rank := range size {
		for mu := rank % 2; mu <= rank; mu += 2 {
			nu := (rank - mu) / 2
			if mu == 0 {
				b.add(Function{0, nu, Symmetric})
				continue
			}
			b.add(Function{mu, nu, Real})
			b.add(Function{mu, nu, Imaginary})
		}
	}
	return b, nil
}

func (b *Basis) add(f Function) {
	points := b.Size * b.Upsampling
	extent := 2 * math.Sqrt(float64(b.Size)) * (1 - 1/float64(points))
	axis := func(i int) float64 {
		if points == 1 {
			return 0
		}
		return -extent + 2*extent*float64(i)/float64(points-1)
	}
	values := make([]float64, points*points)
	energy := 0.0
	for row := range points {
		for column := range points {
			v := f.at(axis(column), axis(row))
			values[row*points+column] = v
			energy += v * v
		}
	}
	for i := range values {
		values[i] /= math.Sqrt(energy)
	}
	b.Functions = append(b.Functions, f)
	b.Fine = append(b.Fine, values)
}

// at evaluates the function, before normalisation, at a point in units of the Gaussian's SD over sqrt(2):
//
//	(-1)^nu exp(-r^2/4) r^mu L_nu^mu(r^2/2) {1, cos(mu theta), sin(mu theta)}, theta = atan2(y, x), y downwards
func (f Function) at(x, y float64) float64 {
	r2 := x*x + y*y
	v := math.Exp(-r2/4) * math.Pow(r2, float64(f.Mu)/2) * laguerre(f.Nu, f.Mu, r2/2)
	if f.Nu%2 == 1 {
		v = -v
	}
	angle := float64(f.Mu) * math.Atan2(y, x)
	switch f.Phase {
	case Real:
		v *= math.Cos(angle)
	case Imaginary:
		v *= math.Sin(angle)
	}
	return v
}

// laguerre is the generalised Laguerre polynomial L_n^a(x), by its three-term recurrence.
func laguerre(n, a int, x float64) float64 {
	previous, current := 0.0, 1.0
	for k := range n {
		kf, af := float64(k), float64(a)
		previous, current = current, ((2*kf+1+af-x)*current-(kf+af)*previous)/(kf+1)
	}
	return current
}

// Filters returns the basis on the pixel grid, [function][y*Size + x]: each block of Upsampling x Upsampling samples summed.
func (b *Basis) Filters() [][]float64 {
	filters := make([][]float64, len(b.Fine))
	points := b.Size * b.Upsampling
	for k, fine := range b.Fine {
		filters[k] = make([]float64, b.Size*b.Size)
		for i, v := range fine {
			row, column := i/points/b.Upsampling, i%points/b.Upsampling
			filters[k][row*b.Size+column] += v
		}
	}
	return filters
}

// Rotation returns the matrix, [new coefficient][old coefficient], that rotates a filter counter-clockwise as displayed
// (rows downwards) by angle radians: a pair (c_r, c_i) of angular frequency mu becomes
// (c_r cos(mu angle) + c_i sin(mu angle), -c_r sin(mu angle) + c_i cos(mu angle)); symmetric functions stay unchanged.
func (b *Basis) Rotation(angle float64) [][]float64 {
	m := make([][]float64, len(b.Functions))
	for k, f := range b.Functions {
		m[k] = make([]float64, len(b.Functions))
		cos, sin := math.Cos(float64(f.Mu)*angle), math.Sin(float64(f.Mu)*angle)
		m[k][k] = cos
		switch f.Phase {
		case Real:
			m[k][k+1] = sin
		case Imaginary:
			m[k][k-1] = -sin
		}
	}
	return m
}
