package v1model

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/core"
	"v1lab/v1model/readout"
)

// Preset is a configuration with a name, a version and a source. A preset's numbers never change under one version.
type Preset struct {
	Name    string
	Version int
	Source  string
	Config  Config
}

// ID is the form that run folders record: name and version.
func (p Preset) ID() string { return fmt.Sprintf("%s@%d", p.Name, p.Version) }

// Default is the preset of the paper's main model.
const Default = "ecker2019-n16"

// Presets lists all presets. The hyper-parameters of ecker2019-* are those of the best of 32 random draws for each number
// of features in figure 2 of the paper.
func Presets() []Preset {
	var presets []Preset
	for _, p := range []struct {
		features                    int
		smoothness, sparsity, joint float64
	}{
		{8, .00781004, .0168574, .0156452}, {12, .00184694, .0610123, .0153464}, {16, .0249692, .0152482, .0170696},
		{20, .0257738, .0691215, .0141163}, {24, .00146371, .00999698, .0131784}, {28, .0186784, .0187448, .0124147},
		{32, .026082, .0118641, .0161513}, {40, .00232312, .0868334, .0115895}, {48, .00129107, .0644271, .0163213},
	} {
		presets = append(presets, Preset{
			Name: fmt.Sprintf("ecker2019-n%d", p.features), Version: 1, Source: "Ecker et al., ICLR 2019, figure 2: equivariant core, joint L1 readout",
			Config: paper([]int{16, 16, p.features}, p.smoothness, p.sparsity, readout.Config{Kind: readout.JointL1, Sparsity: p.joint})})
	}
	for _, p := range []struct {
		name                        string
		features                    []int
		smoothness, sparsity, joint float64
	}{
		{"cnn32", []int{32, 32, 32}, .0151716, .0219826, .0193531}, {"cnn64", []int{64, 64, 64}, .00218237, .0323365, .0261594},
		{"cnn128", []int{128, 128, 128}, .0277236, .0650177, .0151648}, {"cnn128-256", []int{128, 128, 256}, .0015324, .007974, .0179},
	} {
		config := paper(p.features, p.smoothness, p.sparsity, readout.Config{Kind: readout.JointL1, Sparsity: p.joint})
		config.Core.Kind, config.Core.Rotations, config.Core.Upsampling, config.Fit.Patience = core.CNN, 1, 0, 10
		presets = append(presets, Preset{Name: "ecker2019-" + p.name, Version: 1, Source: "Ecker et al., ICLR 2019, table 1: plain CNN, joint L1 readout; patience of the published code", Config: config})
	}
	positive := readout.Config{Kind: readout.JointL1, Sparsity: .0244531, PositiveFeatures: true}
	dense := readout.Config{Kind: readout.DenseSeparate, MaskSparsity: .0324413, FeatureL2: .315181}
	transfer := readout.Config{Kind: readout.Transfer, Sparsity: .020616, TransferEvery: 2}
	return append(presets,
		Preset{Name: "ecker2019-dense", Version: 1, Source: "Ecker et al., ICLR 2019, table 1: control with dense feature weights, L1 masks and L2 features",
			Config: paper([]int{16, 16, 16}, .0141237, .00280391, dense)},
		Preset{Name: "ecker2019-transfer", Version: 1, Source: "Ecker et al., ICLR 2019, control: the core learns from every second neuron",
			Config: paper([]int{16, 16, 16}, .0112711, .0492937, transfer)},
		Preset{Name: "ecker2019-positive", Version: 1, Source: "Ecker et al., ICLR 2019, table 1: control with positive feature weights",
			Config: paper([]int{16, 16, 16}, .00553383, .0715125, positive)},
		Preset{Name: "quickstart", Version: 1, Source: "v1lab: small images on two CPU cores in minutes", Config: quickstart()},
		Preset{Name: "quickstart-dense", Version: 1, Source: "v1lab: quickstart with dense feature weights, L1 masks and L2 features", Config: quickstartWith(readout.Config{Kind: readout.DenseSeparate, MaskSparsity: 0.02, FeatureL2: 0.2})},
		Preset{Name: "quickstart-positive", Version: 1, Source: "v1lab: quickstart with positive feature weights", Config: quickstartWith(readout.Config{Kind: readout.JointL1, Sparsity: 0.004, PositiveFeatures: true})},
		quickstartCNN(32), quickstartCNN(64), quickstartCNN(128))
}

// paper is the architecture and schedule that all models of the paper share.
func paper(features []int, smoothness, sparsity float64, r readout.Config) Config {
	return Config{
		Core: core.Config{
			Kind: core.Hermite, Rotations: 8, Upsampling: 2, FilterSizes: []int{13, 5, 5}, Features: features, Strides: []int{1, 1, 1},
			Padding: []string{"same", "same", "same"}, Activations: []string{"softplus", "softplus", "none"},
			Smoothness: smoothness, SmoothRel: []float64{1, 0.5, 0.5}, Sparsity: sparsity, SparseRel: []float64{0, 1, 1},
		},
		Readout: r,
		Fit:     Fit{Seed: 1, LearningRate: 0.002, Batch: 256, ValidateEvery: 50, Patience: 5, Stages: 2, MaxSteps: 10000},
		Backend: "xla",
	}
}

// quickstart is for small images and few neurons. Valid padding spends no time on borders; penalties count per neuron, because with few
// neurons the paper's, chosen for 6005, would outweigh the data.
func quickstart() Config {
	c := paper([]int{6, 6, 8}, 0.00006, 0.00006, readout.Config{Kind: readout.JointL1, Sparsity: 0.004})
	c.Core.PerNeuron = true
	c.Core.FilterSizes = []int{7, 5, 5}
	c.Core.Padding = []string{"valid", "valid", "valid"}
	c.Fit = Fit{Seed: 1, LearningRate: 0.005, Batch: 128, ValidateEvery: 50, Patience: 8, Stages: 2, MaxSteps: 5000}
	return c
}

// quickstartWith is quickstart with another readout.
func quickstartWith(r readout.Config) Config {
	c := quickstart()
	c.Readout = r
	return c
}

// quickstartCNN is quickstart with a plain CNN of so many maps per layer; quickstart itself has 48, 48 and 64.
func quickstartCNN(maps int) Preset {
	c := quickstart()
	c.Core.Kind, c.Core.Rotations, c.Core.Upsampling, c.Core.Features = core.CNN, 1, 0, []int{maps, maps, maps}
	return Preset{Name: fmt.Sprintf("quickstart-cnn%d", maps), Version: 1, Source: fmt.Sprintf("v1lab: quickstart with a plain CNN of %d maps per layer", maps), Config: c}
}

// FindPreset returns a preset by name, with or without @version.
func FindPreset(name string) (Preset, error) {
	var names []string
	for _, p := range Presets() {
		if name == p.Name || name == p.ID() {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if base, _, versioned := strings.Cut(name, "@"); versioned && slices.Contains(names, base) {
		p, _ := FindPreset(base)
		return Preset{}, fmt.Errorf("preset: %q, this program has version %s", name, p.ID())
	}
	return Preset{}, fmt.Errorf("preset: %q, accepted: %s", name, strings.Join(names, ", "))
}
