package simulated_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/simulated"
)

// Recordings without behaviour keep the bits that earlier versions gave them.
func TestOldSpecsKeepTheirBits(t *testing.T) {
	for spec, want := range map[string]string{
		"simulated:?neurons=12&images=30&val=10&test=5&repeats=2&seed=3&gain=0&shift=0": "5ec3f014bb54e9a46ab72a573df3ed3e91b29d40fcbca41472863d43a71a6945",
		"simulated:?neurons=12&images=30&val=10&test=5&repeats=2&seed=3":                "5ec3f014bb54e9a46ab72a573df3ed3e91b29d40fcbca41472863d43a71a6945",
	} {
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := datasets.Fingerprint(d); got != want {
			t.Errorf("%s: fingerprint %s, want %s", spec, got, want)
		}
	}
}

// Gain and eye movements change the rates as the truth says: a shift moves a neuron's receptive field over the image.
func TestBehaviourIsTrue(t *testing.T) {
	c := small()
	c.Neurons, c.Images, c.Height, c.Width, c.Gain, c.Shift, c.SNR = 10, 400, 30, 32, 0.4, 1.5, 2
	d := generate(t, c)
	truth := d.Truth.Train
	if got := strings.Join(d.Train.Covariates.Names, " "); got != "pupil_dilation running_speed pupil_x pupil_y" {
		t.Fatalf("covariates %s", got)
	}
	if n := len(truth.Gain); n != 400 || len(truth.Shift) != 800 || len(d.Truth.Test.Gain) != 40 || len(d.Truth.Val.Shift) != 40 {
		t.Fatalf("truth of %d gains, %d shifts", n, len(truth.Shift))
	}
	mean, far := 0.0, 0.0
	for i, g := range truth.Gain {
		row := d.Train.Covariates.Values[4*i : 4*i+4]
		want := 0.4*(0.8*(float64(row[0])-40)/8+0.6*(float64(row[1])-10)/5) - 0.08
		if math.Abs(math.Log(g)-want) > 1e-6 {
			t.Fatalf("trial %d: ln gain %g, covariates give %g", i, math.Log(g), want)
		}
		if math.Abs((float64(row[2])-60)/4-truth.Shift[2*i]) > 1e-6 || math.Abs((45-float64(row[3]))/4-truth.Shift[2*i+1]) > 1e-6 {
			t.Fatalf("trial %d: shift %v, pupil %v", i, truth.Shift[2*i:2*i+2], row[2:])
		}
		mean += g / 400
		far = max(far, math.Abs(truth.Shift[2*i]))
	}
	if math.Abs(mean-1) > 0.1 || far > 3 || far < 1.5 {
		t.Errorf("mean gain %g, largest shift %g; want 1 and up to 3 pixels", mean, far)
	}
	counts := d.Train.Responses
	population, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	atRest, err := population.Rates(d.Train.Images)
	if err != nil {
		t.Fatal(err)
	}
	moved := shiftedBack(d.Train.Images, truth.Shift)
	there, err := population.Rates(moved)
	if err != nil {
		t.Fatal(err)
	}
	at, without := 0.0, 0.0
	for n := range c.Neurons {
		at += correlation(counts, there, truth.Gain, n) / float64(c.Neurons)
		without += correlation(counts, atRest, make([]float64, 400), n) / float64(c.Neurons)
	}
	if !(at > without+0.1) {
		t.Errorf("counts correlate %.3f with rates at the eye's position and gain, %.3f without", at, without)
	}
}

// shiftedBack moves each image against the eye's movement, rounded to whole pixels, so that resting neurons see what moved ones do.
func shiftedBack(images datasets.Images, shift []float64) datasets.Images {
	moved := images
	moved.Pixels = make([]float32, len(images.Pixels))
	for i := range images.N {
		right, down := int(math.Round(shift[2*i])), int(math.Round(shift[2*i+1]))
		for y := range images.Height {
			for x := range images.Width {
				if from, row := x+right, y+down; from >= 0 && from < images.Width && row >= 0 && row < images.Height {
					moved.At(i)[y*images.Width+x] = images.At(i)[row*images.Width+from]
				}
			}
		}
	}
	return moved
}

// correlation is that of a neuron's counts with rates times gains; gains that are all 0 stand for 1.
func correlation(counts, rates datasets.Responses, gains []float64, n int) float64 {
	var sx, sy, sxx, syy, sxy float64
	for i := range counts.N {
		g := gains[i]
		if g == 0 {
			g = 1
		}
		x, y := float64(rates.At(i)[n])*g, float64(counts.At(i)[n])
		sx, sy, sxx, syy, sxy = sx+x, sy+y, sxx+x*x, syy+y*y, sxy+x*y
	}
	k := float64(counts.N)
	return (sxy - sx*sy/k) / math.Sqrt((sxx-sx*sx/k)*(syy-sy*sy/k))
}

// What a specification asks for in vain is named.
func TestBehaviourThatCannotBe(t *testing.T) {
	for spec, want := range map[string]string{
		"simulated:?gain=-1":                         "gain",
		"simulated:?shift=9":                         "shift",
		"simulated:?shift=3&neurons=5&images=10":     "images of 24x24, want at least 29x29 with shift 3",
		"simulated:?shift=1&height=20&width=30&gain": "gain",
	} {
		if _, err := formats.OpenRaw(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", spec, err, want)
		}
	}
}

// With behaviour=own, the first animal is as without; the others' covariates follow from the same gains and eye movements by relations of their own.
func TestAnimalsDifferInBehaviour(t *testing.T) {
	c := small()
	c.Neurons, c.Images, c.Height, c.Width, c.Gain, c.Shift, c.Sessions = 4, 200, 30, 32, 0.5, 1, 3
	alike := generate(t, c)
	c.Behaviour = simulated.Own
	own := generate(t, c)
	correlation := func(d *datasets.Dataset, column int, truth func(i int) float64) float64 {
		var x, y []float64
		for i := range 200 {
			x, y = append(x, float64(d.Train.Covariates.Values[4*i+column])), append(y, truth(i))
		}
		return stat.Correlation(x, y, nil)
	}
	for k, d := range own.Sessions {
		truth := d.Truth.Train
		running := correlation(d, 1, func(i int) float64 { return math.Log(truth.Gain[i]) })
		pupil := correlation(d, 2, func(i int) float64 { return truth.Shift[2*i] })
		same := slices.Equal(d.Train.Covariates.Values, alike.Sessions[k].Train.Covariates.Values)
		if (k == 0) != same || (math.Abs(running-0.6) < 0.1) != (k == 0) || (pupil > 0.99) != (k == 0) {
			t.Errorf("animal %d: covariates as without the option: %v; running and gain correlate %.2f, pupil and eye %.2f", k+1, same, running, pupil)
		}
	}
	c.Sessions = 1
	if _, err := simulated.Generate(c); err == nil || !strings.Contains(err.Error(), "behaviour=own with 1 sessions") {
		t.Errorf("one animal: %v", err)
	}
}
