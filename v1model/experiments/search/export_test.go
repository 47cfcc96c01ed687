package search

// ProposeTPE proposes a draw by the estimator with a source of uniform random numbers.
func ProposeTPE(space Space, number int, finished []Finished, uniform func() float64) (map[string]Value, error) {
	return tpe{space, random{space, 1}, 1}.propose(number, finished, uniform)
}

// Points returns the first points of the Sobol sequence in the unit cube, [points][dimensions].
func Points(space Space, n int, seed uint64, scramble bool) ([][]float64, error) {
	s, err := newSobol(space, seed, scramble)
	if err != nil {
		return nil, err
	}
	var points [][]float64
	for i := range n {
		points = append(points, s.point(uint32(i)))
	}
	return points, nil
}
