package fit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
)

// reference is what the reference's files say of a model and its fit.
type reference struct {
	Batch   int               `json:"batch"`
	Core    golden.CoreConfig `json:"core"`
	Rate    float64           `json:"learning_rate"`
	Readout struct {
		Sparsity float64 `json:"readout_sparsity"`
	} `json:"readout_cfg"`
	Fit struct {
		Batch    int     `json:"batch_size"`
		Rate     float64 `json:"learning_rate"`
		Stages   int     `json:"lr_decay_steps"`
		MaxSteps int     `json:"max_iter"`
		Patience int     `json:"patience"`
		Every    int     `json:"val_steps"`
	} `json:"fit"`
}

// everyEvaluation runs a comparison with all layers in each evaluation.
func everyEvaluation(t *testing.T, compare func(t *testing.T, evaluation string)) {
	for _, evaluation := range golden.Matrix(core.Evaluations) {
		t.Run(evaluation, func(t *testing.T) { compare(t, evaluation) })
	}
}

func open(t *testing.T, name, evaluation string) (golden.File, v1model.Config, *datasets.Dataset) {
	t.Helper()
	f := golden.Open(t, "../testdata/"+name+".npz")
	var r reference
	f.Config(&r)
	config := v1model.Config{Core: r.Core.Core(), Readout: readout.Config{Kind: readout.JointL1, Sparsity: r.Readout.Sparsity},
		Fit: v1model.Fit{Seed: 1, LearningRate: r.Fit.Rate, Batch: r.Fit.Batch, ValidateEvery: r.Fit.Every, Patience: r.Fit.Patience, Stages: r.Fit.Stages, MaxSteps: r.Fit.MaxSteps}}
	config.Core.SetEvaluation(evaluation)
	if r.Fit.Batch == 0 {
		config.Fit = v1model.Fit{Seed: 1, LearningRate: r.Rate, Batch: r.Batch, ValidateEvery: 30, Patience: 5, Stages: 2, MaxSteps: 30}
	}
	part := func(name string) datasets.Part {
		im, resp := f.Float32("images_"+name), f.Float32("responses_"+name)
		return datasets.Part{
			Images:    datasets.Images{N: im.Shape[0], Height: im.Shape[1], Width: im.Shape[2], Channels: im.Shape[3], Pixels: im.Data.([]float32)},
			Responses: datasets.Responses{N: resp.Shape[0], Neurons: resp.Shape[1], Values: resp.Data.([]float32)}}
	}
	d := &datasets.Dataset{Spec: name, Train: part("train"), Val: part("val")}
	if f.Has("images_test") {
		resp := f.Float32("responses_test")
		d.Test.Images = datasets.Images{N: resp.Shape[1], Height: d.Train.Images.Height, Width: d.Train.Images.Width, Channels: 1, Pixels: f.Float32("images_test").Data.([]float32)}
		d.Test.Responses = datasets.Repeats{Repeats: resp.Shape[0], N: resp.Shape[1], Neurons: resp.Shape[2], Values: resp.Data.([]float32)}
	}
	return f, config, d
}

func batches(f golden.File) []int32 {
	var order []int32
	for _, i := range f.Ints("batch_idx") {
		order = append(order, int32(i))
	}
	return order
}

// Thirty steps from the reference's start values over its batches: losses, weights on the way, and the optimiser's state at the end.
func TestTrajectoryEqualsReference(t *testing.T) { everyEvaluation(t, trajectoryEquals) }

