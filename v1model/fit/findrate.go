package fit

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// RateTest is a range test of the learning rate (Smith, "Cyclical learning rates", 2017): training steps at a rate that rises from one to the next.
type RateTest struct {
	Rates     []float64 // of the steps, evenly spaced in their logarithm
	Losses    []float64 // training loss of each step's batch, without penalties
	Smooth    []float64 // the same, averaged over the steps before with weights that fall by a tenth per step
	Lowest    float64   // the rate with the lowest smooth loss
	Suggested float64   // for fit.peak_rate: a third of Lowest
}

// RateOptions are the settings of a range test. Zero values mean the defaults.
type RateOptions struct {
	From, To float64 // rates; 1e-4 and 1
	Steps    int     // 150
}

// Constants of a range test.
const (
	smoothing  = 0.9 // weight of the steps before in the smooth loss
	diverged   = 0.5 // the test ends when the smooth loss has risen again by this share of its fall
	underPeak  = 3   // Suggested is Lowest divided by this
	leastSteps = 20
)

// FindRate makes a range test of a config's learning rate on normalised data, from the start values of the config's seed. Nothing is kept. The schedule and
// averages of the config play no part. The test ends early when the loss has clearly risen again. It is an error if the loss does not fall at all.
func FindRate(ctx context.Context, backend compute.Backend, data *datasets.Dataset, config v1model.Config, o RateOptions) (RateTest, error) {
	if o.From == 0 && o.To == 0 {
		o.From, o.To = 1e-4, 1
	}
	if o.Steps == 0 {
		o.Steps = 150
	}
	if !(o.From > 0 && o.To > o.From && !math.IsInf(o.To, 0)) || o.Steps < leastSteps {
		return RateTest{}, fmt.Errorf("range test: rates %g to %g in %d steps; accepted: rising rates above 0, at least %d steps", o.From, o.To, o.Steps, leastSteps)
	}
	config.Fit.Average = 0
	record := runfolder.Describe(data)
	config, err := config.WithEvaluation(record.Shape, backend)
	if err != nil {
		return RateTest{}, err
	}
	p, err := prepare(backend, data, config, record, nil)
	if err != nil {
		return RateTest{}, err
	}
	s, err := NewStepper(backend, p.model, data, p.start)
	if err != nil {
		return RateTest{}, err
	}
	defer s.Close()
	var t RateTest
	for i := range o.Steps {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		rate := o.From * math.Pow(o.To/o.From, float64(i)/float64(o.Steps-1))
		s.device.setRate(rate)
		loss, _, err := s.Train(1)
		if err != nil {
			return t, err
		}
		if t.add(rate, loss); t.over() {
			break
		}
	}
	return t, t.suggest()
}

// add records a step.
func (t *RateTest) add(rate, loss float64) {
	t.Rates, t.Losses = append(t.Rates, rate), append(t.Losses, loss)
	sum, weight := 0., 0.
	for _, l := range t.Losses {
		sum, weight = smoothing*sum+l, smoothing*weight+1
	}
	t.Smooth = append(t.Smooth, sum/weight)
}

// lowest is the step with the lowest smooth loss. The first steps, whose mean is of few losses, do not count.
func (t *RateTest) lowest() int {
	at := min(leastSteps/2, len(t.Smooth)-1)
	for i := at; i < len(t.Smooth); i++ {
		if t.Smooth[i] < t.Smooth[at] {
			at = i
		}
	}
	return at
}

// over tells whether the loss is not a number, or has clearly risen again.
func (t *RateTest) over() bool {
	last := t.Smooth[len(t.Smooth)-1]
	if last-last != 0 {
		return true
	}
	low := t.Smooth[t.lowest()]
	return len(t.Smooth) >= leastSteps && last-low > diverged*(t.Smooth[0]-low) && t.Smooth[0] > low
}

// suggest fills in what follows from the losses.
func (t *RateTest) suggest() error {
	at := t.lowest()
	if !(t.Smooth[at] < t.Smooth[0]) {
		return fmt.Errorf("range test: the training loss fell at no learning rate from %g to %g; accepted: data whose loss falls in some, or other rates", t.Rates[0], t.Rates[len(t.Rates)-1])
	}
	t.Lowest, t.Suggested = t.Rates[at], twoDigits(t.Rates[at]/underPeak)
	return nil
}

// twoDigits rounds to two digits.
func twoDigits(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/unit) * unit
}
