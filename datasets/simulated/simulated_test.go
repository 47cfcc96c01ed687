package simulated_test

import (
	"math"
	"math/cmplx"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
)

func small() simulated.Config {
	c := simulated.Default()
	c.Neurons, c.Images, c.Val, c.Test, c.Repeats = 20, 60, 20, 10, 4
	return c
}

func generate(t *testing.T, c simulated.Config) *datasets.Dataset {
	t.Helper()
	d, err := simulated.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSameBitsOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	prints := map[string]bool{}
	for _, processors := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(processors)
		prints[datasets.Fingerprint(generate(t, small()))] = true
	}
	if len(prints) != 1 {
		t.Errorf("%d different recordings from one seed", len(prints))
	}
	c := small()
	c.Seed++
	if prints[datasets.Fingerprint(generate(t, c))] {
		t.Error("another seed gave the same recording")
	}
}

// Streams are separate by purpose: more of one thing leaves the others as they were.
func TestMoreOfOneLeavesTheRest(t *testing.T) {
	d := generate(t, small())
	c := small()
	c.Images, c.Val = 90, 30
	more := generate(t, c)
	n := d.Train.Images.N
	if !slices.Equal(d.Train.Images.Pixels, more.Train.Images.Pixels[:n*24*24]) ||
		!slices.Equal(d.Train.Responses.Values, more.Train.Responses.Values[:n*20]) || !cmp.Equal(d.Test, more.Test) {
		t.Error("more training and validation images changed others")
	}
}

func TestRecordingIsSound(t *testing.T) {
	c := simulated.Default()
	c.Images = 1000
	d := generate(t, c)
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	if findings := datasets.Check(d); len(findings) != 0 {
		t.Errorf("%+v", findings)
	}
	sizes := make([]int, len(d.Truth.TypeNames))
	for i, k := range d.Truth.Type {
		sizes[k]++
		x, y := d.Truth.X[i], d.Truth.Y[i]
		if x < 7 || x > 16 || y < 7 || y > 16 {
			t.Errorf("neuron %d at (%v, %v), want 7 pixels from the border", i, x, y)
		}
		if math.IsNaN(d.Truth.Orientation[i]) != (d.Truth.TypeNames[k] == "centre-surround") {
			t.Errorf("neuron %d, %s, orientation %v", i, d.Truth.TypeNames[k], d.Truth.Orientation[i])
		}
	}
	if !slices.Equal(sizes, []int{30, 30, 30, 30, 30}) {
		t.Errorf("type sizes %v", sizes)
	}
}

func TestSignalToNoise(t *testing.T) {
	c := simulated.Default()
	c.Types = simulated.AllTypeNames()
	population, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := population.Rates(simulated.DeadLeaves(1500, c.Height, c.Width, 11))
	if err != nil {
		t.Fatal(err)
	}
	truth := population.Truth()
	ratios := make([][]float64, len(truth.TypeNames))
	means := make([][]float64, len(truth.TypeNames))
	var ceilings []float64
	for j, k := range truth.Type {
		values := make([]float64, rates.N)
		for i := range values {
			values[i] = float64(rates.At(i)[j])
		}
		mean, variance := stat.MeanVariance(values, nil)
		ratios[k] = append(ratios[k], variance/mean)
		means[k] = append(means[k], mean)
		ceilings = append(ceilings, math.Sqrt(variance/(variance+mean/float64(c.Repeats))))
	}
	for k, name := range truth.TypeNames {
		slices.Sort(ratios[k])
		slices.Sort(means[k])
		median := ratios[k][len(ratios[k])/2]
		t.Logf("%-16s signal to noise %.2f (%.2f to %.2f), spikes per image %.2f (%.2f to %.2f)", name,
			median, ratios[k][0], ratios[k][len(ratios[k])-1], stat.Mean(means[k], nil), means[k][0], means[k][len(means[k])-1])
		if median < 0.7*c.SNR || median > 1.4*c.SNR {
			t.Errorf("%s: median signal to noise %.2f, want about %v", name, median, c.SNR)
		}
		if m := stat.Mean(means[k], nil); m < 0.1 || m > 2.5 {
			t.Errorf("%s: %.2f spikes per image", name, m)
		}
	}
	if m := stat.Mean(ceilings, nil); m < 0.85 || m > 0.95 || slices.Min(ceilings) < 0.7 {
		t.Errorf("ceilings of %.2f on average, lowest %.2f", m, slices.Min(ceilings))
	}
	t.Logf("ceilings %.2f, %.2f to %.2f", stat.Mean(ceilings, nil), slices.Min(ceilings), slices.Max(ceilings))
}

