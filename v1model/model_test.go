package v1model_test

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// reference is the configuration of a whole model in the reference's terms.
type reference struct {
	Core    golden.CoreConfig `json:"core"`
	Neurons int               `json:"num_neurons"`
	Readout struct {
		Sparsity float64 `json:"readout_sparsity"`
		Positive bool    `json:"positive_feature_weights"`
	} `json:"readout_cfg"`
}

// referenceModel lays out the model of a reference file, all layers in one evaluation.
func referenceModel(t *testing.T, f golden.File, height, width int, evaluation string) *v1model.Model {
	t.Helper()
	var r reference
	f.Config(&r)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Core = r.Core.Core()
	config.Core.SetEvaluation(evaluation)
	config.Readout = readout.Config{Kind: readout.JointL1, Sparsity: r.Readout.Sparsity, PositiveFeatures: r.Readout.Positive}
	m, err := v1model.New(config, v1model.Shape{Height: height, Width: width, Channels: 1, Neurons: r.Neurons})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Loss, penalties, predictions and gradients of whole models, one of them the paper's in full size, in both modes.
func TestModelEqualsReference(t *testing.T) {
	for _, name := range golden.Matrix([]string{"grads", "paper_size_model"}) {
		for _, evaluation := range golden.Matrix(core.Evaluations) {
			t.Run(name+"/"+evaluation, func(t *testing.T) { equalsReference(t, name, evaluation) })
		}
	}
}

func equalsReference(t *testing.T, name, evaluation string) {
	f := golden.Open(t, "testdata/"+name+".npz")
	images, responses := f.Float32("images"), f.Float32("responses")
	m := referenceModel(t, f, images.Shape[1], images.Shape[2], evaluation)
	values := f.Weights("var.")
	if err := values.Check(m.Specs()); err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{"config": true, "images": true, "responses": true}
	for _, k := range f.Keys() {
		if strings.HasPrefix(k, "var.") {
			compared[k] = true
		}
	}
	// Both modes in one program, which is compiled once; what they have in common is compared as training has it.
	got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{images, responses}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		named := modelOutputs(m, w, in[0], in[1], "eval")
		maps.Copy(named, modelOutputs(m, w, in[0], in[1], "train"))
		return named
	})
	addNorms(got, "train")
	addNorms(got, "eval")
	for _, k := range f.Keys() {
		values, ok := got[k]
		if !ok || compared[k] {
			continue
		}
		tolerance := golden.Value
		if strings.HasPrefix(k, "grad") {
			tolerance = golden.Gradient
		}
		golden.Compare(t, k, values, f.Float32(k).Data.([]float32), tolerance)
		compared[k] = true
	}
	for _, k := range f.Keys() {
		if !compared[k] {
			t.Errorf("reference array %s was not compared", k)
		}
	}
}

func modelOutputs(m *v1model.Model, w weights.Nodes, images, responses *graph.Node, mode string) map[string]*graph.Node {
	forward := m.Forward(w, images, mode == "train")
	loss := m.Loss(w, forward, responses)
	maps := forward.Core.Maps
	named := map[string]*graph.Node{
		"total_" + mode: loss.Total, "poisson_" + mode: loss.Data, "reg_" + mode: loss.Penalty, "reg_total": loss.Penalty,
		"predictions_" + mode: forward.Rates(), "reg_readout": loss.Readout,
		"reg_smooth_per_layer": graph.Stack(loss.Smoothness, 0), "reg_sparse_per_layer": graph.Stack(loss.Sparsity, 0),
		"core_output_sub_" + mode:     graph.Slice(maps, graph.AxisRange(), graph.AxisRange().Stride(7), graph.AxisRange().Stride(9), graph.AxisRange()),
		"core_output_absmean_" + mode: graph.ReduceAllMean(graph.Abs(maps)),
	}
	key := func(name string) string { return strings.ReplaceAll(name, "/", ".") }
	var names []string
	var of []*graph.Node
	for _, s := range m.Specs() {
		if s.Trainable {
			names, of = append(names, key(s.Name)), append(of, w.Get(s.Name))
		}
	}
	for i, d := range graph.Gradient(loss.Total, of...) {
		named["grad_total_"+mode+"."+names[i]] = d
	}
	for i, d := range graph.Gradient(loss.Penalty, of...) {
		named["grad_reg_"+mode+"."+names[i]] = d
	}
	poisson := graph.Gradient(loss.Data, append(of, images)...)
	for i, name := range names {
		named["grad_poisson_"+mode+"."+name] = poisson[i]
	}
	named["grad_poisson_"+mode+"_input"] = poisson[len(of)]
	return named
}

// addNorms adds the L2 norm of every gradient of the total loss.
func addNorms(got map[string][]float32, mode string) {
	for k, values := range got {
		if name, ok := strings.CutPrefix(k, "grad_total_"+mode+"."); ok {
			sum := 0.0
			for _, v := range values {
				sum += float64(v) * float64(v)
			}
			got["grad_norm_"+mode+"."+name] = []float32{float32(math.Sqrt(sum))}
		}
	}
}

func TestNewNamesWhatDoesNotFit(t *testing.T) {
	config, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	for want, shape := range map[string]v1model.Shape{
		"images are 0x24":    {Width: 24, Channels: 1, Neurons: 1},
		"readout: 0 neurons": {Height: 24, Width: 24, Channels: 1},
	} {
		if _, err := v1model.New(config, shape); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func Example() {
	config, err := v1model.Load("ecker2019-n16", "core.features=16,16,8")
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := v1model.New(config, v1model.Shape{Height: 36, Width: 64, Channels: 1, Neurons: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	total := 0
	for _, s := range model.Specs() {
		total += s.Size()
	}
	fmt.Println(config.Preset, "has", total, "values for 100 neurons")
	// Output:
	// ecker2019-n16@1 has 285652 values for 100 neurons
}

// With per_neuron the core's penalties grow with the number of neurons, as the loss does.
func TestPenaltiesPerNeuron(t *testing.T) {
	penalty := func(neurons int, settings ...string) float32 {
		config, err := v1model.Load("", append([]string{"core.features=1,1", "core.filter_sizes=3,3", "core.rotations=2", "core.strides=1,1", "core.padding=same,same",
			"core.activations=softplus,none", "core.smoothness_rel=1,1", "core.sparsity_rel=1,1", "readout.sparsity=0"}, settings...)...)
		if err != nil {
			t.Fatal(err)
		}
		m, err := v1model.New(config, v1model.Shape{Height: 4, Width: 4, Channels: 1, Neurons: neurons})
		if err != nil {
			t.Fatal(err)
		}
		values, _ := m.Init(make([]float32, neurons))
		return golden.Run(t, pjrttest.Backend(t), values, []array.Array{array.New(make([]float32, 16), 1, 4, 4, 1), array.New(make([]float32, neurons), 1, neurons)},
			func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
				return map[string]*graph.Node{"penalty": m.Loss(w, m.Forward(w, in[0], true), in[1]).Penalty}
			})["penalty"][0]
	}
	one, five, fixed := penalty(1, "core.per_neuron=true"), penalty(5, "core.per_neuron=true"), penalty(5)
	if ratio := five / one; math.Abs(float64(ratio)-5) > 1e-4 {
		t.Errorf("5 neurons are penalised %g times as much as 1, want 5", ratio)
	}
	if ratio := fixed / one; math.Abs(float64(ratio)-1) > 1e-4 {
		t.Errorf("without per_neuron 5 neurons are penalised %g times as much as 1, want the same", ratio)
	}
}
