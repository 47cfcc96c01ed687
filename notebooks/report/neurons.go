package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/neurons"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/jsonfloat"
)

// Portrait has the results of a run that a browser shows. Results that are nil are left out.
type Portrait struct {
	Readout    celltypes.Readout
	Layout     Layout
	Fields     *insilico.Fields // of the neurons that are shown, in their order
	MEIs       []*insilico.MEIs // for each neuron the first that has it is used
	Inhibiting []*insilico.MEIs // likewise
	Diverse    []*insilico.MEIs // likewise
	Tuning     []*insilico.Tuning
	Scores     *evaluate.Report
	Clusters   []int               // [neurons]
	Types      *celltypes.Analysis // puts the neurons on a map; nil: no map
	Truth      *datasets.Truth
	IDs        []string         // [neurons]; nil: those of Scores
	Silence    []fitted.Silence // [neurons]; nil: not known
}

// Browser returns a browser of the neurons in p.Fields, of which there may be up to neurons.Max.
func Browser(p Portrait) (*neurons.Browser, error) {
	masks, err := p.Readout.Masks.Float32s()
	if err != nil {
		return nil, err
	}
	fields, err := p.Layout.pictures(p.Fields.Raw)
	if err != nil {
		return nil, err
	}
	images, err := p.bestImages(p.MEIs)
	if err != nil {
		return nil, err
	}
	inhibiting, err := p.bestImages(p.Inhibiting)
	if err != nil {
		return nil, err
	}
	sets, err := p.diverseSets()
	if err != nil {
		return nil, err
	}
	w, height, width := p.Readout.Weights, p.Readout.Masks.Shape[1], p.Readout.Masks.Shape[2]
	b := &neurons.Browser{Kinds: []neurons.Kind{
		{Name: "mask", About: "where the neuron looks, over the feature maps"},
		{Name: "receptive field", About: "derivative of the rate by each pixel at grey, around where the neuron looks: red excites, blue suppresses"},
	}}
	if images != nil {
		b.Kinds = append(b.Kinds, neurons.Kind{Name: "most exciting image", About: "the best of those in the run folder, around where the neuron looks"})
	}
	if inhibiting != nil {
		b.Kinds = append(b.Kinds, neurons.Kind{Name: "most inhibiting image", About: "the best of those in the run folder, around where the neuron looks"})
	}
	if sets != nil {
		b.Kinds = append(b.Kinds, neurons.Kind{Name: "diverse exciting images", About: "images that each reach a share of the neuron's maximum and differ as much as they can: what changes between them is what the neuron ignores", Wide: true})
	}
	b.Kinds = append(b.Kinds, neurons.Kind{Name: "feature weights", About: fmt.Sprintf("features 0 to %d from the left, each with its %d orientations: red upwards excites, blue downwards suppresses", w.Features-1, w.Rotations), Wide: true})
	if len(p.Tuning) > 0 {
		b.Kinds = append(b.Kinds, neurons.Kind{Name: "orientation", About: "rate over the orientation of the best Gabor's wave, 0 to 180° (bars lie across, 90° from it); grey line: rate at grey", Wide: true},
			neurons.Kind{Name: "spatial frequency", About: "rate over the spatial frequency of the best Gabor; grey line: rate at grey", Wide: true})
	}
	b.Map = p.plane()
	facts := p.facts()
	for _, f := range facts {
		b.Facts = append(b.Facts, f.name)
	}
	for i, n := range p.Fields.Neurons {
		if n < 0 || n >= w.Neurons {
			return nil, fmt.Errorf("neuron browser: found neuron %d; accepted: 0 to %d", n, w.Neurons-1)
		}
		one := neurons.Neuron{Name: p.name(n)}
		for _, f := range facts {
			one.Facts = append(one.Facts, f.of(n))
		}
		dead := p.Fields.Dead[i]
		var firstErr error
		put := func(text string, png func() ([]byte, error)) {
			picture := neurons.Picture{Text: text}
			if png != nil && firstErr == nil {
				picture.PNG, firstErr = png()
			}
			one.Pictures = append(one.Pictures, picture)
		}
		crop := func(palette figures.Palette, picture []float32) func() ([]byte, error) {
			return func() ([]byte, error) {
				return figures.Thumbnail(palette, p.Layout.crop(n, picture), p.Layout.Size, p.Layout.Size)
			}
		}
		put("", func() ([]byte, error) {
			return figures.Thumbnail(figures.Sequential, masks[n*height*width:(n+1)*height*width], height, width)
		})
		if dead {
			put(p.dead(n), nil)
		} else {
			put("", crop(figures.Diverging, fields[i]))
		}
		for _, best := range []map[int]extreme{images, inhibiting} {
			if best == nil {
				continue
			}
			switch im, ok := best[n]; {
			case !ok:
				put("none in the run folder", nil)
			case im.dead:
				put(p.dead(n), nil)
			default:
				put(fmt.Sprintf("rate %.3g%s", im.rate, im.pixels), crop(figures.Grey, im.picture))
			}
		}
		if sets != nil {
			switch d, ok := sets[n]; {
			case !ok:
				put("none in the run folder", nil)
			case d.dead:
				put(p.dead(n), nil)
			default:
				put(fmt.Sprintf("index of invariance %.2f, each at least %.0f %% of the maximum", d.index, 100*d.share), func() ([]byte, error) { return d.strip(p.Layout, n) })
			}
		}
		put(p.strongest(n), func() ([]byte, error) {
			return figures.BarThumbnail(byFeature(w.At(n), w.Features), w.Rotations, math.NaN())
		})
		if len(p.Tuning) > 0 {
			p.tuned(n, put)
		}
		if firstErr != nil {
			return nil, fmt.Errorf("neuron %d: %w", n, firstErr)
		}
		b.Neurons = append(b.Neurons, one)
	}
	return b, nil
}

