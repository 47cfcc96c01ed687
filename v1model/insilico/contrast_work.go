package insilico

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets/array"
	"v1lab/v1model/ondevice"
)

// contrastJob optimises images for clusters: first those that excite each cluster, then, from there, those that tell it from the others.
type contrastJob struct {
	subject *Subject
	options DiscriminateOptions
	box     *box
	k       int
	chosen  population // the neurons that shape the images
	images  []*imageState
	began   time.Time
	saved   time.Time
	done    int
}

// stepsPerCall is how many steps the device makes before an interruption is noticed.
const stepsPerCall = 20

func (j *contrastJob) run(ctx context.Context) error {
	s, o := j.subject, j.options
	j.began, j.saved = time.Now(), time.Now()
	for i := range j.k * o.Images {
		im := &imageState{}
		for place := range meiState {
			im.values = append(im.values, make([]float32, s.stateSize(place)))
		}
		im.values[rawIndex], im.values[activeIndex][0] = s.randomStart(o.MEIOptions, i/o.Images, i%o.Images), 1
		j.images = append(j.images, im)
	}
	if err := j.load(); err != nil {
		return err
	}
	if j.chosen.scale != nil {
		j.done = len(j.images)
	} else if err := j.excite(ctx); err != nil {
		return err
	}
	if err := j.climb(ctx, 1); err != nil {
		return err
	}
	return removePartial(o.Partial)
}

// excite finds the images that excite each cluster, and leaves them as the start of those that tell clusters apart.
func (j *contrastJob) excite(ctx context.Context) error {
	if err := j.climb(ctx, 0); err != nil {
		return err
	}
	rates, err := j.rates(j.shown(), j.chosen)
	if err != nil {
		return err
	}
	j.chosen.scale = j.scales(rates)
	for _, im := range j.images { // anew, from the images found
		for place, v := range im.values {
			if place != rawIndex {
				clear(v)
			}
		}
		im.values[activeIndex][0] = 1
	}
	return nil
}

// scales is, for each chosen neuron, its rate to the image that excites its cluster most, of those found from several starts. A rate of next to nothing
// counts as a hundredth of the mean.
func (j *contrastJob) scales(rates [][]float32) []float32 {
	scale := make([]float32, len(j.chosen.neurons))
	mean := 0.0
	for l := range j.k {
		top, best := math.Inf(-1), 0
		for i := l * j.options.Images; i < (l+1)*j.options.Images; i++ {
			sum := 0.0
			for n, of := range j.chosen.labels {
				if of == l {
					sum += float64(rates[n][i])
				}
			}
			if sum > top {
				top, best = sum, i
			}
		}
		for n, of := range j.chosen.labels {
			if of == l {
				scale[n] = rates[n][best]
				mean += float64(scale[n]) / float64(len(scale))
			}
		}
	}
	for n := range scale {
		scale[n] = max(scale[n], float32(mean/100))
	}
	return scale
}

// climb optimises all images with a weight of the contrast, 0 or 1.
func (j *contrastJob) climb(ctx context.Context, weight float32) error {
	s, o := j.subject, j.options
	size := min(o.Batch, len(j.images))
	c, err := j.builder(size)
	if err != nil {
		return err
	}
	p, err := s.programs.Program(fmt.Sprintf("discriminative %d %d %d %v %v %v %v %v %v", size, len(j.chosen.neurons), j.k, o.Range, o.Std, o.Norm, o.Smoothness, o.LearningRate, o.Decay), c.builder(c.buildContrast))
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(upTo(len(j.images)), size) {
		for slices.ContainsFunc(batch, func(i int) bool { return j.images[i].values[activeIndex][0] != 0 }) {
			if err := ctx.Err(); err != nil {
				return j.interrupted(err)
			}
			if err := j.advance(p, batch, size, weight); err != nil {
				return err
			}
			if o.Progress != nil {
				o.Progress(Progress{Done: j.done, Total: 2 * len(j.images), Elapsed: time.Since(j.began), Left: -1})
			}
			if err := saveNowAndThen(j.options.Partial, &j.saved, j.save); err != nil {
				return err
			}
		}
		j.done += len(batch)
	}
	return nil
}

