package neuralpredictors_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/neuralpredictors"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/torchfile"
	"v1lab/v1model/torchfile/torchfiletest"
	"v1lab/v1model/weights"
)

// configOf is the config of a published model, by the preset that it is.
func configOf(t *testing.T, twin *neuralpredictors.Twin) v1model.Config {
	t.Helper()
	base, err := v1model.Load(twin.Preset())
	if err != nil {
		t.Fatal(err)
	}
	config, err := twin.Config(&base, nil)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// opened writes a checkpoint in the zip format and opens it.
func opened(t *testing.T, content []byte) *torchfile.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "twin.pth")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := torchfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const imageHeight, imageWidth = 8, 9

// twoLayer adds a core of two layers, of 3 and then 4 maps.
func (m *small) twoLayer(separable, biased, affine bool) {
	m.add("core._input_weights_regularizer.laplace.filter", 1, 1, 3, 3)
	m.add("core.features.layer0.conv.weight", 3, 1, 3, 3)
	m.norm("core.features.layer0.norm.", 3, affine)
	if separable {
		c := "core.features.layer1.ds_conv."
		m.add(c+"in_depth_conv.weight", 4, 3, 1, 1)
		m.add(c+"spatial_conv.weight", 4, 1, 5, 5)
		m.add(c+"out_depth_conv.weight", 4, 4, 1, 1)
		if biased {
			m.add(c+"in_depth_conv.bias", 4)
			m.add(c+"spatial_conv.bias", 4)
			m.add(c+"out_depth_conv.bias", 4)
		}
	} else {
		m.add("core.features.layer1.conv.weight", 4, 3, 5, 5)
		if biased {
			m.add("core.features.layer1.conv.bias", 4)
		}
	}
	m.norm("core.features.layer1.norm.", 4, affine)
}

func (m *small) gaussian(session string, neurons int) {
	p := "readout." + session + "."
	m.add(p+"sigma", 1, neurons, 2, 2)
	m.add(p+"_mu", 1, neurons, 1, 2)
	m.add(p+"_features", 1, 4, 1, neurons)
	m.add(p+"bias", neurons)
}

func (m *small) elu(layers int) {
	for l := range layers {
		m.state.Modules = append(m.state.Modules, "core.features.layer"+string(rune('0'+l))+".nonlin")
	}
}

