package celltypes

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
)

// Spectra of most exciting images: amplitudes at so many orientations of the wave, from 0 to below pi, and at so many spatial frequencies.
const (
	spectrumAngles      = 12
	spectrumFrequencies = 8
)

// spectrumCycles lists the frequencies in cycles per pixel, from 0.03 to 0.4.
func spectrumCycles() []float64 { return insilico.Geometric(0.03, 1.45, spectrumFrequencies) }

// Spectra returns the amplitude spectra of most exciting images as weights that can be grouped, [n, orientations, frequencies]: of each neuron the mean over
// its images, and over channels. Amplitudes do not depend on where in the image its pattern is, nor on contrast reversal; a pattern that is turned has the
// same spectrum at other orientations, and one turned by pi the same. So a shift over a full circle of orientations stands for a turn by pi. Dead neurons
// have no weights.
func Spectra(m *insilico.MEIs) (features.Weights, error) {
	shape := m.Images.Shape
	images, err := m.Images.Float32s()
	if err != nil {
		return features.Weights{}, fmt.Errorf("celltypes: most exciting images: %w", err)
	}
	n, k, height, width, channels := shape[0], shape[1], shape[2], shape[3], 1
	if len(shape) == 5 {
		channels = shape[4]
	}
	w := features.Weights{Neurons: n, Rotations: spectrumAngles, Features: spectrumFrequencies, Values: make([]float32, n*spectrumAngles*spectrumFrequencies)}
	for i, each := range slices.Collect(slices.Chunk(images, k*height*width*channels)) {
		if m.Dead[i] {
			continue
		}
		for image := range slices.Chunk(each, height*width*channels) {
			addSpectrum(w.At(i), grey(image, channels), width)
		}
	}
	return w, w.Check()
}

// grey is the mean of an image over its channels, minus the mean over its pixels.
func grey(image []float32, channels int) []float64 {
	var pixels []float64
	sum := 0.0
	for values := range slices.Chunk(image, channels) {
		v := 0.0
		for _, c := range values {
			v += float64(c) / float64(channels)
		}
		pixels, sum = append(pixels, v), sum+v
	}
	for i := range pixels {
		pixels[i] -= sum / float64(len(pixels))
	}
	return pixels
}

// addSpectrum adds |sum of pixel * exp(-2 pi i (fx x + fy y))| at each orientation and frequency to amplitudes [orientations, frequencies]; y points up.
func addSpectrum(amplitudes []float32, pixels []float64, width int) {
	for a := range spectrumAngles {
		sin, cos := math.Sincos(math.Pi * float64(a) / spectrumAngles)
		for f, cycles := range spectrumCycles() {
			along, up := make([]complex128, width), make([]complex128, len(pixels)/width)
			for x := range along {
				along[x] = cmplx.Rect(1, -2*math.Pi*cycles*cos*float64(x))
			}
			for y := range up {
				up[y] = cmplx.Rect(1, 2*math.Pi*cycles*sin*float64(y))
			}
			var sum complex128
			for y, factor := range up {
				var row complex128
				for x, v := range pixels[y*width : (y+1)*width] {
					row += complex(v, 0) * along[x]
				}
				sum += row * factor
			}
			amplitudes[a*spectrumFrequencies+f] += float32(cmplx.Abs(sum))
		}
	}
}

// AnalyseMEIs groups some of m's neurons by the spectra of their most exciting images, aligned over orientation, with any method.
func AnalyseMEIs(m *insilico.MEIs, neurons []int, o features.Options) (*Analysis, error) {
	all, err := Spectra(m)
	if err != nil {
		return nil, err
	}
	some := features.Weights{Neurons: len(neurons), Rotations: all.Rotations, Features: all.Features}
	for _, n := range neurons {
		at := slices.Index(m.Neurons, n)
		if at < 0 {
			return nil, fmt.Errorf("celltypes: no most exciting images of neuron %d", n)
		}
		some.Values = append(some.Values, all.At(at)...)
	}
	a, err := Analyse(some, o)
	if err != nil {
		return nil, err
	}
	a.From, a.Neurons = ByMEI, neurons
	return a, nil
}