func TestTrialsArePoissonAroundRates(t *testing.T) {
	c := small()
	c.Repeats = 400
	d := generate(t, c)
	population, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := population.Rates(d.Test.Images)
	if err != nil {
		t.Fatal(err)
	}
	var deviation, fano float64
	n := 0
	for i := range c.Test {
		for j, rate := range rates.At(i) {
			trials := make([]float64, c.Repeats)
			for r := range trials {
				trials[r] = float64(d.Test.Responses.At(r, i)[j])
			}
			mean, variance := stat.MeanVariance(trials, nil)
			z := (mean - float64(rate)) / math.Sqrt(float64(rate)/float64(c.Repeats))
			deviation += z * z
			fano += variance / float64(rate)
			n++
		}
	}
	if deviation /= float64(n); math.Abs(deviation-1) > 0.3 {
		t.Errorf("squared deviations of averages from rates are %.2f of what Poisson trials give", deviation)
	}
	if fano /= float64(n); math.Abs(fano-1) > 0.05 {
		t.Errorf("Fano factor %.3f, want 1", fano)
	}
}

// Natural images have power that falls about as frequency^-2.
func TestSpectralSlope(t *testing.T) {
	const n, size = 150, 64
	images := simulated.DeadLeaves(n, size, size, 5)
	rows := fourier.NewCmplxFFT(size)
	power := make([]float64, size/2)
	for i := range n {
		pixels := images.At(i)
		mean := 0.0
		for _, v := range pixels {
			mean += float64(v) / size / size
		}
		grid := make([][]complex128, size)
		for y := range grid {
			grid[y] = make([]complex128, size)
			for x := range grid[y] {
				window := math.Sin(math.Pi*(float64(x)+0.5)/size) * math.Sin(math.Pi*(float64(y)+0.5)/size)
				grid[y][x] = complex((float64(pixels[y*size+x])-mean)*window*window, 0)
			}
			rows.Coefficients(grid[y], grid[y])
		}
		column := make([]complex128, size)
		for x := range size {
			for y := range size {
				column[y] = grid[y][x]
			}
			rows.Coefficients(column, column)
			for y, v := range column {
				f := math.Hypot(float64((x+size/2)%size-size/2), float64((y+size/2)%size-size/2))
				if k := int(math.Round(f)); k < len(power) {
					power[k] += cmplx.Abs(v) * cmplx.Abs(v) / f // mean over a ring of length ~ f
				}
			}
		}
	}
	var logF, logP []float64
	for f := 2; f <= 20; f++ {
		logF = append(logF, math.Log(float64(f)))
		logP = append(logP, math.Log(power[f]))
	}
	_, slope := stat.LinearRegression(logF, logP, nil, false)
	t.Logf("power falls as frequency^%.2f", slope)
	if slope < -2.6 || slope > -1.6 {
		t.Errorf("power falls as frequency^%.2f, want about -2", slope)
	}
}

// probe draws a picture of grey levels from a function of the position relative to a neuron, x rightwards and y upwards in pixels.
func probe(images *datasets.Images, truth *datasets.Truth, neuron int, at func(dx, dy float64) float64) {
	for row := range images.Height {
		for column := range images.Width {
			v := at(float64(column)-truth.X[neuron], truth.Y[neuron]-float64(row))
			images.Pixels = append(images.Pixels, float32(127.5+50*v))
		}
	}
	images.N++
}

