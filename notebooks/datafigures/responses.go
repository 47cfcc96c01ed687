package datafigures

import (
	"errors"
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/score"
)

// ResponseHistogram draws the distribution of all neurons' responses, one line for each part.
func ResponseHistogram(d *datasets.Dataset) (*figures.Figure, error) {
	all, err := parts(d)
	if err != nil {
		return nil, err
	}
	var named []figures.NamedValues
	for _, p := range all {
		named = append(named, figures.NamedValues{Name: p.name, Values: p.thinned()})
	}
	return figures.ResponseHistogram(named)
}

// ResponseRanges draws the distribution of each neuron's responses in the first part that has any.
func ResponseRanges(d *datasets.Dataset) (*figures.Figure, error) {
	all, err := parts(d)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.trials*d.NumNeurons() > 0 {
			return figures.ResponseRanges(p.thinned(), d.NumNeurons())
		}
	}
	return nil, fmt.Errorf("the recording came without responses")
}

// thinned returns the responses in up to most evenly spaced trials, [trials, neurons].
func (p part) thinned() (some []float32) {
	for _, i := range spaced(p.trials, most) {
		some = append(some, p.at(i)...)
	}
	return some
}

// Reliability draws the distributions of explainable variance (score.Explainable) and oracle correlation (score.Oracle) over neurons. It is an
// error if no image was shown twice.
func Reliability(d *datasets.Dataset) (*figures.Figure, error) {
	explainable, oracle, err := reliability(d)
	if err != nil {
		return nil, err
	}
	return figures.Reliability(explainable, oracle, score.MinExplainable)
}

var errOnce = errors.New("no neuron responded to an image that was shown twice: reliability is unknown")

func reliability(d *datasets.Dataset) (explainable, oracle []float64, err error) {
	if err := d.Consistent(); err != nil {
		return nil, nil, fmt.Errorf("recording: %w", err)
	}
	for _, b := range d.Blocks() {
		if len(b.Test.Responses.Values) == 0 {
			return nil, nil, errOnce
		}
		e, err := score.Explainable(b.Test.Responses)
		if err != nil {
			return nil, nil, err
		}
		o, err := score.Oracle(b.Test.Responses)
		if err != nil {
			return nil, nil, err
		}
		explainable, oracle = append(explainable, e...), append(oracle, o...)
	}
	if known(explainable) == 0 {
		return nil, nil, errOnce
	}
	return explainable, oracle, nil
}

// Positions draws the positions of the neurons on cortex, coloured by explainable variance if it is known. It is an error if no position is known.
func Positions(d *datasets.Dataset) (*figures.Figure, error) {
	var x, y []float64
	for _, n := range d.Neurons {
		at := n
		if n.X != n.X || n.Y != n.Y {
			at.X, at.Y = math.NaN(), math.NaN()
		}
		x, y = append(x, at.X), append(y, at.Y)
	}
	if known(x) == 0 {
		return nil, fmt.Errorf("positions on cortex are not known")
	}
	explainable, _, err := reliability(d)
	if err != nil || len(explainable) != len(x) {
		explainable = nil // neurons without colour
	}
	return figures.Positions(x, y, explainable, "Explainable variance")
}

// known returns the number of values that are not NaN.
func known(values []float64) (n int) {
	for _, v := range values {
		if v == v {
			n++
		}
	}
	return n
}
