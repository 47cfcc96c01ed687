package pytorch

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/fitted"
	"v1lab/v1model/loss"
	"v1lab/v1model/modulation"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/shifter"
	"v1lab/v1model/version"
	"v1lab/v1model/weights"
)

// Names of the files that Write makes.
const (
	ModelFile   = "model.py"
	WeightsFile = "weights.safetensors"
	CheckFile   = "check.safetensors"
)

// What model.py can do. All else is refused by name.
var (
	coreKinds = []string{core.Hermite, core.Rotated, core.CNN, core.Stacked}
	maskKinds = []string{readout.JointL1, readout.SeparateL1, readout.Dense, readout.DenseSeparate, readout.Transfer, readout.Factorised}
	links     = map[string]string{loss.Poisson: "F.softplus(drive)", loss.Gaussian: "drive"}
)

// knownKeys are the keys of a config that this package knows. A config with others does something that model.py does not.
var knownKeys = map[string][]string{
	"": {"preset", "core", "readout", "fit", "backend", "modulation", "shifter", "rate"},
	"core": {"kind", "rotations", "upsampling", "interpolation", "filter_sizes", "features", "strides", "dilations", "padding", "activations", "shared_biases", "unfused_norm",
		"smoothness", "smoothness_rel", "sparsity", "sparsity_rel", "evaluation", "per_neuron", "frozen", "convolutions", "norms", "conv_biases", "options"},
	"readout": {"kind", "sparsity", "mask_sparsity", "feature_sparsity", "feature_l2", "positive_features", "positive_masks", "mask_init", "transfer_every", "chunk",
		"covariance", "grid", "grid_hidden", "grid_final", "start_range", "start_sigma"},
	"modulation": {"kind", "covariates", "hidden", "shared", "sessions"},
	"shifter":    {"kind", "covariates", "hidden", "layers", "sessions"},
}

//go:embed model.py.tmpl
var source string

var page = template.Must(template.New(ModelFile).Funcs(template.FuncMap{"python": python, "tuple": tuple}).Parse(source))

// settings are what the template fills in.
type settings struct {
	Version, Run         string
	Config               v1model.Config
	Shape                v1model.Shape
	Layers               []core.Layer
	Turned               bool // filters are made by turning values
	Masks                bool // the readout has masks
	PositiveMasks        bool
	Stacked              bool // layers may be separable, and have biases
	Cortex, Perceptron   bool // positions follow from places on cortex, by an affine map or a perceptron
	GridWidths           []int
	Link                 string
	Normalisation        *datasets.Normalisation
	Pixelwise            bool
	Prepared             string   // how the run prepares images before it normalises them
	Covariates           []string //
	Channels, Gain, Move bool
	OfChannels           []int // columns of the covariates
	OfGain               []int
	OfShifter            []int
	MapHeight, MapWidth  int   // of the core's maps
	Widths               []int // units of the shifter's layers
	GainOfNeuron         bool
	Sessions             []string // names, where each has a gain or a shifter of its own
	GainEach, MoveEach   bool
}

// Write writes a run's best weights, the program that builds its model in PyTorch, and images with their rates for a check, to the folder dir. A run with
// parts that the program does not have is refused by their name, before anything is written.
//
// Of several sessions that each have a gain or a shifter of their own, the program has those of all.
func Write(ctx context.Context, run *fitted.Run, dir string) error {
	m, values, err := run.Fitted()
	if err != nil {
		return err
	}
	program, tensors, err := translate(m, values, run.Dataset)
	if err != nil {
		return fmt.Errorf("run %s: %w", run.Path, err)
	}
	check, err := checkOf(ctx, run, m)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := WriteSafetensors(filepath.Join(dir, WeightsFile), tensors, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	if err := WriteSafetensors(filepath.Join(dir, CheckFile), check, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, ModelFile), program, 0o666)
}

// translate returns model.py and the tensors of its state_dict.
func translate(m *v1model.Model, values weights.Values, d runfolder.Dataset) (program []byte, tensors map[string]array.Array, err error) {
	c, n := m.Config, d.Normalisation
	if err := servable(c); err != nil {
		return nil, nil, err
	}
	if tensors, err = stateOf(m, values, n); err != nil {
		return nil, nil, err
	}
	s := settings{
		Version: version.String(), Config: c, Shape: m.Shape, Layers: m.Core.(core.Layered).Layers(), Turned: turned(c.Core.Kind), Stacked: c.Core.Kind == core.Stacked,
		Masks: c.Readout.Kind != readout.Gaussian, PositiveMasks: c.Readout.PositiveMasks == nil || *c.Readout.PositiveMasks, Cortex: c.Readout.Grid == readout.Cortex,
		Perceptron: c.Readout.Grid == readout.CortexMLP,
		Link:       linkOf(c), Normalisation: n, Pixelwise: n != nil && n.Method == datasets.Pixel,
		GainOfNeuron: c.Modulation.Shared == modulation.Neuron,
		Covariates:   c.Covariates(), Channels: c.Modulation.Kind == modulation.Channels, Gain: c.Modulation.Kind == modulation.Gain, Move: c.Shifter.Active(),
	}
	s.MapHeight, s.MapWidth, _ = m.Core.OutputShape()
	if s.Perceptron {
		s.GridWidths = slices.Concat([]int{2}, c.Readout.GridHidden, []int{2})
	}
	if _, treated := d.Preparation.From(); treated {
		s.Prepared = d.Preparation.String()
	}
	if m.BySession() {
		for _, session := range d.Sessions {
			s.Sessions = append(s.Sessions, session.Name)
		}
		s.GainEach, s.MoveEach = s.Gain && c.Modulation.Each(), s.Move && c.Shifter.Each()
	}
	columns := func(names []string) (at []int) {
		for _, name := range names {
			at = append(at, slices.Index(s.Covariates, name))
		}
		return at
	}
	if s.Channels {
		s.OfChannels = columns(c.Modulation.Covariates)
	}
	if s.Gain {
		s.OfGain = columns(c.Modulation.Covariates)
	}
	if s.Move {
		s.OfShifter = columns(c.Shifter.Covariates)
		s.Widths = []int{len(s.OfShifter)}
		for l := 0; values[shifter.BiasesName(l)].Data != nil; l++ {
			shape := values[shifter.BiasesName(l)].Shape
			s.Widths = append(s.Widths, shape[len(shape)-1])
		}
	}
	var text bytes.Buffer
	if err := page.Execute(&text, s); err != nil {
		return nil, nil, err
	}
	return text.Bytes(), tensors, nil
}