// The neurons are asked what their truth says of them: gratings for orientation, edges for the bright side of simple cells, bars for what is bright,
// corners for where the arms point, spots for position, gratings of several lengths and widths for what inhibits, plaids for crosses.
func TestTruthByProbing(t *testing.T) {
	c := simulated.Default()
	c.Neurons, c.Types = 60, simulated.AllTypeNames()
	population, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	truth := population.Truth()
	const steps, phases = 72, 8
	grating := func(angle, phase, period float64) func(dx, dy float64) float64 {
		sin, cos := math.Sincos(angle)
		return func(dx, dy float64) float64 { return math.Sin(2*math.Pi*(dy*cos-dx*sin)/period + phase) }
	}
	edge := func(angle float64) func(dx, dy float64) float64 {
		sin, cos := math.Sincos(angle)
		return func(dx, dy float64) float64 { return math.Tanh(dy*cos - dx*sin) } // bright to the left of the direction
	}
	corner := func(angle float64) func(dx, dy float64) float64 {
		sin, cos := math.Sincos(angle)
		arm := func(along, across float64) float64 {
			return math.Exp(-across*across/2) / (1 + math.Exp(-4*along))
		}
		return func(dx, dy float64) float64 {
			u, v := dx*cos+dy*sin, dy*cos-dx*sin
			return max(arm(u, v), arm(v, u))
		}
	}
	// grid is a grating, bright along the angle through the middle, of limited length along its bars and width across them.
	grid := func(angle, period, length, width float64) func(dx, dy float64) float64 {
		sin, cos := math.Sincos(angle)
		return func(dx, dy float64) float64 {
			u, v := dx*cos+dy*sin, dy*cos-dx*sin
			return math.Cos(2*math.Pi*v/period) * math.Exp(-(u*u/(length*length) + v*v/(width*width)))
		}
	}
	negative := func(at func(dx, dy float64) float64) func(dx, dy float64) float64 {
		return func(dx, dy float64) float64 { return -at(dx, dy) }
	}
	// tuning is the response of one neuron to each of the stimuli, averaged over groups of the given size.
	tuning := func(neuron, group int, stimuli []func(dx, dy float64) float64) []float64 {
		images := datasets.Images{Height: c.Height, Width: c.Width, Channels: 1}
		for _, s := range stimuli {
			probe(&images, truth, neuron, s)
		}
		rates, err := population.Rates(images)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]float64, len(stimuli)/group)
		for i := range stimuli {
			out[i/group] += float64(rates.At(i)[neuron]) / float64(group)
		}
		return out
	}
	// apart is the distance of two angles on a circle of the given length.
	apart := func(a, b, circle float64) float64 { return math.Abs(math.Remainder(a-b, circle)) }

	checked := map[string]int{}
	for j, k := range truth.Type {
		name := truth.TypeNames[k]
		checked[name]++
		period := map[string]float64{"simple": 6.5, "complex": 4.5, "centre-surround": 6, "corner": 5, "cross-suppressed": 7.5,
			"bar": 6, "off-centre": 6, "end-stopped": 5, "cross": 6.5, "side-inhibited": 4, simulated.Continuum: 6}[name]
		var gratings, edges, corners []func(dx, dy float64) float64
		for i := range steps {
			angle := float64(i) / steps * math.Pi
			for p := range phases {
				gratings = append(gratings, grating(angle, float64(p)/phases*2*math.Pi, period))
			}
			edges = append(edges, edge(2*angle))
			corners = append(corners, corner(2*angle))
		}
		curve := tuning(j, phases, gratings)
		best := slices.Index(curve, slices.Max(curve))
		switch name {
		case "simple", "complex", "cross-suppressed", "bar", "end-stopped", "side-inhibited", simulated.Continuum:
			if got := float64(best) / steps * math.Pi; apart(got, truth.Orientation[j], math.Pi) > 0.07 {
				t.Errorf("neuron %d, %s: gratings best at %.2f, truth %.2f", j, name, got, truth.Orientation[j])
			}
		case "centre-surround", "off-centre":
			if low, high := slices.Min(curve), slices.Max(curve); high > 1.03*low {
				t.Errorf("neuron %d, %s: responses to gratings from %.3f to %.3f", j, name, low, high)
			}
			var spots []func(dx, dy float64) float64
			for y := -2; y <= 2; y++ {
				for x := -2; x <= 2; x++ {
					bright := func(dx, dy float64) float64 {
						return math.Exp(-((dx-float64(x))*(dx-float64(x)) + (dy-float64(y))*(dy-float64(y))) / 2)
					}
					if name == "off-centre" {
						bright = negative(bright)
					}
					spots = append(spots, bright)
				}
			}
			curve := tuning(j, 1, spots)
			if best := slices.Index(curve, slices.Max(curve)); best != len(curve)/2 {
				t.Errorf("neuron %d, %s: a spot is best at place %d of the grid, not in the middle", j, name, best)
			}
		case "cross":
			var plaids []func(dx, dy float64) float64
			for i := range steps {
				one, other := grid(float64(i)/steps*math.Pi/2, period, 30, 30), grid(float64(i)/steps*math.Pi/2+math.Pi/2, period, 30, 30)
				plaids = append(plaids, func(dx, dy float64) float64 { return (one(dx, dy) + other(dx, dy)) / 2 })
			}
			curve := tuning(j, 1, plaids)
			best := slices.Index(curve, slices.Max(curve))
			if got := float64(best) / steps * math.Pi / 2; apart(got, truth.Orientation[j], math.Pi/2) > 0.07 {
				t.Errorf("neuron %d, %s: plaids best at %.2f, truth %.2f", j, name, got, truth.Orientation[j])
			}
			if one := tuning(j, 1, []func(dx, dy float64) float64{grid(truth.Orientation[j], period, 30, 30)}); one[0] > 0.6*slices.Max(curve) {
				t.Errorf("neuron %d, %s: %.3f to a grating, %.3f to a plaid of half its contrast", j, name, one[0], slices.Max(curve))
			}
		}
		// What sets the types apart beside orientation: how much of the response to the first stimulus is left with the second.
		angle := truth.Orientation[j]
		long, short, narrow := grid(angle, period, 30, 30), grid(angle, period, 2.5, 30), grid(angle, period, 30, 2.5)
		if p, ok := map[string]struct {
			first, second func(dx, dy float64) float64
			least, most   float64
		}{
			"complex":        {long, short, 0.5, 0.9}, // more of the grating adds
			"bar":            {long, negative(long), 0, 0.1},
			"end-stopped":    {short, long, 0, 0.5},
			"side-inhibited": {narrow, long, 0, 0.5},
		}[name]; ok {
			r := tuning(j, 1, []func(dx, dy float64) float64{p.first, p.second})
			if left := r[1] / r[0]; left < p.least || left > p.most {
				t.Errorf("neuron %d, %s: responses %.3f, then %.3f", j, name, r[0], r[1])
			}
		}
		circle := map[string][]func(dx, dy float64) float64{"simple": edges, "corner": corners}[name]
		if circle != nil {
			curve := tuning(j, 1, circle)
			best := float64(slices.Index(curve, slices.Max(curve))) / steps * 2 * math.Pi
			if apart(best, truth.Orientation[j], 2*math.Pi) > 0.2 {
				t.Errorf("neuron %d, %s: best angle %.2f, truth %.2f", j, name, best, truth.Orientation[j])
			}
		}
	}
	if len(checked) != 11 {
		t.Errorf("types probed: %v", checked)
	}
}

