package v1model_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/shifter"
	"v1lab/v1model/weights"
)

// behaving lists settings of models with covariates.
var behaving = map[string][]string{
	"gain":              {"modulation.kind=gain", "modulation.covariates=running"},
	"hidden gain":       {"modulation.kind=gain", "modulation.covariates=running,pupil", "modulation.hidden=3", "modulation.shared=neuron"},
	"channels":          {"modulation.kind=channels", "modulation.covariates=pupil,running"},
	"shifted masks":     {"shifter.kind=mlp", "shifter.covariates=x,y"},
	"shifted factors":   {"shifter.kind=mlp", "shifter.covariates=x,y", "readout.kind=factorised", "readout.chunk=1"},
	"shifted positions": {"shifter.kind=mlp", "shifter.covariates=x,y", "readout.kind=gaussian", "shifter.layers=2"},
	"all":               {"modulation.kind=channels", "modulation.covariates=pupil,x", "shifter.kind=mlp", "shifter.covariates=x,y", "readout.kind=gaussian"},
}

func behavingModel(t *testing.T, settings []string) *v1model.Model {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.rotations=2", "core.filter_sizes=3", "core.features=1", "core.strides=1", "core.padding=same",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: 5, Width: 6, Channels: 1, Neurons: 2})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// far draws weights far from the start, with covariates of mean 2 and SD 3.
func far(m *v1model.Model) readouttest.Vars {
	w := readouttest.Far(m.Specs(), weights.Init(m.Specs(), 1), 1)
	for i := range w[covariates.Mean] {
		w[covariates.Mean][i], w[covariates.SD][i] = 2, 3
	}
	return w
}

const behavingBatch = 3

// responder computes rates, their gradient by every trained variable, images and covariates.
func responder(t *testing.T, m *v1model.Model, names []string) *readouttest.Program {
	k := len(m.Config.Covariates())
	return readouttest.Compile(t, pjrttest.Backend(t), m.Specs(), [][]int{{behavingBatch, 5, 6, 1}, {behavingBatch, k}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		rates := m.ForwardAt(w, in[0], in[1], false).Rates()
		sum := graph.ReduceAllSum(graph.Square(rates))
		of := []*graph.Node{in[0], in[1]}
		for _, name := range names[2:] {
			of = append(of, w.Get(name))
		}
		out := map[string]*graph.Node{"sum": sum, "rates": rates, "default": m.Forward(w, in[0], false).Rates()}
		for i, g := range graph.Gradient(sum, of...) {
			out[names[i]] = g
		}
		return out
	})
}

// Every gradient equals finite differences in float64: by the weights of gain, shifter, readout and core, by images and by covariates.
func TestBehaviourGradients(t *testing.T) {
	for name, settings := range behaving {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "all" {
				t.Skip("the full run has them all")
			}
			m := behavingModel(t, settings)
			w := far(m)
			names := []string{"images", "covariates"}
			values := readouttest.Vars{"images": readouttest.Normal(1, "images", behavingBatch*30), "covariates": readouttest.Normal(1, "covariates", behavingBatch*len(m.Config.Covariates()))}
			for _, s := range m.Specs() {
				if s.Trainable && s.Name != "readout/sigma" {
					names, values[s.Name] = append(names, s.Name), w[s.Name]
				}
			}
			p := responder(t, m, names)
			got := p.Run(w, values["images"], values["covariates"])
			step := 1
			if testing.Short() {
				step = 5
			}
			sum := func() float64 { return p.Run(w, values["images"], values["covariates"])["sum"][0] }
			for _, name := range names {
				const h = 1e-6
				x, moved := values[name], false
				for i := 0; i < len(x); i += step {
					at := x[i]
					x[i] = at + h
					above := sum()
					x[i] = at - h
					below := sum()
					x[i] = at
					want := (above - below) / (2 * h)
					moved = moved || want != 0
					if math.Abs(got[name][i]-want) > 1e-5*(1+math.Abs(want)) {
						t.Errorf("gradient by %s[%d] is %g, differences give %g", name, i, got[name][i], want)
					}
				}
				if !moved {
					t.Errorf("%s changes nothing", name)
				}
			}
		})
	}
}

// Without covariates, and where they are not known, the training means take their place.
func TestDefaultIsTheTrainingMean(t *testing.T) {
	for name, settings := range behaving {
		if testing.Short() && name != "gain" {
			continue // the full run has them all
		}
		m := behavingModel(t, settings)
		w := far(m)
		p := responder(t, m, []string{"images", "covariates"})
		images, k := readouttest.Normal(1, "images", behavingBatch*30), len(m.Config.Covariates())
		at := func(v float64) readouttest.Vars {
			c := make([]float64, behavingBatch*k)
			for i := range c {
				c[i] = v
			}
			return p.Run(w, images, c)
		}
		mean, unknown, other := at(2), at(math.NaN()), at(4)
		for i, want := range mean["default"] {
			if mean["rates"][i] != want || unknown["rates"][i] != want {
				t.Errorf("%s: rate %d is %g at the means, %g where nothing is known, %g by default", name, i, mean["rates"][i], unknown["rates"][i], want)
			}
			if other["rates"][i] == want {
				t.Errorf("%s: rate %d does not depend on covariates", name, i)
			}
		}
	}
}

