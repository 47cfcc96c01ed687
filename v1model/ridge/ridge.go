package ridge

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/score"
)

// Fit is the regression with the strength that was chosen.
type Fit struct {
	Strength float64            // of the penalty, in units of pixels as they are in the dataset
	AtEdge   bool               // the lowest or highest strength was chosen, so that a better one may lie beyond
	ValCorr  float64            // mean correlation over neurons on the validation part
	Val      datasets.Responses // predictions, [images, neurons]
	Test     datasets.Responses // likewise
}

// Strengths lists the strengths that are tried: four for each power of ten from 1 to ten million.
func Strengths() []float64 {
	var all []float64
	for i := range 4*7 + 1 {
		all = append(all, math.Pow(10, float64(i)/4))
	}
	return all
}

// Run fits each neuron's responses to the training images: sum over images of (response - offset - pixels*weights)^2 plus strength times the sum of
// weights^2. A neuron's missing responses are left out. Values are used as they are, so normalise the dataset first.
//
// A matrix of as many rows as there are training images or pixels, whichever is fewer, is decomposed once for each set of neurons that were recorded
// with the same images: 800 images take about a second, 4,000 two minutes.
func Run(d *datasets.Dataset) (*Fit, error) {
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("ridge: %w", err)
	}
	d, err := d.Dense()
	if err != nil {
		return nil, fmt.Errorf("ridge: %w", err)
	}
	var all []*regression
	for _, g := range recordedTogether(d.Train.Responses) {
		r, err := regress(d, g)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	strengths := Strengths()
	val := predict(all, d.Val.Images, d.NumNeurons(), strengths)
	best, at := math.Inf(-1), -1
	for k := range strengths {
		corr, err := score.Correlation(val[k], d.Val.Responses)
		if err != nil {
			return nil, fmt.Errorf("ridge: %w", err)
		}
		if mean := stats.Mean(corr); mean > best {
			best, at = mean, k
		}
	}
	if at < 0 {
		return nil, errors.New("ridge: no strength can be chosen: no neuron has validation responses")
	}
	test := predict(all, d.Test.Images, d.NumNeurons(), strengths[at:at+1])
	return &Fit{Strength: strengths[at], AtEdge: at == 0 || at == len(strengths)-1, ValCorr: best, Val: val[at], Test: test[0]}, nil
}

// group is neurons that were recorded with the same training images.
type group struct{ neurons, images []int }

func recordedTogether(r datasets.Responses) []group {
	byMask := map[string]int{}
	var groups []group
	for j := range r.Neurons {
		mask := make([]byte, r.N)
		var images []int
		for i := range r.N {
			if v := r.At(i)[j]; v == v {
				mask[i] = 1
				images = append(images, i)
			}
		}
		at, ok := byMask[string(mask)]
		if !ok {
			at = len(groups)
			byMask[string(mask)] = at
			groups = append(groups, group{images: images})
		}
		groups[at].neurons = append(groups[at].neurons, j)
	}
	return groups
}

// regression holds what gives the weights for any strength. X is the training images minus their mean, Y the responses minus theirs.
type regression struct {
	group
	pixelMean, responseMean []float64
	values                  []float64  // eigenvalues of X'X, or of XX' where there are fewer images than pixels
	vectors                 *mat.Dense // their eigenvectors V, or X'V
	rotated                 *mat.Dense // V'X'Y, or V'Y
}

func regress(d *datasets.Dataset, g group) (*regression, error) {
	n, p := len(g.images), d.Train.Images.Size()
	x, y := mat.NewDense(n, p, nil), mat.NewDense(n, len(g.neurons), nil)
	for row, i := range g.images {
		for c, v := range d.Train.Images.At(i) {
			x.Set(row, c, float64(v))
		}
		for c, j := range g.neurons {
			y.Set(row, c, float64(d.Train.Responses.At(i)[j]))
		}
	}
	r := &regression{group: g, pixelMean: centre(x), responseMean: centre(y)}
	var square *mat.SymDense
	if n < p {
		square = mat.NewSymDense(n, nil)
		square.SymOuterK(1, x)
	} else {
		square = mat.NewSymDense(p, nil)
		square.SymOuterK(1, x.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(square, true) {
		return nil, fmt.Errorf("ridge: the eigenvalues of %d images of %d pixels were not found", n, p)
	}
	r.values = eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	r.rotated = &mat.Dense{}
	if n < p {
		r.vectors = &mat.Dense{}
		r.vectors.Mul(x.T(), &vectors)
		r.rotated.Mul(vectors.T(), y)
		return r, nil
	}
	r.vectors = &vectors
	var xy mat.Dense
	xy.Mul(x.T(), y)
	r.rotated.Mul(vectors.T(), &xy)
	return r, nil
}

// centre takes the mean from each column and returns the means.
func centre(m *mat.Dense) []float64 {
	rows, columns := m.Dims()
	means := make([]float64, columns)
	for c := range columns {
		for i := range rows {
			means[c] += m.At(i, c)
		}
		means[c] /= float64(rows)
		for i := range rows {
			m.Set(i, c, m.At(i, c)-means[c])
		}
	}
	return means
}

// predict returns the responses of all neurons to images with each strength.
func predict(all []*regression, images datasets.Images, neurons int, strengths []float64) []datasets.Responses {
	rates := make([]datasets.Responses, len(strengths))
	for k := range rates {
		rates[k] = datasets.Responses{N: images.N, Neurons: neurons, Values: make([]float32, images.N*neurons)}
	}
	for _, r := range all {
		x := mat.NewDense(images.N, images.Size(), nil)
		for i := range images.N {
			for c, v := range images.At(i) {
				x.Set(i, c, float64(v)-r.pixelMean[c])
			}
		}
		var turned, scaled, product mat.Dense
		turned.Mul(x, r.vectors)
		for k, strength := range strengths {
			scaled.Apply(func(i, _ int, v float64) float64 { return v / (max(r.values[i], 0) + strength) }, r.rotated)
			product.Mul(&turned, &scaled)
			for i := range images.N {
				for c, j := range r.neurons {
					rates[k].At(i)[j] = float32(product.At(i, c) + r.responseMean[c])
				}
			}
		}
	}
	return rates
}