// turned tells whether the filters of a kind of core are made by turning what its variables hold.
func turned(kind string) bool { return kind == core.Hermite || kind == core.Rotated }

// linkOf returns the expression from drives to rates.
func linkOf(c v1model.Config) string {
	if c.Rate == loss.ELU1 {
		return "torch.where(drive >= 0, drive + 1, drive.clamp(max=0).exp())  # elu(drive) + 1"
	}
	return links[lossOf(c)]
}

func lossOf(c v1model.Config) string {
	if c.Fit.Loss == "" {
		return loss.Default
	}
	return c.Fit.Loss
}

// servable returns an error that names the first setting that model.py cannot follow.
func servable(c v1model.Config) error {
	for _, field := range []struct {
		name, value string
		accepted    []string
	}{
		{"core.kind", c.Core.Kind, coreKinds},
		{"readout.kind", c.Readout.Kind, append(slices.Clone(maskKinds), readout.Gaussian)},
		{"readout.grid", c.Readout.Grid, []string{"", readout.Independent, readout.Cortex, readout.CortexMLP}},
		{"readout.grid_final", c.Readout.GridFinal, []string{"", "tanh", "none"}},
		{"rate", c.Rate, []string{"", loss.ELU1}},
		{"fit.loss", lossOf(c), []string{loss.Poisson, loss.Gaussian}},
		{"modulation.kind", c.Modulation.Kind, []string{"", modulation.None, modulation.Gain, modulation.Channels}},
		{"shifter.kind", c.Shifter.Kind, []string{"", shifter.None, shifter.MLP}},
	} {
		if !slices.Contains(field.accepted, field.value) {
			return refuse(field.name, field.value, field.accepted)
		}
	}
	if len(c.Core.Options) > 0 && c.Core.Kind != core.Stacked { // of kind stacked, there is the momentum of batch normalisation
		return errors.New("core.options is set, which cannot be written for PyTorch")
	}
	text, err := c.YAML()
	if err != nil {
		return err
	}
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		return err
	}
	for section, known := range knownKeys {
		keys, _ := all[section].(map[string]any)
		if section == "" {
			keys = all
		}
		for key := range keys {
			if !slices.Contains(known, key) {
				return fmt.Errorf("%s is set, which cannot be written for PyTorch", strings.TrimPrefix(section+"."+key, "."))
			}
		}
	}
	return nil
}

func refuse(field, value string, accepted []string) error {
	accepted = slices.DeleteFunc(slices.Clone(accepted), func(s string) bool { return s == "" })
	return fmt.Errorf("%s: %q cannot be written for PyTorch; accepted: %s", field, value, strings.Join(accepted, ", "))
}

// checked is the number of images in CheckFile.
const checked = 4

// checkOf returns images of random pixels in recorded units, [images, channels, height, width], with the covariates of a model that takes some, and the
// rates to them.
func checkOf(ctx context.Context, run *fitted.Run, m *v1model.Model) (map[string]array.Array, error) {
	s := m.Shape
	random := weights.Stream(1, "images to check PyTorch")
	normal := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		return values
	}
	images := datasets.Images{N: checked, Height: s.Height, Width: s.Width, Channels: s.Channels, Pixels: normal(checked * s.Height * s.Width * s.Channels)}
	recorded := run.Dataset.Normalisation.RecordedImages(images)
	images = run.Dataset.Normalisation.ApplyImages(recorded)
	tensors := map[string]array.Array{}
	c := datasets.Covariates{}
	if names := m.Config.Covariates(); len(names) > 0 {
		c = datasets.Covariates{Names: names, Values: normal(checked * len(names))}
		c.Values[len(c.Values)-1] = float32(math.NaN()) // is at its mean
		tensors["covariates"] = array.New(c.Values, checked, len(names))
	}
	rates, err := run.RatesAt(ctx, images, c)
	if err != nil {
		return nil, err
	}
	pixels := make([]float32, 0, len(recorded.Pixels))
	for i := range checked {
		image := make([]float64, recorded.Size())
		for j, v := range recorded.At(i) {
			image[j] = float64(v)
		}
		pixels = append(pixels, channelsFirst(image, s).Data.([]float32)...)
	}
	tensors["images"] = array.New(pixels, checked, s.Channels, s.Height, s.Width)
	tensors["rates"] = array.New(rates.Values, checked, s.Neurons)
	return tensors, nil
}

// python writes a value as a Python literal.
func python(v any) (string, error) {
	switch v := v.(type) {
	case bool:
		return map[bool]string{true: "True", false: "False"}[v], nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	text, err := json.Marshal(v) // numbers, strings and lists are the same in JSON
	return string(text), err
}

// tuple writes paddings in the order of F.pad: left, right, top, bottom.
func tuple(padding [2][2]int) string {
	return fmt.Sprintf("(%d, %d, %d, %d)", padding[1][0], padding[1][1], padding[0][0], padding[0][1])
}
