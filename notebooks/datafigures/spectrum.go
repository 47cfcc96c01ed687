package datafigures

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
)

// Spectrum draws the power of the images over spatial frequency, a line for each part; see Power. If the lines lie apart, the parts have different
// units or were filtered differently.
func Spectrum(d *datasets.Dataset) (*figures.Figure, error) {
	all, err := parts(d)
	if err != nil {
		return nil, err
	}
	var lines []figures.SpectrumLine
	for _, p := range all {
		if p.images.N == 0 {
			continue
		}
		frequency, power, err := Power(p.images)
		if err != nil {
			return nil, err
		}
		lines = append(lines, figures.SpectrumLine{Name: p.name, Frequency: frequency, Power: power, Slope: slope(frequency, power)})
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("the recording came without images")
	}
	return figures.Spectrum(lines)
}

// Power returns the power spectrum of images, averaged over directions, over channels and over up to 1000 evenly spaced images.
// frequency is in cycles per pixel, up to 0.5, in rings as wide as the lowest frequency of the shorter side. power is in squared units of the
// pixels: for white noise it is the variance at every frequency. The mean of each image is subtracted, and a Hann window fades it out towards the
// border. Without the window, the jump between opposite borders would add power along the axes. It is an error if a side is shorter than 4 pixels
// or there is no image.
func Power(images datasets.Images) (frequency, power []float64, err error) {
	h, w := images.Height, images.Width
	if images.N < 1 || h < 4 || w < 4 {
		return nil, nil, fmt.Errorf("recording: spectrum of %d images of %s: at least one of at least 4 x 4 is needed", images.N, images.Shape())
	}
	window := make([]float64, h*w)
	sum, squares := 0.0, 0.0
	for i := range window {
		window[i] = hann(i/w, h) * hann(i%w, w)
		sum += window[i]
		squares += window[i] * window[i]
	}
	rings := min(h, w) / 2
	frequency, power = make([]float64, rings), make([]float64, rings)
	total, rows, columns := make([]float64, h*w), fourier.NewCmplxFFT(w), fourier.NewCmplxFFT(h)
	chosen := spaced(images.N, most)
	field, column := make([]complex128, h*w), make([]complex128, h)
	for _, i := range chosen {
		grey, mean := greyOf(images, i), 0.0
		for k, v := range grey {
			mean += window[k] * float64(v) / sum
		}
		for k, v := range grey {
			field[k] = complex(window[k]*(float64(v)-mean), 0)
		}
		for y := range h {
			rows.Coefficients(field[y*w:(y+1)*w], field[y*w:(y+1)*w])
		}
		for x := range w {
			for y := range h {
				column[y] = field[y*w+x]
			}
			columns.Coefficients(column, column)
			for y, c := range column {
				total[y*w+x] += (real(c)*real(c) + imag(c)*imag(c)) / squares / float64(len(chosen))
			}
		}
	}
	count := make([]float64, rings)
	for k, p := range total {
		f := math.Hypot(columns.Freq(k/w), rows.Freq(k%w))
		if ring := int(math.Round(f*float64(min(h, w)))) - 1; ring >= 0 && ring < rings {
			frequency[ring] += f
			power[ring] += p
			count[ring]++
		}
	}
	for r := range rings {
		frequency[r] /= count[r]
		power[r] /= count[r]
	}
	return frequency, power, nil
}

// hann returns the Hann window of n pixels at pixel i.
func hann(i, n int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)) }

// slope returns the least-squares slope of log power over log frequency. It leaves out the lowest frequency, which the window has smeared, and those
// above 0.25 cycles per pixel, where scaling has smoothed most pictures. It is NaN for fewer than three points with power.
func slope(frequency, power []float64) float64 {
	var x, y []float64
	for k, f := range frequency {
		if k > 0 && f <= 0.25 && power[k] > 0 {
			x, y = append(x, math.Log(f)), append(y, math.Log(power[k]))
		}
	}
	if len(x) < 3 {
		return math.NaN()
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope
}