// The gain is 1 at the means, and channels hold the covariates divided by their SD.
func TestBehaviourEqualsItsFormula(t *testing.T) {
	images := readouttest.Normal(1, "images", behavingBatch*30)
	m := behavingModel(t, behaving["gain"])
	w := far(m)
	got := responder(t, m, []string{"images", "covariates"}).Run(w, images, []float64{2, 5, -1})
	for b, z := range []float64{0, 1, -1} {
		for n := range 2 {
			gain := got["rates"][2*b+n] / got["default"][2*b+n]
			if want := math.Exp(z * w["modulation/output/weights"][0]); math.Abs(gain-want) > 1e-12 {
				t.Errorf("gain %g at z = %g, want %g", gain, z, want)
			}
		}
	}
	m = behavingModel(t, behaving["channels"])
	w = far(m)
	got = responder(t, m, []string{"images", "covariates"}).Run(w, images, []float64{1, 2, 3, 4, 5, 6})
	plain, err := v1model.New(behavingModel(t, nil).Config, v1model.Shape{Height: 5, Width: 6, Channels: 3, Neurons: 2})
	if err != nil {
		t.Fatal(err)
	}
	var wide []float64
	for i, pixel := range images {
		b := i / 30
		wide = append(wide, pixel, float64(2*b+1)/3, float64(2*b+2)/3)
	}
	p := readouttest.Compile(t, pjrttest.Backend(t), plain.Specs(), [][]int{{behavingBatch, 5, 6, 3}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"rates": plain.Forward(w, in[0], false).Rates()}
	})
	for i, want := range p.Run(w, wide)["rates"] {
		if math.Abs(got["rates"][i]-want) > 1e-12 {
			t.Errorf("rate %d is %g, with channels of an image %g", i, got["rates"][i], want)
		}
	}
}

// A readout that a shifter moves reads what its effective masks, as in-silico experiments use them, read at the default position of the eye.
func TestEffectiveMasksMove(t *testing.T) {
	for _, name := range []string{"shifted masks", "shifted factors", "shifted positions"} {
		if testing.Short() && name != "shifted positions" {
			continue // the full run has them all
		}
		m := behavingModel(t, behaving[name])
		w := far(m)
		values := weights.Values{}
		for i, v := range weights.Init(m.Specs(), 1) {
			data := make([]float32, len(w[i]))
			for k := range data {
				data[k] = float32(w[i][k])
			}
			v.Data = data
			values[i] = v
		}
		last := m.Config.Shifter.Specs(0)[len(m.Config.Shifter.Specs(0))-1].Name
		copy(values.Float32(last), []float32{0.3, -0.5})
		copy(w[last], []float64{float64(float32(0.3)), -0.5})
		p := readouttest.Compile(t, pjrttest.Backend(t), m.Specs(), [][]int{{behavingBatch, 5, 6, 1}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			f := m.Forward(w, in[0], false)
			return map[string]*graph.Node{"maps": f.Core.Maps, "drive": f.Readout.Drive}
		})
		got := p.Run(w, readouttest.Normal(1, "images", behavingBatch*30))
		masks, features := m.Effective(values)
		for b := range behavingBatch {
			for n := range 2 {
				sum := 0.0
				for place := range 30 {
					for c := range 2 {
						sum += float64(masks.Data.([]float32)[n*30+place]) * float64(features.Data.([]float32)[2*n+c]) * got["maps"][(b*30+place)*2+c]
					}
				}
				if math.Abs(sum-got["drive"][2*b+n]) > 1e-5*(1+math.Abs(sum)) {
					t.Errorf("%s: drive %g, by effective masks %g", name, got["drive"][2*b+n], sum)
				}
			}
		}
		if shift := m.DefaultShift(values, 0); shift == [2]float64{} {
			t.Errorf("%s: no shift to test", name)
		}
	}
}

// Old configs are written as before, and mistakes are named.
func TestBehaviourConfig(t *testing.T) {
	config, err := v1model.Load("quickstart", "modulation.kind=none", "shifter.kind=none")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	if !plain.SameFit(config) {
		t.Error("a kind that is none is another fit")
	}
	if text, err := config.YAML(); err != nil || strings.Contains(string(text), "modulation") || strings.Contains(string(text), "shifter") {
		t.Errorf("%v: a config without covariates is written as\n%s", err, text)
	}
	for _, c := range []struct{ settings, want string }{
		{"modulation.kind=multiply", `modulation.kind: "multiply", accepted: none, gain, channels`},
		{"modulation.kind=gain", "modulation.covariates: empty, accepted: names of covariates of the recording; v1lab data info lists them"},
		{"modulation.covariates=running", "modulation.covariates: running, accepted: none where the kind is none"},
		{"modulation.kind=gain modulation.covariates=a,a", `modulation.covariates: "a", accepted: every name once, none empty`},
		{"modulation.kind=channels modulation.covariates=a modulation.hidden=2", "modulation.hidden: 2, the kind is channels, accepted with gain alone"},
		{"modulation.kind=gain modulation.covariates=a modulation.shared=all", `modulation.shared: "all", accepted: session, neuron`},
		{"modulation.kind=gain modulation.covariates=a modulation.hidden=-1", "modulation.hidden: -1, must be at least 0"},
		{"shifter.kind=affine", `shifter.kind: "affine", accepted: none, mlp`},
		{"shifter.kind=mlp", "shifter.covariates: empty, accepted: names of covariates of the recording; v1lab data info lists them"},
		{"shifter.layers=2", "shifter.layers: 2, the kind is none, accepted with mlp alone"},
	} {
		if _, err := v1model.Load("quickstart", strings.Fields(c.settings)...); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v; want %s", c.settings, err, c.want)
		}
	}
	widths := shifter.Config{Kind: shifter.MLP, Covariates: []string{"x", "y"}}.Specs(0)
	if len(widths) != 6 || widths[0].Name != "shifter/layer0/weights" || widths[5].Name != "shifter/layer2/biases" || widths[2].Shape[0] != 5 {
		t.Errorf("a shifter with default settings has %v; want widths 2-5-5-2", widths)
	}
}
