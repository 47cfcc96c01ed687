package sessions

import (
	"math"
	"math/rand/v2"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/score"
)

// resamples is the number of bootstrap samples.
const resamples = 1000

// Estimate is a mean over neurons, of what is a mean over seeds for each neuron, and its uncertainty.
type Estimate struct {
	Mean     jsonfloat.Float `json:"mean"`
	Seeds    jsonfloat.Float `json:"sd_seeds"`   // SD over seeds of the mean over neurons; null for one seed
	Neurons  jsonfloat.Float `json:"sd_neurons"` // SD over neurons
	Images   jsonfloat.Float `json:"se_images"`  // standard error: SD over bootstrap samples of the test images
	Together jsonfloat.Float `json:"se"`         // the same where neurons are drawn, too
}

// Difference is that of two estimates on the same images and neurons: the first model's minus the other's.
type Difference struct {
	Name     string          `json:"with"` // the other model
	Mean     jsonfloat.Float `json:"mean"`
	Images   jsonfloat.Float `json:"se_images"` // standard errors of the paired difference, as in an estimate
	Together jsonfloat.Float `json:"se"`
	Better   jsonfloat.Float `json:"better"` // share of neurons that the first model predicts better
}

// prediction is what one model says of the test images with several seeds.
type prediction struct {
	name  string
	rates []datasets.Responses // by seed, [images, neurons]
}

// spread measures how well predictions match a target, [images, neurons]. Images and neurons are drawn with replacement, the same for all models, so
// that differences between models are paired. The numbers depend on nothing but the arguments.
func spread(target datasets.Responses, models []prediction) ([]Estimate, []Difference) {
	weights := make([]float64, target.N)
	each := func(m prediction) (neurons, seeds []float64) { // means over seeds, and over neurons
		neurons = make([]float64, target.Neurons)
		for _, rates := range m.rates {
			corr := weighted(rates, target, weights)
			seeds = append(seeds, stats.Mean(corr))
			for j, c := range corr {
				neurons[j] += c / float64(len(m.rates))
			}
		}
		return neurons, seeds
	}
	for i := range weights {
		weights[i] = 1
	}
	estimates, whole := make([]Estimate, len(models)), make([][]float64, len(models))
	for k, m := range models {
		neurons, seeds := each(m)
		whole[k] = neurons
		estimates[k] = Estimate{Mean: number(stats.Mean(neurons)), Seeds: number(stats.SD(seeds)), Neurons: number(stats.SD(neurons))}
	}

	rng := rand.New(rand.NewPCG(1, 0x424f_4f54))
	byImages, byBoth := make([][]float64, len(models)), make([][]float64, len(models))
	drawn := make([]int, target.Neurons)
	for range resamples {
		clear(weights)
		for range target.N {
			weights[rng.IntN(target.N)]++
		}
		for j := range drawn {
			drawn[j] = rng.IntN(target.Neurons)
		}
		for k, m := range models {
			neurons, _ := each(m)
			some := make([]float64, len(drawn))
			for j, n := range drawn {
				some[j] = neurons[n]
			}
			byImages[k], byBoth[k] = append(byImages[k], stats.Mean(neurons)), append(byBoth[k], stats.Mean(some))
		}
	}
	var differences []Difference
	for k := range models {
		estimates[k].Images, estimates[k].Together = number(stats.SD(byImages[k])), number(stats.SD(byBoth[k]))
		if k == 0 {
			continue
		}
		minus := func(a, b []float64) []float64 {
			d := make([]float64, len(a))
			for i := range a {
				d[i] = a[i] - b[i]
			}
			return d
		}
		d := minus(whole[0], whole[k])
		better, known := 0.0, stats.Known(d)
		for _, v := range known {
			if v > 0 {
				better++
			}
		}
		differences = append(differences, Difference{
			models[k].name, number(stats.Mean(d)), number(stats.SD(minus(byImages[0], byImages[k]))), number(stats.SD(minus(byBoth[0], byBoth[k]))), number(better / float64(len(known))),
		})
	}
	return estimates, differences
}

func number(v float64) jsonfloat.Float { return jsonfloat.Float(v) }

// weighted is score.Correlation where each image counts as often as weights say.
func weighted(pred, target datasets.Responses, weights []float64) []float64 {
	type sums struct{ n, x, y, xx, yy, xy float64 }
	all := make([]sums, target.Neurons)
	for i, w := range weights {
		if w == 0 {
			continue
		}
		p := pred.At(i)
		for j, t := range target.At(i) {
			if t != t {
				continue
			}
			s, x, y := &all[j], float64(p[j]), float64(t)
			s.n, s.x, s.y = s.n+w, s.x+w*x, s.y+w*y
			s.xx, s.yy, s.xy = s.xx+w*x*x, s.yy+w*y*y, s.xy+w*x*y
		}
	}
	corr := make([]float64, len(all))
	for j, s := range all {
		if s.n == 0 {
			corr[j] = math.NaN()
			continue
		}
		vx, vy := s.xx/s.n-s.x*s.x/s.n/s.n, s.yy/s.n-s.y*s.y/s.n/s.n
		if vx > score.MinSD*score.MinSD && vy > score.MinSD*score.MinSD {
			corr[j] = (s.xy/s.n - s.x*s.y/s.n/s.n) / math.Sqrt(vx*vy)
		}
	}
	return corr
}
