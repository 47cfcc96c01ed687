package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/fit"
	"v1lab/v1model/hermite"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/schedule"
	"v1lab/v1model/weights"
)

// Files of a problem's folder: the model, its start values and its data, for workers of any kind.
const (
	problemConfig = "config.yaml"  // for ours
	problemSpec   = "problem.json" // for peers
	problemArrays = "problem.npz"  // train_images, train_responses, val_images, val_responses and covariates if the model has some, places of neurons if they are known, of several sessions as session0/train_images; w/VARIABLE; for peers order, rates, basis/LAYER, turn/LAYER
)

// peerSpec describes a model to peers, with all its numbers.
type peerSpec struct {
	Threads   int         `json:"threads"`
	Batch     int         `json:"batch"`
	Sparsity  float64     `json:"readout_sparsity"`
	Trainable []string    `json:"trainable"` // names of variables
	Layers    []peerLayer `json:"layers"`
	Fit       peerFit     `json:"fit"`
}

type peerLayer struct {
	Name       string  `json:"name"` // prefix of its variables
	Size       int     `json:"size"`
	Features   int     `json:"features"` // per orientation
	Rotations  int     `json:"rotations"`
	Inputs     int     `json:"inputs"` // channels
	Padding    string  `json:"padding"`
	Activation string  `json:"activation"`
	Decay      float64 `json:"decay"`  // of batch normalisation's moving averages
	Gamma      bool    `json:"gamma"`  // batch normalisation scales
	Shared     bool    `json:"shared"` // orientations share batch normalisation
	Biased     bool    `json:"biased"` // the moving variance is that of the biased variance of a batch
	Shift      bool    `json:"shift"`  // input channels are orientations
	Smoothness float64 `json:"smoothness"`
	Sparsity   float64 `json:"sparsity"`
}

// peerFit is the reference's schedule. That of one cycle is in the array rates.
type peerFit struct {
	Seed          uint64  `json:"seed"`
	LearningRate  float64 `json:"learning_rate"` // the highest
	ValidateEvery int     `json:"validate_every"`
	Patience      int     `json:"patience"`
	Stages        int     `json:"stages"`
	MaxSteps      int     `json:"max_steps"`
}

const hermiteDecay = 0.9 // of the moving averages of core.Hermite

// writeProblem writes the folder of a problem: a model for normalised data with the start values of its seed, and the order of the images in at least so
// many steps.
func writeProblem(dir string, config v1model.Config, data *datasets.Dataset, steps int) error {
	m, err := v1model.New(config, shapeOf(data))
	if err != nil {
		return err
	}
	start, _, err := m.Start(data)
	if err != nil {
		return err
	}
	text, err := config.YAML()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, problemConfig), text, 0o644); err != nil {
		return err
	}
	arrays := map[string]array.Array{}
	for k, session := range data.Blocks() {
		if session.Neurons != nil {
			prefix := ""
			if data.Sessions != nil {
				prefix = sessionName(k) + "/"
			}
			var places []float64
			for _, n := range session.Neurons {
				places = append(places, n.X, n.Y)
			}
			arrays[prefix+"places"] = array.New(places, len(session.Neurons), 2)
		}
		for name, part := range map[string]datasets.Part{"train": session.Train, "val": session.Val} {
			im, r := part.Images, part.Responses
			if data.Sessions != nil {
				name = sessionName(k) + "/" + name
			}
			arrays[name+"_images"] = array.New(im.Pixels, im.N, im.Height, im.Width, im.Channels)
			arrays[name+"_responses"] = array.New(r.Values, r.N, r.Neurons)
			if names := config.Covariates(); len(names) > 0 {
				arrays[name+"_covariates"] = array.New(part.Covariates.Values, im.N, len(names))
			}
		}
	}
	for name, a := range start {
		arrays["w/"+name] = a
	}
	if data.Sessions == nil && supportedByPeers(config) == nil {
		arrays["order"] = order(data.Train.Images.N, config.Fit, steps)
		plan, err := config.Fit.Plan()
		if err != nil {
			return err
		}
		if !plan.Open() {
			arrays["rates"] = rates(plan)
		}
		if err := describe(dir, m, arrays); err != nil {
			return err
		}
	}
	return array.WriteNPZ(filepath.Join(dir, problemArrays), arrays)
}

