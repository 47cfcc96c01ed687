package fit

import (
	"maps"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// One step over micro-batches, against a step each over the same images from the same weights: loss, penalty and gradient are the mean,
// and what is not trained (moving averages, the state of the noise) goes on from one to the next.
func TestStepIsTheMeanOverMicroBatches(t *testing.T) {
	const parts, images = 3, 4
	for name, config := range map[string]v1model.Config{"joint L1": tiny(), "gaussian": gaussian()} {
		t.Run(name, func(t *testing.T) {
			config.Fit.Batch, config.Fit.Accumulate = parts*images, parts
			got, losses := stepped(t, begun(t, pjrttest.Backend(t), config, small()), 1)

			config.Fit.Batch, config.Fit.Accumulate = images, 0
			d := begun(t, pjrttest.Backend(t), config, small())
			start := state(t, d)
			want := maps.Clone(start)
			sums := map[string][]float32{"loss": {0, 0}}
			for part := range parts {
				if err := d.setState(want); err != nil {
					t.Fatal(err)
				}
				d.setCursor(part*images, nil)
				after, l := stepped(t, d, 1)
				addTo(sums, "loss", l, 1./parts)
				for _, s := range d.model.Specs() {
					if s.Trainable { // the first moment is 1-beta1 times the gradient
						addTo(sums, s.Name, after.Float32(s.Name+firstMoment), 1./parts/(1-beta1))
					} else {
						want[s.Name] = after[s.Name]
					}
				}
			}
			for _, s := range d.model.Specs() {
				if !s.Trainable {
					near(t, s.Name, got.Float32(s.Name), want.Float32(s.Name))
					continue
				}
				gradient := map[string][]float32{}
				addTo(gradient, s.Name, got.Float32(s.Name+firstMoment), 1/(1-beta1))
				near(t, s.Name+": gradient", gradient[s.Name], sums[s.Name])
			}
			near(t, "losses", losses, sums["loss"])
		})
	}
}

// addTo adds a share of values to a sum, which may be new.
func addTo(sums map[string][]float32, name string, values []float32, share float64) {
	if sums[name] == nil {
		sums[name] = make([]float32, len(values))
	}
	for i, v := range values {
		sums[name][i] += float32(float64(v) * share)
	}
}

// Where every micro-batch holds the same images, their statistics are the batch's, and training goes as without micro-batches; only the
// moving averages move twice as often.
func TestMicroBatchesOfTheSameImagesChangeNothing(t *testing.T) {
	config := tiny()
	config.Fit.Batch, config.Core.Evaluation = 8, []string{core.Spectral}
	var states []weights.Values
	var d *device
	for _, n := range []int{1, 2} {
		config.Fit.Accumulate = n
		d = begun(t, pjrttest.Backend(t), config, small())
		d.setOrder([]int32{7, 5, 3, 1, 7, 5, 3, 1, 2, 4, 6, 8, 2, 4, 6, 8})
		values, _ := stepped(t, d, 2)
		states = append(states, values)
	}
	for _, s := range d.model.Specs() {
		if s.Trainable {
			near(t, s.Name, states[1].Float32(s.Name), states[0].Float32(s.Name))
		}
	}
}
