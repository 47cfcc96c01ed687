package search

import (
	"fmt"
	"math/bits"

	"v1lab/v1model/weights"
)

// sobol is a Sobol sequence, one dimension for each key: its points fill the space more evenly than random ones. Scrambled, each dimension is
// multiplied by a random triangular matrix and shifted, both over bits, which keeps the evenness.
//
// Sources: Joe and Kuo, Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30 (2008); Antonov and Saleev 1979 for the
// order of the points; Matousek, On the L2-discrepancy for anchored boxes, J. Complexity 14 (1998), for the scrambling.
type sobol struct {
	space      Space
	directions [][32]uint32 // [keys][bits]
	shift      []uint32     // [keys]
}

func newSobol(space Space, seed uint64, scramble bool) (*sobol, error) {
	if len(space) > len(joeKuo)+1 {
		return nil, fmt.Errorf("search sobol: %d ranges; accepted: at most %d, or random or tpe", len(space), len(joeKuo)+1)
	}
	s := &sobol{space: space, shift: make([]uint32, len(space))}
	for i, r := range space {
		d := directions(i)
		if scramble {
			rng := weights.Stream(seed, "search-sobol/"+r.Key)
			var rows [32]uint32 // lower triangular: bit 31 is the first digit
			for j := range rows {
				rows[j] = (rng.Uint32() | 1) << (31 - j)
			}
			for k := range d {
				d[k] = multiply(rows, d[k])
			}
			s.shift[i] = rng.Uint32()
		}
		s.directions = append(s.directions, d)
	}
	return s, nil
}

// directions returns the direction numbers of a dimension, from 0.
func directions(dimension int) (v [32]uint32) {
	if dimension == 0 {
		for k := range v {
			v[k] = 1 << (31 - k)
		}
		return v
	}
	p := joeKuo[dimension-1]
	degree := len(p.m)
	for k := range v {
		if k < degree {
			v[k] = p.m[k] << (31 - k)
			continue
		}
		v[k] = v[k-degree] ^ v[k-degree]>>degree
		for j := 1; j < degree; j++ {
			if p.a>>(degree-1-j)&1 == 1 {
				v[k] ^= v[k-j]
			}
		}
	}
	return v
}

// multiply returns the product of a matrix and a vector over bits.
func multiply(rows [32]uint32, v uint32) (product uint32) {
	for j, row := range rows {
		product |= uint32(bits.OnesCount32(row&v)&1) << (31 - j)
	}
	return product
}

func (s *sobol) Propose(number int, _ []Finished) (map[string]Value, error) {
	if number < 0 || int64(number) >= 1<<32 {
		return nil, fmt.Errorf("draw %d; accepted: 0 to 4294967295 with search sobol", number)
	}
	values := map[string]Value{}
	for i, u := range s.point(uint32(number)) {
		values[s.space[i].Key] = s.space[i].at(u)
	}
	return values, nil
}

// point returns a point of the sequence in the unit cube, [keys].
func (s *sobol) point(number uint32) []float64 {
	gray := number ^ number>>1
	point := make([]float64, len(s.space))
	for i, d := range s.directions {
		x := s.shift[i]
		for k := range d {
			if gray>>k&1 == 1 {
				x ^= d[k]
			}
		}
		point[i] = float64(x) / (1 << 32)
	}
	return point
}