// order returns the order of images of our sampler, [epochs, images of an epoch].
func order(images int, f v1model.Fit, steps int) array.Array {
	var all []int32
	perEpoch := max(images/f.Batch, 1)
	epochs := (steps + perEpoch - 1) / perEpoch
	for epoch := range epochs {
		all = append(all, fit.Order(images, f.Batch, f.Seed, epoch)...)
	}
	return array.Array{Shape: []int{epochs, len(all) / epochs}, Data: all}
}

// rates returns the learning rate of each step of a schedule whose rates do not depend on the losses, [steps].
func rates(plan schedule.Schedule) array.Array {
	var all []float64
	for state := (schedule.State{}); state.Counter < plan.MaxSteps(); state.CountStep() {
		all = append(all, plan.Rate(state))
	}
	return array.Array{Shape: []int{len(all)}, Data: all}
}

// shapeOf returns the shape of data.
func shapeOf(d *datasets.Dataset) v1model.Shape {
	im := d.Train.Images
	return v1model.Shape{Height: im.Height, Width: im.Width, Channels: im.Channels, Neurons: d.NumNeurons()}
}

// peerReadouts lists the kinds of readout that the peers implement.
var peerReadouts = []string{readout.JointL1}

// supportedByPeers returns an error if the peers do not implement the model of a config. It names the field.
func supportedByPeers(c v1model.Config) error {
	k := c.Core
	refuse := func(field string, found any, accepted string) error {
		return fmt.Errorf("%s: %v, the peers have %s only", field, found, accepted)
	}
	switch {
	case k.Kind != core.Hermite:
		return refuse("core.kind", k.Kind, core.Hermite)
	case slices.ContainsFunc(k.Strides, func(s int) bool { return s != 1 }):
		return refuse("core.strides", k.Strides, "1")
	case slices.ContainsFunc(k.Activations, func(a string) bool { return a != "softplus" && a != "none" }):
		return refuse("core.activations", k.Activations, "softplus and none")
	case !slices.Contains([]string{"", loss.Poisson}, c.Fit.Loss):
		return refuse("fit.loss", c.Fit.Loss, loss.Poisson)
	case c.Fit.Average != 0:
		return refuse("fit.average", c.Fit.Average, "0")
	case !slices.Contains(peerReadouts, c.Readout.Kind):
		return refuse("readout.kind", c.Readout.Kind, strings.Join(peerReadouts, ", "))
	case c.Readout.PositiveFeatures || c.Readout.PositiveMasks != nil && !*c.Readout.PositiveMasks:
		return refuse("readout.positive_features, readout.positive_masks", "changed", "their defaults")
	}
	return nil
}

// describe writes problem.json and adds the tables of the steerable basis to arrays.
func describe(dir string, m *v1model.Model, arrays map[string]array.Array) error {
	config, f := m.CoreConfig(), m.Config.Fit
	plan, err := f.Plan()
	if err != nil {
		return err
	}
	_, highest := plan.Peak()
	spec := peerSpec{Threads: runtime.NumCPU(), Batch: f.Batch, Sparsity: m.Config.Readout.Sparsity,
		Fit: peerFit{f.Seed, highest, f.ValidateEvery, f.Patience, f.Stages, f.MaxSteps}}
	known := map[string]bool{}
	for _, s := range m.Specs() {
		known[s.Name] = true
		if s.Trainable {
			spec.Trainable = append(spec.Trainable, s.Name)
		}
	}
	inputs := m.Shape.Channels
	for i, size := range config.FilterSizes {
		name := fmt.Sprintf("core/conv%d", i+1)
		spec.Layers = append(spec.Layers, peerLayer{
			Name: name, Size: size, Features: config.Features[i], Rotations: config.Rotations, Inputs: inputs, Padding: config.Padding[i],
			Activation: config.Activations[i], Decay: hermiteDecay, Gamma: known[name+"/BatchNorm/gamma"], Shift: i > 0,
			Shared: config.SharedBiases, Biased: config.SharedBiases || config.UnfusedNorm,
			Smoothness: config.Smoothness * config.SmoothRel[i], Sparsity: config.Sparsity * config.SparseRel[i]})
		inputs = config.Rotations * config.Features[i]
		basis, err := hermite.New(size, config.Upsampling)
		if err != nil {
			return err
		}
		n := len(basis.Functions)
		arrays["basis/"+name] = array.New(flatten(basis.Filters()), n, size, size)
		var turns []float32
		for r := range config.Rotations {
			turns = append(turns, flatten(basis.Rotation(2*math.Pi*float64(r)/float64(config.Rotations)))...)
		}
		arrays["turn/"+name] = array.New(turns, config.Rotations, n, n)
	}
	text, err := json.MarshalIndent(spec, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, problemSpec), text, 0o644)
}

