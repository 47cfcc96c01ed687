package loss

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets"
	"v1lab/v1model/kinds"
	"v1lab/v1model/score"
)

// Loss is one kind of loss. It is summed over neurons and averaged over images.
type Loss struct {
	Name string // in figures and tables, such as Poisson
	kind string // in configurations, such as poisson
	Unit string // of the loss per image
	// Signed tells whether the loss accepts responses below 0.
	Signed bool

	// Rate is the link, elementwise: predicted responses from x, the sum of drive and bias.
	Rate func(x *graph.Node) *graph.Node
	// Terms is the loss of each image and neuron. Responses are not NaN: see MaskedTerms.
	Terms func(rates, responses *graph.Node) *graph.Node
	// Term is one element of Terms, on the host.
	Term func(rate, response float64) float64
	// Bias returns the start value of a neuron's bias, given its mean training response. The mean is low if there is no bias for it or, with a mean of
	// NaN, the neuron was never recorded. The bias is then a floor.
	Bias func(mean float64) (bias float64, low bool)
}

var registry = kinds.New[Loss]("fit.loss")

// Default is the name of the loss that an empty fit.loss means.
const Default = Poisson

// Register adds a kind of loss. Call it from an init function: it panics if the name is taken. About.Source defaults to the caller's package; a notebook
// sets it to its own name.
func Register(about kinds.About, l Loss) {
	l.kind = about.Name
	registry.RegisterFrom(2, about, l)
}

// All describes the kinds, sorted by name.
func All() []kinds.About { return registry.All() }

// Find returns the loss that fit.loss names, Default if it is empty. source, which may be empty, is where a run folder says that it is
// defined.
func Find(name, source string) (Loss, error) {
	if name == "" {
		name = Default
	}
	return registry.Find(name, source)
}

// Source returns the package or notebook that defines a kind, empty for this package.
func Source(name string) string { return registry.SourceElsewhere(name) }

// Label returns the label of an axis, such as: Poisson loss per image (nats).
func (l Loss) Label() string { return fmt.Sprintf("%s loss per image (%s)", l.Name, l.Unit) }

// Accepts returns an error for responses that do not suit the loss: negative ones, unless the loss is Signed; and for a Signed loss, negative ones that
// normalisation has set to 0.
func (l Loss) Accepts(d *datasets.Dataset) error {
	if l.Signed {
		if n := d.Normalisation; n != nil && n.Clipped > 0 {
			return fmt.Errorf("fit.loss: %s, and normalise=%s set %d negative responses of the data %q to 0; accepted: data with normalise=%s, which keeps them",
				l.kind, n.Method, n.Clipped, d.Spec, datasets.Signed)
		}
		return nil
	}
	for _, b := range d.Blocks() {
		if err := l.acceptsNone(b, d.Spec); err != nil {
			return err
		}
	}
	return nil
}

// acceptsNone returns an error if a response of one session is negative.
func (l Loss) acceptsNone(d *datasets.Dataset, spec string) error {
	session := ""
	if d.Session != "" {
		session = "session " + d.Session + ", "
	}
	for _, part := range []struct {
		name      string
		responses datasets.Responses
	}{{"training", d.Train.Responses}, {"validation", d.Val.Responses}} {
		for i, v := range part.responses.Values {
			if v < 0 {
				n := part.responses.Neurons
				return fmt.Errorf("fit.loss: %s, found the response %g (%s%s image %d, neuron %d) in the data %q; accepted: responses from 0, or a loss for signed ones such as fit.loss=%s",
					l.kind, v, session, part.name, i/n, i%n, spec, Gaussian)
			}
		}
	}
	return nil
}

// Biases returns the start values of the biases, given the neurons' mean training responses, [neurons], and lists the neurons whose mean is
// too low.
func (l Loss) Biases(means []float32) (biases []float32, low []int) {
	biases = make([]float32, len(means))
	for n, mean := range means {
		bias, is := l.Bias(float64(mean))
		if is {
			low = append(low, n)
		}
		biases[n] = float32(bias)
	}
	return biases, low
}

// Mean returns the loss of rates and responses, both [images, neurons]: the mean over images of the sum over neurons. A response that is NaN adds
// nothing.
//
// It is an error if the shapes differ, or a rate is not finite, or is negative and the loss is not Signed.
func (l Loss) Mean(rates, responses datasets.Responses) (float64, error) {
	each, err := l.PerNeuron(rates, responses)
	sum := 0.0
	for _, v := range each {
		sum += v
	}
	return sum, err
}

// PerNeuron returns every neuron's contribution to Mean, [neurons].
func (l Loss) PerNeuron(rates, responses datasets.Responses) ([]float64, error) {
	if err := score.Comparable(rates, responses); err != nil {
		return nil, err
	}
	loss := make([]float64, rates.Neurons)
	for i, rate := range rates.Values {
		if rate < 0 && !l.Signed {
			return nil, fmt.Errorf("score: rates: found %v at image %d, neuron %d; the %s loss accepts rates from 0", rate, i/rates.Neurons, i%rates.Neurons, l.Name)
		}
		if r := responses.Values[i]; r == r {
			loss[i%rates.Neurons] += l.Term(float64(rate), float64(r))
		}
	}
	for n := range loss {
		loss[n] /= float64(rates.N)
	}
	return loss, nil
}
