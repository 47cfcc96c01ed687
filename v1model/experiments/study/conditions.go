package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// Condition is a kind of fit: a model, and the recording it is fitted to. Each seed makes one fit of it.
type Condition struct {
	Name        string  // of its run folders: NAME-seedK
	Data        string  // recording
	Share       float64 // of the training images, drawn with the fit's seed; 0: all
	NeuronShare float64 // of the neurons, drawn with seed 1, so that fits have the same; 0: all
	Config      v1model.Config
	CoreOf      string // condition whose core, of the same seed, it takes and keeps; empty: none
	Redrawn     uint64 // the simulation has this seed in the fit with seed 1, the next in that with seed 2 ...; 0: that of Data
	Once        bool   // made with seed 1 alone, to choose the plain CNNs' readout sparsity
}

// forGrid is the condition as package grid knows it.
func (c Condition) forGrid() grid.Condition {
	return grid.Condition{Name: c.Name, Config: c.Config, CoreOf: c.CoreOf, Data: func(seed uint64) runfolder.Dataset {
		return runfolder.Dataset{Spec: c.Spec(seed)}
	}}
}

// Spec names the recording of a seed's fit.
func (c Condition) Spec(seed uint64) string {
	spec := c.Data
	add := func(format string, args ...any) {
		sep := "?"
		if strings.Contains(spec, "?") {
			sep = "&"
		}
		spec += sep + fmt.Sprintf(format, args...)
	}
	switch {
	case c.Redrawn > 0:
		spec = with(spec, "seed", strconv.FormatUint(c.Redrawn+seed-1, 10))
	case c.Share > 0:
		add("train_share=%g&subset_seed=%d", c.Share, seed)
	case c.NeuronShare > 0:
		add("neuron_share=%g&subset_seed=1", c.NeuronShare)
	}
	return spec
}

// Names of conditions.
func equivariantName(n int) string { return fmt.Sprintf("equivariant-%d", n) }

func cnnName(n int) string { return fmt.Sprintf("cnn-%d", n) }

func denseName(n, main int) string {
	if n == main {
		return Dense
	}
	return fmt.Sprintf("%s-%d", Dense, n)
}

func searchName(n int, sparsity float64) string {
	return fmt.Sprintf("%s-sparsity%g", cnnName(n), sparsity)
}

func plainName(maps int) string { return fmt.Sprintf("cnn-of-%d-maps", maps) }

func transferName(every int) string { return fmt.Sprintf("transfer-%d", every) }

func imagesOf(name string, share float64) string {
	if share == 1 {
		return name
	}
	return fmt.Sprintf("%s-images%g", name, share)
}

const (
	keptName  = "second-kept"  // the core of the main model, on the second recording
	wholeName = "second-whole" // all fitted to the second recording
)

// Conditions lists the kinds of fits of some parts, each once, one before those that take its core. Where the plan has a Search, Run gives the plain
// CNNs that are not part of it the readout sparsity that was found.
func (p *Plan) Conditions(parts ...string) ([]Condition, error) {
	b := &builder{plan: p}
	main := equivariantName(p.Main)
	b.add(Condition{Name: main}, p.models.equivariant(p.Main))
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(b.parts, part) })
	}
	for _, part := range parts {
		if !slices.Contains(Parts(), part) {
			return nil, fmt.Errorf("study: part %q; accepted: %s", part, strings.Join(Parts(), ", "))
		}
	}
	b.parts = parts
	if has(Performance, Efficiency) {
		for _, sparsity := range p.Search {
			c := b.add(Condition{Name: searchName(p.Main, sparsity), Once: true}, p.models.cnn(p.Main))
			c.Config.Readout.Sparsity = sparsity
		}
	}
	if has(Performance) {
		for _, n := range p.Features {
			b.add(Condition{Name: equivariantName(n)}, p.models.equivariant(n))
			b.add(Condition{Name: cnnName(n)}, p.models.cnn(n))
		}
		for _, name := range []string{Positive, SharedBiases} {
			b.add(Condition{Name: name}, p.models.control(name, p.Main))
		}
		for _, maps := range p.CNNs {
			b.add(Condition{Name: plainName(maps)}, p.models.plain(maps))
		}
	}
	if has(Performance, Sparsity) {
		b.add(Condition{Name: Dense}, p.models.control(Dense, p.Main))
	}
	if has(Sparsity) {
		for _, n := range p.Features {
			b.add(Condition{Name: equivariantName(n)}, p.models.equivariant(n))
		}
		n := slices.Max(p.Features)
		b.add(Condition{Name: denseName(n, p.Main)}, p.models.control(Dense, n))
	}
	if has(Efficiency) {
		b.add(Condition{Name: cnnName(p.Main)}, p.models.cnn(p.Main))
	}
	for _, share := range p.Shares {
		if has(Efficiency, Clusters) {
			b.add(Condition{Name: imagesOf(main, share), Share: share}, p.models.equivariant(p.Main))
		}
		if has(Efficiency) {
			b.add(Condition{Name: imagesOf(cnnName(p.Main), share), Share: share}, p.models.cnn(p.Main))
		}
	}
	if has(Transfer) {
		for _, k := range p.Every {
			b.add(Condition{Name: transferName(k)}, p.models.transfer(p.Main, k))
		}
		for _, share := range append(slices.Clone(p.Shares), 1) {
			if p.Second == "" {
				break
			}
			b.add(Condition{Name: imagesOf(keptName, share), Data: p.Second, Share: share, CoreOf: main}, p.models.equivariant(p.Main))
			b.add(Condition{Name: imagesOf(wholeName, share), Data: p.Second, Share: share}, p.models.equivariant(p.Main))
		}
	}
	if has(Clusters) {
		for _, v := range p.variations() {
			b.add(v.Condition, p.models.equivariant(p.Main))
		}
	}
	return b.conditions, b.err
}