// upTo is 0 to n-1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// advance makes steps for the images of a batch in one call of the device. Empty places repeat the first image.
func (j *contrastJob) advance(p *ondevice.Program, batch []int, size int, weight float32) error {
	s, o, n := j.subject, j.options, len(j.chosen.neurons)
	at := func(slot int) int { return batch[min(slot, len(batch)-1)] }
	target, share, scale := make([]float32, size*j.k), make([]float32, n*j.k), j.chosen.scale
	members := make([]float32, j.k)
	for _, l := range j.chosen.labels {
		members[l]++
	}
	for i, l := range j.chosen.labels {
		share[i*j.k+l] = 1 / members[l]
	}
	if scale == nil {
		scale = slices.Repeat([]float32{1}, n)
	}
	active := 0
	state := make([][]float32, len(meiState))
	for slot := range size {
		i := at(slot)
		target[slot*j.k+i/o.Images] = 1
		for place, v := range j.images[i].values {
			if place == activeIndex && slot >= len(batch) {
				v = []float32{0}
			}
			state[place] = append(state[place], v...)
		}
		if state[activeIndex][slot] != 0 {
			active++
		}
	}
	inputs := append(s.tensorsOf(j.chosen), tensors.FromFlatDataAndDimensions(scale, n), tensors.FromFlatDataAndDimensions(share, n, j.k),
		tensors.FromFlatDataAndDimensions(target, size, j.k), tensors.FromScalar(float32(o.Temperature)), tensors.FromScalar(weight), tensors.FromScalar(float32(stepsPerCall)),
		tensors.FromScalar(float32(0)), tensors.FromScalar(float32(o.MaxSteps)), tensors.FromScalar(float32(o.Patience)), tensors.FromScalar(float32(0)), tensors.FromScalar(float32(active)))
	for place, v := range meiState {
		shape := []int{size}
		if v.image {
			shape = append(shape, s.Model.Shape.Channels, s.Model.Shape.Height, s.Model.Shape.Width)
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(state[place], shape...))
	}
	results, err := p.Call(inputs...)
	if err != nil {
		return err
	}
	for place := range meiState {
		values, err := ondevice.ToHost[float32](results[place])
		if err != nil {
			return err
		}
		one := len(values) / size
		for slot, i := range batch {
			j.images[i].values[place] = slices.Clone(values[slot*one : (slot+1)*one])
		}
	}
	return nil
}

// tensorsOf are masks, weights and biases of a population as inputs of a program.
func (s *Subject) tensorsOf(p population) []*tensors.Tensor {
	grid, n := s.members[0].grid, len(p.neurons)
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(p.masks, n, grid[0], grid[1]), tensors.FromFlatDataAndDimensions(p.weights, n, grid[2]),
		tensors.FromFlatDataAndDimensions(p.biases, n)}
}

func (j *contrastJob) builder(batch int) (*contrast, error) {
	m := j.subject.members[0]
	laid, err := m.coreFor(j.subject.fullField(), batch, true)
	if err != nil {
		return nil, err
	}
	c := &contrast{ascent: ascent{options: j.options.MEIOptions, box: j.box, kind: j.subject.fullField(), size: j.subject.imageSize(), parts: []ascentPart{{nodes: m.nodes, link: m.model.Objective.Rate}}}}
	c.maps = laid
	return c, nil
}

// shown are the images as they are, [images][height, width, channels].
func (j *contrastJob) shown() [][]float32 {
	scaler := meiJob{subject: j.subject, options: j.options.MEIOptions, box: j.box}
	var all [][]float32
	for _, im := range j.images {
		one := make([]float32, j.subject.pixels())
		scaler.shown(one, im.values[rawIndex])
		j.subject.toChannelsLast(one)
		all = append(all, one)
	}
	return all
}