// Models of every kind of part compute what PyTorch would: plain and separable layers, with and without biases and what normalisation learns, linear cores,
// free positions that are clamped, shared positions and features, masks; in every format of files.
func TestParts(t *testing.T) {
	padding := []string{"core.padding=valid,same"}
	for name, c := range map[string]struct {
		build    func(m *small)
		format   string
		settings []string
		session  string
		masks    string
		linear   bool
		pad      int
		neurons  int
	}{
		"separable": {build: func(m *small) {
			m.twoLayer(true, false, true)
			m.elu(2)
			m.gaussian("a", 3)
		}, settings: padding, neurons: 3},
		"linear, legacy":                {build: func(m *small) { m.twoLayer(true, false, true); m.gaussian("a", 3) }, format: torchfile.Legacy, settings: padding, linear: true, neurons: 3},
		"separable with biases, padded": {build: func(m *small) { m.twoLayer(true, true, true); m.elu(2); m.gaussian("a", 3) }, settings: []string{"core.padding=same,same"}, pad: 1, neurons: 3},
		"plain with biases, safetensors": {build: func(m *small) { m.twoLayer(false, true, true); m.gaussian("a", 3) }, format: torchfile.Safetensors,
			settings: append([]string{"core.activations=elu,elu"}, padding...), neurons: 3},
		"norms": {build: func(m *small) {
			m.twoLayer(false, false, false)
			m.elu(2)
			m.add("core.features.layer0.bias.bias", 1, 3, 1, 1)
			m.add("core.features.layer1.scale.scale", 1, 4, 1, 1)
			m.gaussian("a", 3)
		}, settings: padding, neurons: 3},
		"second session": {build: func(m *small) {
			m.twoLayer(false, false, true)
			m.elu(2)
			m.gaussian("a", 3)
			m.gaussian("b", 5)
		}, settings: padding, session: "b", neurons: 5},
		"shared features and positions": {build: func(m *small) {
			m.twoLayer(true, false, true)
			m.elu(2)
			m.add("readout.b.sigma", 1, 4, 1, 1)
			m.add("readout.b._mu", 1, 2, 1, 2)
			m.index("readout.b.grid_sharing_index", 1, 0, 0, 1)
			m.add("readout.b._features", 1, 4, 1, 3)
			m.index("readout.b.feature_sharing_index", 2, 0, 1, 2)
			m.add("readout.b.scales", 1, 1, 1, 4)
		}, settings: padding, session: "b", neurons: 4},
		"masks": {build: func(m *small) {
			m.twoLayer(true, false, true)
			m.elu(2)
			m.add("readout.a.spatial", 2, 6, 7)
			m.add("readout.a._features", 2, 4)
			m.add("readout.a.bias", 2)
		}, settings: padding, masks: neuralpredictors.Normalised, neurons: 2},
		"masks as stored": {build: func(m *small) {
			m.twoLayer(true, false, true)
			m.elu(2)
			m.add("readout.a.spatial", 2, 6, 7)
			m.add("readout.a._features", 2, 4)
		}, settings: padding, masks: neuralpredictors.Raw, neurons: 2},
	} {
		if testing.Short() && name != "separable with biases, padded" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m := newSmall()
			c.build(m)
			content := torchfiletest.Legacy(m.state)
			switch c.format {
			case "":
				content = torchfiletest.Zip(t, m.state)
			case torchfile.Safetensors:
				content = torchfiletest.Safetensors(t, m.state)
			}
			twin, err := neuralpredictors.Read(opened(t, content), c.session)
			if err != nil {
				t.Fatal(err)
			}
			config, err := twin.Config(nil, c.settings)
			if err != nil {
				t.Fatal(err)
			}
			run, record := filepath.Join(t.TempDir(), "run"), runfolder.Dataset{}
			record.Shape.Height, record.Shape.Width, record.Shape.Channels = imageHeight, imageWidth, 1
			if err := twin.Import(config, record, nil, c.masks, run); err != nil {
				t.Fatal(err)
			}
			folder, err := runfolder.Open(run)
			if err != nil {
				t.Fatal(err)
			}
			model, w, err := folder.Fitted()
			if err != nil {
				t.Fatal(err)
			}
			var image maps = [][][]float64{make([][]float64, imageHeight)}
			var pixels []float32
			for y := range imageHeight {
				for range imageWidth {
					v := float32(m.rng.NormFloat64())
					pixels, image[0][y] = append(pixels, v), append(image[0][y], float64(v))
				}
			}
			got := golden.Run(t, pjrttest.Backend(t), w, []array.Array{array.New(pixels, 1, imageHeight, imageWidth, 1)}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
				return map[string]*graph.Node{"rates": model.Forward(w, in[0], false).Rates()}
			})["rates"]
			session := c.session
			if session == "" {
				session = "a"
			}
			want := m.rates(m.core(image, 2, c.pad, c.linear), session, c.neurons, c.masks == neuralpredictors.Normalised)
			for n, v := range want {
				if len(got) != len(want) || math.Abs(float64(got[n])-v) > 1e-5+1e-5*v {
					t.Fatalf("rates %v, want %v", got, want)
				}
			}
		})
	}
}

