package insilico

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets/array"
	"v1lab/v1model/features"
)

// DiscriminateOptions are the settings of the search for most discriminative stimuli. Of MEIOptions it takes Norm, Smoothness, LearningRate, MaxSteps (0
// means 500), Patience, Decay, Seed, Range, Std, Images (starts for each cluster, of which the best is kept; 0 means 4), Batch, Partial and Progress.
type DiscriminateOptions struct {
	MEIOptions
	Temperature float64 // of the contrast between clusters, in units of a neuron's rate to the image that excites its cluster; 0 means 0.2
	Members     int     // most neurons of a cluster that shape its image; 0 means 50
}

// Discriminative holds one image for each of k clusters that excites its members and not those of others, and what neurons answer when they are moved to
// the middle of the image and turned to one orientation.
type Discriminative struct {
	Images    array.Array // [k, height, width], or [k, height, width, channels], in normalised units
	Recorded  array.Array // the same in recorded units; empty if Units is nil
	Units     *Units      // nil if the recorded units are not known
	Shares    array.Array // [k]: exp(J), the share of the own cluster in the contrast; 1 / k if the image tells nothing
	Responses array.Array // [k clusters, k images]: mean over members of the rate, 1 for the image that excites the neuron's own cluster most
	Rates     array.Array // [neurons, k images]; NaN without a cluster
	Assigned  []int       // [neurons] the image with the highest rate; -1 without a cluster
	Labels    []int       // [neurons] clusters as given
}

// Confusion counts the neurons of each cluster by the image that they prefer, [k clusters][k images].
func (d *Discriminative) Confusion() [][]int {
	k := d.Shares.Len()
	counts := make([][]int, k)
	for l := range counts {
		counts[l] = make([]int, k)
	}
	for n, l := range d.Labels {
		if l >= 0 {
			counts[l][d.Assigned[n]]++
		}
	}
	return counts
}

// Correct is the share of neurons that prefer the image of their own cluster.
func (d *Discriminative) Correct() float64 {
	right, all := 0, 0
	for l, row := range d.Confusion() {
		for i, n := range row {
			if all += n; i == l {
				right += n
			}
		}
	}
	return float64(right) / float64(all)
}

// Discriminate finds most discriminative stimuli (Burg et al., ICLR 2024) for clusters of neurons that compute the same thing anywhere and at any
// orientation. aligned are the neurons' weights turned to one orientation, as features.Alignment gives them, labels [neurons] the clusters, below 0 for none.
// Each neuron's mask is moved so that its peak is in the middle. The image of cluster t maximises
//
//	z_t / temperature - log sum over k of exp(z_k / temperature)
//
// where z_k is the mean over members of cluster k of their rates, each relative to its rate to the image that excites its own cluster most.
// If ctx ends, unfinished work is kept in o.Partial and ctx's error is returned. The next call with the same arguments continues from there.
func (s *Subject) Discriminate(ctx context.Context, aligned features.Weights, labels []int, o DiscriminateOptions) (*Discriminative, error) {
	o.Temperature, o.Members, o.Images, o.MaxSteps = cmp.Or(o.Temperature, 0.2), cmp.Or(o.Members, 50), cmp.Or(o.Images, 4), cmp.Or(o.MaxSteps, 500)
	switch {
	case len(s.members) > 1:
		return nil, errors.New("discriminate: an ensemble; accepted: one model, to whose features the clusters belong")
	case !(o.Temperature > 0) || math.IsInf(o.Temperature, 0):
		return nil, fmt.Errorf("discriminate: temperature: %g, must be above 0", o.Temperature)
	case o.Members < 1:
		return nil, fmt.Errorf("discriminate: members: %d, must be at least 1", o.Members)
	case o.MaskFloor != 0 || o.Start != nil || o.Inhibiting || o.Diverse:
		return nil, errors.New("discriminate: mask floor, start images, diverse or inhibiting; accepted: the other options")
	}
	var err error
	if o.MEIOptions, err = o.withDefaults(); err != nil {
		return nil, err
	}
	box, bounded, err := s.bounds(o.MEIOptions)
	if err != nil {
		return nil, err
	}
	o.MEIOptions = bounded
	all, err := s.moved(aligned, labels)
	if err != nil {
		return nil, err
	}
	j := &contrastJob{subject: s, options: o, box: box, k: all.k, chosen: all.some(o.Members)}
	if all.k < 2 {
		return nil, fmt.Errorf("discriminate: %d clusters; accepted: at least 2", all.k)
	}
	if err := j.run(ctx); err != nil {
		return nil, err
	}
	return j.result(all)
}

// population holds neurons that were moved to the middle, by cluster.
type population struct {
	k       int
	neurons []int
	labels  []int     // of neurons
	masks   []float32 // [neurons, height', width']
	weights []float32 // [neurons, channels]
	biases  []float32
	scale   []float32 // nil: 1
}

