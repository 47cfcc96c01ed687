package insilico

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"v1lab/v1model/weights"
)

// Diverse exciting images of a neuron are a set of k that each drive it to at least a share of its maximum while they stay apart. They show what it
// ignores: of a simple cell they are alike, of a complex cell they show its grating at all phases (Cadena et al., ECCV 2018; Ding et al., Nature
// Neuroscience 2026). The maximum is the rate to the best of k most exciting images under the same constraints, which are found first. From these the
// set starts. See apartValue for what it maximises.

// defaultShare is the share of Ding et al.
const defaultShare = 0.85

// startNoise is the norm of the noise that sets images apart at the start, as a share of that of the image: most exciting images of one neuron may be equal.
const startNoise = 0.3

// apart is what diverse images start from.
type apart struct {
	raw  [][]float32 // [n*k] most exciting images, as optimised; nil for dead neurons
	most []float32   // [n] rate of the whole model to the best of them
	best []int       // [n] which that is, 0 to k-1
}

// checkDiverse returns an error if options of diverse images cannot be used, and the share.
func (o MEIOptions) checkDiverse() (share float64, err error) {
	switch {
	case !o.Diverse && o.Share != 0:
		return 0, fmt.Errorf("mei: share: %g; accepted: with diverse images", o.Share)
	case !o.Diverse:
		return 0, nil
	case o.Inhibiting:
		return 0, fmt.Errorf("mei: diverse and inhibiting images; accepted: one of them")
	case o.Images < 2:
		return 0, fmt.Errorf("mei: images per neuron: %d, must be at least 2 to be diverse", o.Images)
	}
	if share = cmp.Or(o.Share, defaultShare); !(share > 0 && share < 1) {
		return 0, fmt.Errorf("mei: share: %g, must be between 0 and 1", share)
	}
	return share, nil
}

// beginApart makes the most exciting images that were found the start of diverse ones.
func (j *meiJob) beginApart() error {
	k := j.options.Images
	next := &apart{raw: make([][]float32, len(j.images)), most: make([]float32, len(j.neurons)), best: make([]int, len(j.neurons))}
	shown, own, which := j.finished()
	rates, _, err := j.subject.ratesToImages(shown, own)
	if err != nil {
		return err
	}
	for at, i := range which {
		if next.raw[i] = j.images[i].values[rawIndex]; i%k == 0 || rates[at] > next.most[i/k] {
			next.most[i/k], next.best[i/k] = rates[at], i%k
		}
		j.images[i] = &imageState{}
	}
	j.apart, j.places = next, nil
	if j.options.Partial != "" {
		if err := j.save(); err != nil {
			return err
		}
	}
	j.leaveUnexcited()
	return nil
}

// leaveUnexcited counts neurons as dead whose highest rate is not above 0, as rates of the Gaussian loss may be: there is no share of it.
func (j *meiJob) leaveUnexcited() {
	k := j.options.Images
	for n, most := range j.apart.most {
		if j.dead[n] || most > 0 {
			continue
		}
		j.dead[n] = true
		for i := n * k; i < (n+1)*k; i++ {
			j.images[i] = nil
			j.total--
		}
	}
}

// apartStart is where a diverse image starts, [channels, height, width]: at its most exciting image, with noise whose spectrum falls off as that of natural
// images does.
func (j *meiJob) apartStart(i int) []float32 {
	s, k := j.subject, j.options.Images
	start, size := slices.Clone(j.apart.raw[i]), j.subject.imageSize()
	rng := weights.Stream(j.options.Seed, fmt.Sprintf("apart %d %d", j.neurons[i/k], i%k))
	noise := make([]float32, 0, len(start))
	for range size[2] {
		noise = append(noise, smoothNoise(size[0], size[1], rng.NormFloat64)...)
	}
	length := func(values []float32) float64 {
		sum := 0.0
		for _, v := range values {
			sum += float64(v) * float64(v)
		}
		return math.Sqrt(sum)
	}
	rms := math.Sqrt(float64(s.pixels()))
	ofImage, ofNoise := rms/length(start), startNoise*rms/length(noise)
	for p := range start {
		start[p] = float32(float64(start[p])*ofImage + float64(noise[p])*ofNoise)
	}
	return start
}

// smoothNoise is normal noise [height, width] whose amplitudes fall off with 1/f: whitened backwards, twice.
func smoothNoise(height, width int, normal func() float64) []float32 {
	gain := whiteningGains(height, width)
	values := make([]float64, height*width)
	for i := range values {
		values[i] = normal() * gain[i] * gain[i]
	}
	var noise mat.Dense
	noise.Mul(mat.NewDense(height, height, hartley(height)), mat.NewDense(height, width, values))
	noise.Mul(&noise, mat.NewDense(width, width, hartley(width)))
	out := make([]float32, 0, len(values))
	for _, v := range noise.RawMatrix().Data {
		out = append(out, float32(v))
	}
	return out
}