func trajectoryEquals(t *testing.T, evaluation string) {
	f, config, data := open(t, "trajectory", evaluation)
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDevice(pjrttest.Backend(t), m, data)
	if err != nil {
		t.Fatal(err)
	}
	defer d.finalize()
	if err := d.setState(withOptimiser(m, f.Weights("init."))); err != nil {
		t.Fatal(err)
	}
	d.setOrder(batches(f))
	d.setCursor(0, nil)
	d.setRate(config.Fit.LearningRate)
	for n := 1; n <= 30; n++ {
		if err := d.step(); err != nil {
			t.Fatal(err)
		}
		if prefix := fmt.Sprintf("step%02d.", n); slices.ContainsFunc(f.Keys(), func(k string) bool { return strings.HasPrefix(k, prefix) }) {
			compareState(t, f, prefix, d)
		}
	}
	compareState(t, f, "final.", d)
	table, err := d.losses(30)
	if err != nil {
		t.Fatal(err)
	}
	losses := map[string][]float32{"loss_poisson": nil, "loss_reg": nil, "loss_total": nil}
	for i := 0; i < len(table); i += 2 {
		losses["loss_poisson"] = append(losses["loss_poisson"], table[i])
		losses["loss_reg"] = append(losses["loss_reg"], table[i+1])
		losses["loss_total"] = append(losses["loss_total"], table[i]+table[i+1])
	}
	for name, got := range losses {
		golden.Compare(t, name, got, f.Float32(name).Data.([]float32), golden.Gradient)
	}
	loss, err := d.validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "final_val_poisson", []float32{float32(loss)}, f.Float32("final_val_poisson").Data.([]float32), golden.Gradient)
}

func compareState(t *testing.T, f golden.File, prefix string, d *device) {
	t.Helper()
	got, err := d.getState()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range f.Keys() {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			golden.Compare(t, k, got.Float32(strings.ReplaceAll(name, ".", "/")), f.Float32(k).Data.([]float32), golden.Gradient)
		}
	}
}

// A whole run of the reference's loop: when it validates, what it keeps, when it goes back, how the rate falls, where it ends.
func TestScheduleEqualsReference(t *testing.T) { everyEvaluation(t, scheduleEquals) }

func scheduleEquals(t *testing.T, evaluation string) {
	f, config, data := open(t, "fit_schedule", evaluation)
	var events []int
	var metrics []runfolder.Metric
	path := filepath.Join(t.TempDir(), "run")
	result, _, err := Run(context.Background(), pjrttest.Backend(t), data, config, path, Options{
		Start:   f.Weights("init."),
		permute: func(int) []int32 { return append(batches(f), batches(f)[:config.Fit.Batch]...) },
		events:  func(kind, step int) { events = append(events, kind, step) },
		Progress: func(p Progress) {
			if p.Metric != nil {
				metrics = append(metrics, *p.Metric)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := f.Ints("events"); !slices.Equal(events, want) {
		t.Errorf("events (kind, step) %v, want %v", events, want)
	}
	var steps []int
	var losses []float32
	rates := f.Float64("lr_per_step")
	for _, m := range metrics {
		steps, losses = append(steps, m.Step), append(losses, float32(m.ValLoss))
		if m.LearningRate != rates[m.Step-1] {
			t.Errorf("learning rate %g at step %d, want %g", m.LearningRate, m.Step, rates[m.Step-1])
		}
	}
	if want := f.Ints("val_at_step"); !slices.Equal(steps, want) {
		t.Errorf("validated at %v, want %v", steps, want)
	}
	golden.Compare(t, "val_loss", losses, f.Float32("val_loss").Data.([]float32), golden.Gradient)
	golden.Compare(t, "best_val_loss", []float32{float32(result.ValLoss)}, f.Float32("best_val_loss").Data.([]float32), golden.Gradient)
	if result.Reason != converged || result.Steps != len(rates) {
		t.Errorf("result %+v, want converged after %d steps", result, len(rates))
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var s checkpointState
	last, _, ok, err := folder.LoadCheckpoint(&s, &struct{}{})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if want := f.Ints("iter_num")[0]; s.Schedule.Counter != want {
		t.Errorf("step counter %d, want %d", s.Schedule.Counter, want)
	}
	best, err := folder.Weights()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range f.Keys() {
		if name, ok := strings.CutPrefix(k, "final."); ok {
			name = strings.ReplaceAll(name, ".", "/")
			golden.Compare(t, k, last.Float32(name), f.Float32(k).Data.([]float32), golden.Gradient)
			if _, isWeight := best[name]; isWeight && !slices.Equal(best.Float32(name), last.Float32(name)) {
				t.Errorf("%s: the weights kept are not the last ones of a fit that went back to its best", name)
			}
		}
	}
}
