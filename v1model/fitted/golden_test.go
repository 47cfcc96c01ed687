package fitted_test

import (
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
)

// The reference's scores of the model that its training loop ended with.
func TestScoresEqualReference(t *testing.T) {
	f := golden.Open(t, "../testdata/fit_schedule.npz")
	var r struct {
		Core golden.CoreConfig `json:"core"`
	}
	f.Config(&r)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Core, config.Readout = r.Core.Core(), readout.Config{Kind: readout.JointL1}
	part := func(name string) datasets.Part {
		im, resp := f.Float32("images_"+name), f.Float32("responses_"+name)
		return datasets.Part{
			Images:    datasets.Images{N: im.Shape[0], Height: im.Shape[1], Width: im.Shape[2], Channels: im.Shape[3], Pixels: im.Data.([]float32)},
			Responses: datasets.Responses{N: im.Shape[0], Neurons: resp.Shape[len(resp.Shape)-1], Values: resp.Data.([]float32)}}
	}
	test, repeats := part("test"), f.Float32("responses_test").Shape
	data := &datasets.Dataset{Spec: "reference", Train: part("train"), Val: part("val")}
	data.Test.Images = test.Images
	data.Test.Responses = datasets.Repeats{Repeats: repeats[0], N: repeats[1], Neurons: repeats[2], Values: test.Responses.Values}
	record := runfolder.Describe(data)
	path := filepath.Join(t.TempDir(), "run")
	if err := runfolder.Store(path, config, record, f.Weights("final.")); err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(pjrttest.Backend(t)), Recordings: fitted.WithRecording(data)})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close() //nolint:errcheck // frees memory only
	report, err := run.Scores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var testCorr, valCorr []float32
	for _, n := range report.Neurons {
		testCorr, valCorr = append(testCorr, float32(n.TestCorr)), append(valCorr, float32(n.ValCorr))
	}
	for name, got := range map[string][]float32{
		"test_corr": {float32(report.TestCorr)}, "test_corr_per_neuron": testCorr, "val_corr_per_neuron": valCorr, "best_val_loss": {float32(report.ValLoss)},
	} {
		golden.Compare(t, name, got, f.Float32(name).Data.([]float32), golden.Value)
	}
}