// What the tensors do not say is asked for by name; what they contradict, and what has no known use, is refused by name.
func TestRefusals(t *testing.T) {
	plain := func(more ...func(m *small)) *small {
		m := newSmall()
		m.twoLayer(true, false, true)
		m.elu(2)
		m.gaussian("a", 3)
		for _, f := range more {
			f(m)
		}
		return m
	}
	for _, c := range []struct {
		want     []string
		state    *small
		session  string
		safe     bool
		settings []string
		preset   string
		size     [2]int
		masks    string
	}{
		{want: []string{"twin.pth: not in the checkpoint, and asked for by name: core.padding (--set core.padding=..., 2 of valid and same)", "--config with a preset (sensorium2022, "}, state: plain()},
		{want: []string{"core.activations, that is whether the core is linear"}, state: plain(), safe: true, settings: []string{"core.padding=valid,same"}},
		{want: []string{"several sessions, choose one with --session: a, b"}, state: plain(func(m *small) { m.gaussian("b", 2) })},
		{want: []string{"--session c: not in ", "accepted: a"}, state: plain(), session: "c"},
		{want: []string{"entries of unknown use", "modulator.a.gru.weight"}, state: plain(func(m *small) { m.add("modulator.a.gru.weight", 2, 2) })},
		{want: []string{"entries of unknown use", "core.features.layer2.conv.bias"}, state: plain(func(m *small) { m.add("core.features.layer2.conv.bias", 2) })},
		{want: []string{"core.filter_sizes: the config says [9 7 7 7]; accepted: [3 5], as in "}, state: plain(), preset: "sensorium2022"},
		{want: []string{"core.activations: the config says [none none]; accepted: [elu elu]"}, state: plain(), settings: []string{"core.padding=valid,same", "core.activations=none,none"}},
		{want: []string{"core.features: the config says [4 4]; accepted: [3 4]"}, state: plain(), settings: []string{"core.padding=valid,same", "core.features=4,4"}},
		{want: []string{"no tensor readout.KEY"}, state: func() *small { m := newSmall(); m.twoLayer(true, false, true); return m }()},
		{want: []string{"not a Stacked2dCore"}, state: func() *small { m := newSmall(); m.gaussian("a", 2); return m }()},
		{want: []string{"readout.a has weights for 7 maps, the core's last layer has 4; accepted: readouts of the last layer alone (stack=-1)"},
			state: func() *small {
				m := newSmall()
				m.twoLayer(true, false, true)
				m.add("readout.a.sigma", 1, 2, 2, 2)
				m.add("readout.a._mu", 1, 2, 1, 2)
				m.add("readout.a._features", 1, 7, 1, 2)
				return m
			}()},
		{want: []string{"layer 1 has 6 input channels, layer 0 has 3 maps; accepted: cores without skip"}, state: func() *small {
			m := newSmall()
			m.add("core.features.layer0.conv.weight", 3, 1, 3, 3)
			m.add("core.features.layer1.conv.weight", 4, 6, 3, 3)
			m.gaussian("a", 2)
			return m
		}()},
		{want: []string{"layer 0 has kernels of 4x4 pixels; accepted: odd sizes"}, state: func() *small {
			m := newSmall()
			m.add("core.features.layer0.conv.weight", 4, 1, 4, 4)
			m.gaussian("a", 2)
			return m
		}()},
		{want: []string{"the core of ", " has 4 input channels, images 1, and 0 covariates are channels"}, settings: []string{"core.padding=valid"}, size: [2]int{9, 9}, state: func() *small {
			m := newSmall()
			m.add("core.features.layer0.conv.weight", 4, 4, 3, 3)
			m.gaussian("a", 2)
			return m
		}()},
		{want: []string{"shifter.covariates (--set shifter.covariates=..., 2 names)"}, settings: []string{"core.padding=valid,same"}, state: plain(func(m *small) {
			m.add("shifter.a.mlp.0.weight", 2, 2)
			m.add("shifter.a.mlp.0.bias", 2)
		})},
		{want: []string{"whether masks are used divided by their norm: --masks normalised"}, settings: []string{"core.padding=valid,same"}, size: [2]int{8, 9}, state: func() *small {
			m := newSmall()
			m.twoLayer(true, false, true)
			m.elu(2)
			m.add("readout.a.spatial", 2, 6, 7)
			m.add("readout.a._features", 2, 4)
			return m
		}()},
		{want: []string{"masks of 6x7, and feature maps of 10x10 from images of 12x12"}, masks: "raw", settings: []string{"core.padding=valid,same"}, size: [2]int{12, 12}, state: func() *small {
			m := newSmall()
			m.twoLayer(true, false, true)
			m.elu(2)
			m.add("readout.a.spatial", 2, 6, 7)
			m.add("readout.a._features", 2, 4)
			return m
		}()},
		{want: []string{"--masks raw: the readout of ", "has no masks"}, masks: "raw", settings: []string{"core.padding=valid,same"}, size: [2]int{12, 12}, state: plain()},
	} {
		content := torchfiletest.Zip(t, c.state.state)
		if c.safe {
			content = torchfiletest.Safetensors(t, c.state.state)
		}
		run := filepath.Join(t.TempDir(), "run")
		err := func() error {
			twin, err := neuralpredictors.Read(opened(t, content), c.session)
			if err != nil {
				return err
			}
			var base *v1model.Config
			if c.preset != "" {
				config, err := v1model.Load(c.preset)
				if err != nil {
					return err
				}
				base = &config
			}
			config, err := twin.Config(base, c.settings)
			if err != nil {
				return err
			}
			record := runfolder.Dataset{}
			record.Shape.Height, record.Shape.Width, record.Shape.Channels = c.size[0], c.size[1], 1
			return twin.Import(config, record, nil, c.masks, run)
		}()
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, want)
			}
		}
		if _, err := os.Stat(run); err == nil {
			t.Errorf("%v: something was written", c.want)
		}
	}
}

// A shape that cannot be is named with its tensor.
func TestWrongShapes(t *testing.T) {
	for name, shape := range map[string][]int{
		"core.features.layer1.ds_conv.out_depth_conv.weight": {4, 3, 1, 1}, "core.features.layer0.norm.bias": {5}, "readout.a.bias": {4}, "readout.a._mu": {1, 2, 1, 2},
		"readout.a.sigma": {1, 3, 3, 3}, "readout.a._features": {3, 4}, "core.features.layer0.conv.weight": {3, 1, 3, 2},
	} {
		m := newSmall()
		m.twoLayer(true, false, true)
		m.gaussian("a", 3)
		for i := range m.state.Tensors {
			if m.state.Tensors[i].Name == name {
				n := 1
				for _, d := range shape {
					n *= d
				}
				m.state.Tensors[i].Array = array.New(make([]float32, n), shape...)
			}
		}
		if _, err := neuralpredictors.Read(opened(t, torchfiletest.Zip(t, m.state)), ""); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(name[strings.LastIndex(name, "."):], ".")) && !strings.Contains(err.Error(), "neurons") {
			t.Errorf("%s of shape %v: error %v", name, shape, err)
		}
	}
}