// plane is the map of the neurons that are shown, nil if there are no cell types of all neurons.
func (p Portrait) plane() *neurons.Map {
	t := p.Types
	if t == nil || t.Neurons != nil {
		return nil
	}
	m := &neurons.Map{About: fmt.Sprintf("Neurons by the first two principal components of their aligned weights, which have %.0f %% and %.0f %% of the variance. Point at one to see it.", 100*t.Embedding.Explained[0], 100*t.Embedding.Explained[1])}
	m.Names = ClusterNames(t.Clustering.K)
	for l := range m.Names {
		m.Colours = append(m.Colours, figures.Colour(l))
	}
	for _, n := range p.Fields.Neurons {
		if n < 0 || n >= len(t.Embedding.At) { // Browser names it
			return nil
		}
		m.At, m.Groups = append(m.At, t.Embedding.At[n]), append(m.Groups, t.Clustering.Labels[n])
	}
	return m
}

// dead says why a neuron has no picture.
func (p Portrait) dead(n int) string {
	if n < len(p.Silence) && p.Silence[n] != fitted.Responds {
		return p.Silence[n].String()
	}
	return "nothing excites the neuron"
}

// name returns a neuron's number, followed by its id if that is different.
func (p Portrait) name(n int) string {
	name, id := fmt.Sprint("neuron ", n), ""
	switch {
	case n < len(p.IDs):
		id = p.IDs[n]
	case p.Scores != nil && n < len(p.Scores.Neurons):
		id = p.Scores.Neurons[n].ID
	}
	if id != "" && id != fmt.Sprint(n) {
		name += " \u00b7 " + id
	}
	return name
}

// extreme is the most exciting, or the most inhibiting, image of a neuron.
type extreme struct {
	picture []float32
	rate    float32
	dead    bool
	pixels  string // which it has, beside those of the training images; empty if that is not known
}

// bestImages returns the best image of each neuron that has one, nil if none has.
func (p Portrait) bestImages(from []*insilico.MEIs) (map[int]extreme, error) {
	var all map[int]extreme
	for _, m := range from {
		best, err := p.Layout.best(m)
		if err != nil {
			return nil, err
		}
		rates, k := m.Rates.Data.([]float32), m.Images.Shape[1]
		for i, n := range m.Neurons {
			if _, known := all[n]; known {
				continue
			}
			if all == nil {
				all = map[int]extreme{}
			}
			im := extreme{picture: best[i], rate: rates[i*k+m.Order(i)[0]], dead: m.Dead[i]}
			if e, ok := m.Extent(i*k + m.Order(i)[0]); ok {
				if im.pixels = fmt.Sprintf(", pixels %.4g to %.4g", e.Lowest, e.Highest); e.Outside > 0 {
					low, high := e.Around()
					im.pixels += fmt.Sprintf(" (training images: %.4g to %.4g)", low, high)
				}
			}
			all[n] = im
		}
	}
	return all, nil
}

