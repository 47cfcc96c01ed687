package fitted_test

import (
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

// scored fits a model to a simulation and scores it.
func scored(t *testing.T, spec, preset string, settings ...string) (*fitted.Run, *evaluate.Report) {
	t.Helper()
	data, err := formats.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load(preset, settings...)
	if err != nil {
		t.Fatal(err)
	}
	backend, path := pjrttest.Backend(t), filepath.Join(t.TempDir(), "run")
	if _, _, err := fit.Run(t.Context(), backend, data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(data)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() }) //nolint:errcheck // frees memory only
	report, err := run.Scores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return run, report
}

// scoresOf are the scores of a fit to a simulation.
func scoresOf(t *testing.T, spec, preset string, settings ...string) (trial, gain, shift float64) {
	t.Helper()
	_, report := scored(t, spec, preset, settings...)
	trial = float64(report.TrialCorr)
	if report.TrueGainCorr != nil {
		gain = float64(*report.TrueGainCorr)
	}
	if report.TrueShiftError != nil {
		shift = float64(*report.TrueShiftError)
	}
	return trial, gain, shift
}

// Fits find gain and eye movements of a simulation again, and predict single trials the better for it: in a small problem always, and with
// V1LAB_TEST_BEHAVIOUR=1 at 2 000 images with every kind of readout that the documents name.
func TestBehaviourIsRecovered(t *testing.T) {
	if testing.Short() {
		t.Skip("fits two models")
	}
	spec, preset, most := "simulated:?neurons=20&images=600&val=100&test=40&repeats=5&height=24&width=24&snr=2&seed=1&gain=0.5&shift=1&types=centre-surround,simple", "quickstart-cnn32", 0.5
	small := []string{"core.filter_sizes=9,5", "core.features=8,8", "core.strides=1,1", "core.padding=valid,valid", "core.activations=softplus,none", "core.smoothness_rel=1,1",
		"core.sparsity_rel=0,1", "fit.batch=64", "fit.stages=1", "fit.patience=6", "fit.max_steps=500"}
	kinds := []string{"joint_l1"}
	if os.Getenv("V1LAB_TEST_BEHAVIOUR") != "" {
		spec, most = "simulated:?neurons=60&images=2000&val=300&test=100&repeats=8&height=24&width=24&snr=2&seed=1&gain=0.5&shift=1", 0.25
		small, kinds = []string{"fit.stages=1", "fit.max_steps=1500"}, []string{"joint_l1", "factorised", "gaussian"}
	}
	without, _, _ := scoresOf(t, spec, preset, small...)
	for _, kind := range kinds {
		settings := append([]string{"modulation.kind=gain", "modulation.covariates=pupil_dilation,running_speed", "shifter.kind=mlp", "shifter.covariates=pupil_x,pupil_y"}, small...)
		switch kind {
		case "factorised":
			settings = append(settings, "readout.kind=factorised", "readout.mask_sparsity=0.002", "readout.feature_sparsity=0.002")
		case "gaussian":
			settings = append(settings, "readout.kind=gaussian", "readout.feature_sparsity=0.004")
		}
		trial, gain, shift := scoresOf(t, spec, preset, settings...)
		t.Logf("%s: correlation with single trials %.4f, without covariates %.4f; gain %.4f; shift %.4f pixels off", kind, trial, without, gain, shift)
		if !(gain >= 0.95) || !(shift <= most) || !(trial > without+0.1) {
			t.Errorf("%s: gain correlates %.3f with the truth, shift is %.3f pixels off, single trials %.3f against %.3f without covariates; want .95, %g and at least .1 more", kind, gain, shift, trial, without, most)
		}
	}
}

// Animals whose pupil and running change the rates in another way, seen by a camera at another angle, each get their gain and shifter back in one fit.
func TestBehaviourOfEachSessionIsRecovered(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model")
	}
	run, report := scored(t, "simulated:?sessions=2&behaviour=own&neurons=15&images=500&val=60&test=30&repeats=4&height=22&width=22&snr=3&seed=1&gain=0.5&shift=1&types=centre-surround",
		"quickstart-cnn32", "core.filter_sizes=9", "core.features=4", "core.strides=1", "core.padding=valid", "core.activations=softplus", "core.smoothness_rel=1",
		"core.sparsity_rel=0", "fit.batch=50", "fit.stages=1", "fit.patience=20", "fit.validate_every=100", "fit.max_steps=800",
		"modulation.kind=gain", "modulation.covariates=pupil_dilation,running_speed", "modulation.sessions=each",
		"shifter.kind=mlp", "shifter.covariates=pupil_x,pupil_y", "shifter.sessions=each")
	for _, s := range report.Sessions {
		t.Logf("%s: gain %.4f, shift %.4f pixels off", s.Name, *s.TrueGainCorr, *s.TrueShiftError)
		if !(*s.TrueGainCorr >= 0.95) || !(*s.TrueShiftError <= 0.25) {
			t.Errorf("%s: gain correlates %.3f with the truth, shift is %.3f pixels off; want .95 and .25", s.Name, *s.TrueGainCorr, *s.TrueShiftError)
		}
	}
	w, err := run.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if slopes := w.Float32("modulation/output/weights"); !(slopes[0] > 0.2 && slopes[1] > 0.2) || slopes[3] > slopes[2] {
		t.Errorf("slopes of pupil and running %v; want .4 and .3 of the first animal, and less of running than of the pupil in the second", slopes)
	}
}