// rates returns the rates of moved neurons to images, [neurons][images].
func (j *contrastJob) rates(images [][]float32, p population) ([][]float32, error) {
	s, size := j.subject, j.subject.imageSize()
	c, err := j.builder(len(images))
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(p.neurons))
	pixels := tensors.FromFlatDataAndDimensions(slices.Concat(images...), len(images), size[0], size[1], size[2])
	const most = 256 // neurons at a time, which bounds memory
	for first := 0; first < len(p.neurons); first += most {
		rows := upTo(min(most, len(p.neurons)-first))
		for i := range rows {
			rows[i] += first
		}
		program, err := s.programs.Program(fmt.Sprintf("rates of moved neurons %d %d", len(images), len(rows)), c.builder(c.buildRates))
		if err != nil {
			return nil, err
		}
		results, err := program.Call(append([]*tensors.Tensor{pixels}, s.tensorsOf(p.rows(rows))...)...)
		if err != nil {
			return nil, err
		}
		values, err := ondevice.ToHost[float32](results[0]) // [images, neurons]
		if err != nil {
			return nil, err
		}
		for i := range rows {
			for k := range images {
				out[first+i] = append(out[first+i], values[k*len(rows)+i])
			}
		}
	}
	return out, nil
}

// result takes the best image of each cluster and asks all neurons of the population.
func (j *contrastJob) result(all population) (*Discriminative, error) {
	s, images := j.subject, j.shown()
	each, err := j.rates(images, j.chosen)
	if err != nil {
		return nil, err
	}
	mean := func(rates [][]float32, p population, scale []float32, l, image int) float64 {
		sum, n := 0.0, 0
		for i, of := range p.labels {
			if of == l {
				sum, n = sum+float64(rates[i][image]/scale[i]), n+1
			}
		}
		return sum / float64(n)
	}
	var best [][]float32
	var shares []float64
	for l := range j.k {
		top, at := math.Inf(-1), 0
		for i := l * j.options.Images; i < (l+1)*j.options.Images; i++ {
			own, sum := mean(each, j.chosen, j.chosen.scale, l, i), 0.0
			for other := range j.k {
				sum += math.Exp((mean(each, j.chosen, j.chosen.scale, other, i) - own) / j.options.Temperature)
			}
			if share := 1 / sum; share > top {
				top, at = share, i
			}
		}
		best, shares = append(best, images[at]), append(shares, top)
	}
	d := &Discriminative{Images: array.New(slices.Concat(best...), append([]int{j.k}, s.Shape()...)...), Shares: array.New(shares),
		Assigned: slices.Repeat([]int{-1}, s.Model.Shape.Neurons), Labels: slices.Repeat([]int{-1}, s.Model.Shape.Neurons)}
	rates, err := j.rates(best, all)
	if err != nil {
		return nil, err
	}
	answers := make([]float32, s.Model.Shape.Neurons*j.k)
	fillNaN(answers)
	for i, n := range all.neurons {
		copy(answers[n*j.k:], rates[i])
		d.Labels[n], d.Assigned[n] = all.labels[i], 0
		for image, r := range rates[i] {
			if !isFinite(r) {
				return nil, fmt.Errorf("discriminate: neuron %d got the rate %v; its weights are damaged or the learning rate %g is too high", n, r, j.options.LearningRate)
			}
			if r > rates[i][d.Assigned[n]] {
				d.Assigned[n] = image
			}
		}
	}
	d.Rates = array.New(answers, s.Model.Shape.Neurons, j.k)
	var responses []float64
	chosen, err := j.rates(best, j.chosen)
	if err != nil {
		return nil, err
	}
	for l := range j.k {
		for image := range j.k {
			responses = append(responses, mean(chosen, j.chosen, j.chosen.scale, l, image))
		}
	}
	d.Responses = array.New(responses, j.k, j.k)
	shown := &MEIs{Images: array.New(d.Images.Data.([]float32), append([]int{j.k, 1}, s.Shape()...)...)}
	if shown.record(s.Normalisation, j.options.MEIOptions); shown.Units != nil {
		d.Units, d.Recorded = shown.Units, array.New(shown.Recorded.Data.([]float32), d.Images.Shape...)
	}
	return d, nil
}