// tuned adds the pictures of a neuron's orientation and frequency tuning.
func (p Portrait) tuned(n int, put func(string, func() ([]byte, error))) {
	for _, t := range p.Tuning {
		i := slices.Index(t.Optimal.Neurons, n)
		if i < 0 {
			continue
		}
		if t.Optimal.Dead[i] {
			put(p.dead(n), nil)
			put(p.dead(n), nil)
			return
		}
		orientation, frequency := row(t, t.Orientation, i), row(t, t.Frequency, i)
		grey := float64(t.Grey[i])
		angles, frequencies := degrees(t.Axes.Orientations), t.Axes.Frequencies
		put(fmt.Sprintf("best %.4g° of 0 to 180°", angles[highest(orientation)]), func() ([]byte, error) { return figures.BarThumbnail(orientation, 0, grey) })
		put(fmt.Sprintf("best %.2g of %.2g to %.2g cycles/px", frequencies[highest(frequency)], frequencies[0], frequencies[len(frequencies)-1]), func() ([]byte, error) { return figures.BarThumbnail(frequency, 0, grey) })
		return
	}
	put("none in the run folder", nil)
	put("none in the run folder", nil)
}

func highest(values []float64) int {
	at := 0
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return at
}

// strongest says which feature has most of a neuron's power.
func (p Portrait) strongest(n int) string {
	f := p.Layout.Power.Group()[n]
	if f < 0 && n < len(p.Silence) && p.Silence[n] == fitted.NeverVaries {
		return p.Silence[n].String()
	}
	if f < 0 {
		return "no weights"
	}
	return fmt.Sprintf("strongest: feature %d, %.0f %% of the power", f, 100*p.Layout.Power.At(n)[f])
}

// byFeature transposes weights [rotations, features] to [features, rotations].
func byFeature(weights []float32, features int) []float64 {
	var list []float64
	for f := range features {
		for i := f; i < len(weights); i += features {
			list = append(list, float64(weights[i]))
		}
	}
	return list
}

// neuronFact is a named property of each neuron. Its text is empty if it does not exist.
type neuronFact struct {
	name string
	of   func(n int) string
}

func (p Portrait) facts() (all []neuronFact) {
	show := func(v jsonfloat.Float, format string) string {
		if !v.Finite() {
			return ""
		}
		return strings.ReplaceAll(fmt.Sprintf(format, float64(v)), "-", "\u2212")
	}
	if s := p.Scores; s != nil {
		add := func(name, format string, of func(n evaluate.Neuron) jsonfloat.Float) {
			all = append(all, neuronFact{name, func(n int) string { return show(of(s.Neurons[n]), format) }})
		}
		add("test correlation", "%.3f", func(n evaluate.Neuron) jsonfloat.Float { return n.TestCorr })
		add("ceiling", "%.3f", func(n evaluate.Neuron) jsonfloat.Float { return n.Ceiling })
		add("share of the ceiling", "%.0f %%", func(n evaluate.Neuron) jsonfloat.Float { return 100 * n.TestCorr / n.Ceiling })
		add("validation correlation", "%.3f", func(n evaluate.Neuron) jsonfloat.Float { return n.ValCorr })
		add("explainable variance", "%.2f", func(n evaluate.Neuron) jsonfloat.Float { return n.Explainable })
	}
	if slices.ContainsFunc(p.Silence, func(s fitted.Silence) bool { return s != fitted.Responds }) {
		all = append(all, neuronFact{"dead", func(n int) string { return p.Silence[n].String() }})
	}
	group := p.Layout.Power.Group()
	all = append(all, neuronFact{"group: strongest feature", func(n int) string { return index(group[n]) }})
	if p.Clusters != nil {
		all = append(all, neuronFact{"cluster", func(n int) string { return index(p.Clusters[n]) }})
	}
	if types, names := typesOf(p.Truth); types != nil {
		all = append(all, neuronFact{"true type", func(n int) string {
			if t := types[n]; t >= 0 && t < len(names) {
				return names[t]
			}
			return ""
		}})
	}
	return all
}

// index formats a number; negative numbers become an empty text.
func index(i int) string {
	if i < 0 {
		return ""
	}
	return fmt.Sprint(i)
}