func flatten(rows [][]float64) []float32 {
	var values []float32
	for _, row := range rows {
		for _, v := range row {
			values = append(values, float32(v))
		}
	}
	return values
}

// readProblem reads our worker's part of a problem's folder.
func readProblem(dir string) (config v1model.Config, data *datasets.Dataset, start weights.Values, err error) {
	text, err := os.ReadFile(filepath.Join(dir, problemConfig))
	if err != nil {
		return config, nil, nil, err
	}
	if config, err = v1model.ParseResolved(text); err != nil {
		return config, nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, problemConfig), err)
	}
	arrays, err := array.ReadNPZ(filepath.Join(dir, problemArrays))
	if err != nil {
		return config, nil, nil, err
	}
	part := func(name string) (datasets.Part, error) {
		im, r := arrays[name+"_images"], arrays[name+"_responses"]
		if len(im.Shape) != 4 || len(r.Shape) != 2 {
			return datasets.Part{}, fmt.Errorf("%s: no %s part", filepath.Join(dir, problemArrays), name)
		}
		pixels, err := im.Float32s()
		if err != nil {
			return datasets.Part{}, err
		}
		values, err := r.Float32s()
		p := datasets.Part{Images: datasets.Images{N: im.Shape[0], Height: im.Shape[1], Width: im.Shape[2], Channels: im.Shape[3], Pixels: pixels},
			Responses: datasets.Responses{N: r.Shape[0], Neurons: r.Shape[1], Values: values}}
		if c, has := arrays[name+"_covariates"]; has && err == nil {
			p.Covariates.Names = config.Covariates()
			p.Covariates.Values, err = c.Float32s()
		}
		return p, err
	}
	session := func(prefix string) (*datasets.Dataset, error) {
		d := &datasets.Dataset{Spec: "bench"}
		if d.Train, err = part(prefix + "train"); err != nil {
			return nil, err
		}
		if d.Val, err = part(prefix + "val"); err != nil {
			return nil, err
		}
		if places, has := arrays[prefix+"places"]; has {
			for at := range slices.Chunk(places.Data.([]float64), 2) {
				d.Neurons = append(d.Neurons, datasets.Neuron{X: at[0], Y: at[1], Z: math.NaN()})
			}
		}
		d.Test.Images, d.Test.Covariates = d.Val.Images, d.Val.Covariates
		d.Test.Responses = datasets.Repeats{Repeats: 1, N: d.Val.Responses.N, Neurons: d.Val.Responses.Neurons, Values: d.Val.Responses.Values}
		return d, nil
	}
	if _, several := arrays[sessionName(0)+"/train_images"]; several {
		data, err = readSessions(arrays, session)
	} else {
		data, err = session("")
	}
	if err != nil {
		return config, nil, nil, err
	}
	start = weights.Values{}
	for key, a := range arrays {
		if name, ok := strings.CutPrefix(key, "w/"); ok {
			start[name] = a
		}
	}
	return config, data, start, nil
}

// readSessions reads the sessions of a problem, each by its prefix.
func readSessions(arrays map[string]array.Array, session func(prefix string) (*datasets.Dataset, error)) (*datasets.Dataset, error) {
	var sessions []*datasets.Dataset
	var names []string
	for k := 0; ; k++ {
		name := sessionName(k)
		if _, ok := arrays[name+"/train_images"]; !ok {
			return datasets.Together(sessions, names)
		}
		d, err := session(name + "/")
		if err != nil {
			return nil, err
		}
		sessions, names = append(sessions, d), append(names, name)
	}
}