// pullRounds is the number of halvings in which keepShare finds how far an image has to go.
const pullRounds = 10

// keepShare moves images [images][height, width, channels] of neurons (as places among those of the job) that drive their neuron to less than the share of its maximum
// towards its most exciting image, as far as they must. There the rate is the maximum, so all keep the share in the end.
func (j *meiJob) keepShare(shown []float32, own, which []int) error {
	s, pixels := j.subject, j.subject.pixels()
	rates, _, err := s.ratesToImages(shown, own)
	if err != nil {
		return err
	}
	least := func(at int) float32 { return float32(j.options.Share) * j.apart.most[which[at]/j.options.Images] }
	var low []int // places in shown
	for at, r := range rates {
		if r < least(at) {
			low = append(low, at)
		}
	}
	if len(low) == 0 {
		return nil
	}
	from, far, step := make([][]float32, len(low)), make([]float32, len(low)), float32(0.5) // far: reaches the share, from 1 down
	for i, at := range low {
		from[i], far[i] = slices.Clone(shown[at*pixels:(at+1)*pixels]), 1
		s.toChannelsFirst(from[i])
	}
	move := func(i int, way float32) {
		n := which[low[i]] / j.options.Images
		best, mix := make([]float32, pixels), make([]float32, pixels)
		j.shown(best, j.apart.raw[n*j.options.Images+j.apart.best[n]])
		for p := range mix {
			mix[p] = (1-way)*from[i][p] + way*best[p]
		}
		to := shown[low[i]*pixels : (low[i]+1)*pixels]
		j.shown(to, mix)
		s.toChannelsLast(to)
	}
	for range pullRounds {
		tried, of := make([]float32, 0, len(low)*pixels), make([]int, 0, len(low))
		for i, at := range low {
			move(i, far[i]-step)
			tried, of = append(tried, shown[at*pixels:(at+1)*pixels]...), append(of, own[at])
		}
		if rates, _, err = s.ratesToImages(tried, of); err != nil {
			return err
		}
		for i, at := range low {
			if rates[i] >= least(at) {
				far[i] -= step
			}
		}
		step /= 2
	}
	for i := range low {
		move(i, far[i])
	}
	return nil
}

// Invariance returns the index of invariance of each neuron's k images, [n]:
//
//	1 - ||mean of the images||^2 / mean of ||image||^2
//
// It is the mean squared distance of all k^2 pairs, in pixels, relative to the largest that k images of their norm can have: 0 if all are one image, 1 if
// they cancel, as a grating at evenly spread phases does. Independent random images reach 1 - 1/k. Diverse images of a neuron whose rate grows in
// proportion to its response to one filter reach at most 1 - share^2. NaN for dead neurons.
func (m *MEIs) Invariance() []float64 {
	n, k := m.Images.Shape[0], m.Images.Shape[1]
	values, out := m.Images.Data.([]float32), make([]float64, n)
	pixels := len(values) / (n * k)
	for i := range out {
		sum, squares := make([]float64, pixels), 0.0
		for at, v := range values[i*k*pixels : (i+1)*k*pixels] {
			sum[at%pixels] += float64(v)
			squares += float64(v) * float64(v)
		}
		ofMean := 0.0
		for _, v := range sum {
			ofMean += v * v
		}
		out[i] = 1 - ofMean/(float64(k)*squares)
	}
	return out
}

// chain orders the images of neuron m.Neurons[i] so that each is followed by the one most like it among those left, from the one with the highest rate on.
func (m *MEIs) chain(i int) []int {
	k := m.Images.Shape[1]
	values, rates := m.Images.Data.([]float32), m.Rates.Data.([]float32)[i*k:(i+1)*k]
	pixels := len(values) / (m.Images.Shape[0] * k)
	like := func(a, b int) (sum float64) {
		other := values[(i*k+b)*pixels : (i*k+b+1)*pixels]
		for p, v := range values[(i*k+a)*pixels : (i*k+a+1)*pixels] {
			sum += float64(v) * float64(other[p])
		}
		return sum
	}
	first := 0
	for j, r := range rates {
		if r > rates[first] {
			first = j
		}
	}
	order, left := []int{first}, slices.DeleteFunc(upTo(k), func(j int) bool { return j == first })
	for len(left) > 0 {
		last, next := order[len(order)-1], 0
		for j := range left {
			if like(last, left[j]) > like(last, left[next]) {
				next = j
			}
		}
		order, left = append(order, left[next]), slices.Delete(left, next, next+1)
	}
	return order
}