func TestErrors(t *testing.T) {
	for want, change := range map[string]func(c *simulated.Config){
		"neurons 0, want at least 1":  func(c *simulated.Config) { c.Neurons = 0 },
		"images 1, want at least 2":   func(c *simulated.Config) { c.Images = 1 },
		"width 14, want at least 15":  func(c *simulated.Config) { c.Width = 14 },
		"types 0, want at least 1":    func(c *simulated.Config) { c.Types = nil },
		`type "hyper", want simple, `: func(c *simulated.Config) { c.Types = []string{"hyper"} },
		"snr 0, want above 0":         func(c *simulated.Config) { c.SNR = 0 },
	} {
		c := small()
		change(&c)
		if _, err := simulated.Generate(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	population, err := simulated.NewPopulation(small())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := population.Rates(simulated.DeadLeaves(1, 20, 24, 1)); err == nil || !strings.Contains(err.Error(), "images [20, 24, 1], want [24, 24, 1]") {
		t.Errorf("got %v", err)
	}
}

// Images of the smallest size leave a neuron one place to be.
func TestSmallestImages(t *testing.T) {
	c := small()
	c.Height, c.Width, c.Types = 15, 40, []string{"corner", "simple"}
	d := generate(t, c)
	if !slices.Equal(d.Truth.TypeNames, c.Types) || slices.Min(d.Truth.Y) != 7 || slices.Max(d.Truth.Y) != 7 {
		t.Errorf("types %v, rows %v", d.Truth.TypeNames, d.Truth.Y)
	}
}

func BenchmarkGenerateDefault(b *testing.B) {
	for b.Loop() {
		if _, err := simulated.Generate(simulated.Default()); err != nil {
			b.Fatal(err)
		}
	}
}