// moved moves the neurons that have a cluster to the middle, turned as aligned.
func (s *Subject) moved(aligned features.Weights, labels []int) (population, error) {
	m := s.members[0]
	if n := s.Model.Shape.Neurons; len(labels) != n || aligned.Neurons != n || len(aligned.Values) != n*m.grid[2] {
		return population{}, fmt.Errorf("discriminate: %d labels and aligned weights of %d neurons with %d channels; accepted: %d neurons, %d channels",
			len(labels), aligned.Neurons, len(aligned.Values)/max(aligned.Neurons, 1), n, m.grid[2])
	}
	var p population
	for n, l := range labels {
		if l < 0 {
			continue
		}
		p.k = max(p.k, l+1)
		length := 0.0 // aligned weights have unit length
		for _, v := range m.featureWeights(n) {
			length += float64(v) * float64(v)
		}
		p.neurons, p.labels, p.biases = append(p.neurons, n), append(p.labels, l), append(p.biases, m.biases[n])
		p.masks = append(p.masks, centred(m.mask(n), m.grid[0], m.grid[1])...)
		for _, v := range aligned.At(n) {
			p.weights = append(p.weights, v*float32(math.Sqrt(length)))
		}
	}
	for l := range p.k {
		if !slices.Contains(p.labels, l) {
			return population{}, fmt.Errorf("discriminate: labels: cluster %d has no neurons; accepted: clusters 0 to k-1, each with neurons", l)
		}
	}
	return p, nil
}

// centred moves a mask [height, width] so that its peak is in the middle. What leaves the field is lost.
func centred(mask []float32, height, width int) []float32 {
	peak := 0
	for i, v := range mask {
		if math.Abs(float64(v)) > math.Abs(float64(mask[peak])) {
			peak = i
		}
	}
	down, right := height/2-peak/width, width/2-peak%width
	out := make([]float32, len(mask))
	for i, v := range mask {
		if y, x := i/width+down, i%width+right; y >= 0 && y < height && x >= 0 && x < width {
			out[y*width+x] = v
		}
	}
	return out
}

// some takes at most so many neurons of each cluster, spread evenly over its members.
func (p population) some(most int) population {
	var rows []int
	for l := range p.k {
		var members []int
		for i, of := range p.labels {
			if of == l {
				members = append(members, i)
			}
		}
		take := min(most, len(members))
		for i := range take {
			rows = append(rows, members[i*len(members)/take])
		}
	}
	return p.rows(rows)
}

// rows is the population of some of its rows.
func (p population) rows(rows []int) population {
	out := population{k: p.k}
	places, channels := len(p.masks)/len(p.neurons), len(p.weights)/len(p.neurons)
	for _, i := range rows {
		out.neurons, out.labels, out.biases = append(out.neurons, p.neurons[i]), append(out.labels, p.labels[i]), append(out.biases, p.biases[i])
		out.masks, out.weights = append(out.masks, p.masks[i*places:(i+1)*places]...), append(out.weights, p.weights[i*channels:(i+1)*channels]...)
	}
	return out
}

// DiscriminativeFromArrays is the inverse of Discriminative.Arrays.
func DiscriminativeFromArrays(arrays map[string]array.Array) (*Discriminative, error) {
	r := reader{arrays: arrays}
	d := &Discriminative{Images: r.array("images"), Assigned: r.ints("assigned"), Labels: r.ints("labels"), Shares: array.New(r.float64s("shares"))}
	k := d.Shares.Len()
	for name, a := range map[string]*array.Array{"images": &d.Images, "rates": &d.Rates, recordedImages: &d.Recorded} {
		if _, ok := arrays[name]; !ok && name == recordedImages {
			continue
		}
		*a = r.array(name)
		if values := r.float32s(name); r.err == nil {
			*a = array.New(values, a.Shape...)
		}
	}
	d.Responses = r.array("responses")
	if values := r.float64s("responses"); r.err == nil {
		d.Responses = array.New(values, d.Responses.Shape...)
	}
	if d.Recorded.Shape != nil {
		d.Units = &Units{Mean: r.number("image_mean"), SD: r.number("image_sd")}
	}
	n := len(d.Labels)
	if r.err == nil && (k < 2 || len(d.Images.Shape) < 3 || d.Images.Shape[0] != k || len(d.Assigned) != n || !slices.Equal(d.Rates.Shape, []int{n, k}) || !slices.Equal(d.Responses.Shape, []int{k, k}) ||
		d.Units != nil && !slices.Equal(d.Recorded.Shape, d.Images.Shape)) {
		r.err = fmt.Errorf("images %s, rates %s and responses %s for %d shares and %d neurons; accepted: [k, height, width], [neurons, k] and [k, k]",
			array.FormatShape(d.Images.Shape), array.FormatShape(d.Rates.Shape), array.FormatShape(d.Responses.Shape), k, n)
	}
	for i := range d.Labels {
		if r.err == nil && (d.Labels[i] >= k || d.Assigned[i] >= k || (d.Labels[i] < 0) != (d.Assigned[i] < 0)) {
			r.err = fmt.Errorf("neuron %d: cluster %d, image %d of %d", i, d.Labels[i], d.Assigned[i], k)
		}
	}
	return d, r.err
}

// Arrays returns images [k, ...], shares [k], responses [k, k], rates [neurons, k], assigned and labels [neurons], confusion [k, k], and, if recorded units are
// known, recorded_images, image_mean and image_sd.
func (d *Discriminative) Arrays() map[string]array.Array {
	k := d.Shares.Len()
	var confusion []int
	for _, row := range d.Confusion() {
		confusion = append(confusion, row...)
	}
	all := map[string]array.Array{"images": d.Images, "shares": d.Shares, "responses": d.Responses, "rates": d.Rates, "assigned": array.New(d.Assigned),
		"labels": array.New(d.Labels), "confusion": array.New(confusion, k, k)}
	if u := d.Units; u != nil {
		all[recordedImages], all["image_mean"], all["image_sd"] = d.Recorded, array.Scalar(u.Mean), array.Scalar(u.SD)
	}
	return all
}