// sparse names the fits of Sparsity: models of every number of features, and the dense controls of the main one and of that of most features.
func (p *Plan) sparse() []string {
	var names []string
	for _, n := range p.Features {
		names = append(names, equivariantName(n))
	}
	names = append(names, Dense)
	if n := slices.Max(p.Features); n != p.Main {
		names = append(names, denseName(n, p.Main))
	}
	return names
}

// variation is a condition that differs from the main fit in one thing, so that clusters may break.
type variation struct {
	what string // one of the below
	Condition
}

// What differs from the main fit.
const (
	ByImages  = "training images"
	ByNeurons = "neurons"
	ByTypes   = "types"
	BySNR     = "signal-to-noise ratio"

	ByPopulation = "population" // other simulations, one for each seed
	BySize       = "size"       // more neurons and images
)

// variations are the conditions of Clusters beside the main fit; those with fewer images are those of Efficiency.
func (p *Plan) variations() []variation {
	main := equivariantName(p.Main)
	var all []variation
	for _, share := range p.Shares {
		all = append(all, variation{ByImages, Condition{Name: imagesOf(main, share), Share: share}})
	}
	for _, share := range p.NeuronShares {
		all = append(all, variation{ByNeurons, Condition{Name: fmt.Sprintf("%s-neurons%g", main, share), NeuronShare: share}})
	}
	spec, err := datasets.ParseSpec(p.Data)
	if err != nil || spec.Scheme != "simulated" {
		return all
	}
	for _, n := range p.Types {
		names := simulated.AllTypeNames()
		all = append(all, variation{ByTypes, Condition{Name: fmt.Sprintf("%s-types%d", main, n), Data: with(p.Data, "types", strings.Join(names[:min(n, len(names))], ","))}})
	}
	for _, snr := range p.SNR {
		all = append(all, variation{BySNR, Condition{Name: fmt.Sprintf("%s-snr%g", main, snr), Data: with(p.Data, "snr", strconv.FormatFloat(snr, 'g', -1, 64))}})
	}
	if p.Populations > 0 {
		all = append(all, variation{ByPopulation, Condition{Name: main + "-populations", Redrawn: p.Populations}})
	}
	if p.MoreNeurons > 0 && p.MoreImages > 0 {
		data := with(with(p.Data, "neurons", strconv.Itoa(p.MoreNeurons)), "images", strconv.Itoa(p.MoreImages))
		all = append(all, variation{BySize, Condition{Name: fmt.Sprintf("%s-neurons%d-images%d", main, p.MoreNeurons, p.MoreImages), Data: data}})
	}
	return all
}

// with is a simulation with one option changed.
func with(spec, option, value string) string {
	s, err := datasets.ParseSpec(spec)
	if err != nil {
		return spec // opening it says what is wrong
	}
	s.Options.Set(option, value)
	return s.String()
}

// builder collects conditions up to the first error.
type builder struct {
	plan       *Plan
	parts      []string
	conditions []Condition
	err        error
}

// add adds a condition with that model unless there is one of its name, and returns it, for what is special about it.
func (b *builder) add(c Condition, m model) *Condition {
	if b.err != nil || slices.ContainsFunc(b.conditions, func(there Condition) bool { return there.Name == c.Name }) {
		return &Condition{}
	}
	if c.Data == "" {
		c.Data = b.plan.Data
	}
	if c.Share == 1 {
		c.Share = 0
	}
	if c.Config, b.err = b.plan.config(m); b.err != nil {
		b.err = fmt.Errorf("%s: %w", c.Name, b.err)
		return &Condition{}
	}
	b.conditions = append(b.conditions, c)
	return &b.conditions[len(b.conditions)-1]
}

// config is a model's config as the scale and the settings change it.
func (p *Plan) config(m model) (v1model.Config, error) {
	config, err := v1model.Load(m.preset)
	if err != nil {
		return config, err
	}
	for _, change := range []func(*v1model.Config){m.change, p.change} {
		if change != nil {
			change(&config)
		}
	}
	for _, s := range p.Settings {
		if err := config.Set(s); err != nil {
			return config, err
		}
	}
	return config, config.Validate()
}
