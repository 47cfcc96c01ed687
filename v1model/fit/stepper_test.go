package fit

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// A stepper's steps are those of a fit: the same losses, the same validation.
func TestStepperIsAFit(t *testing.T) {
	backend, data, config := pjrttest.Backend(t), small(), tiny()
	config.Fit.MaxSteps = 8 // two validations, and more than one epoch
	path := filepath.Join(t.TempDir(), "run")
	if _, _, err := Run(t.Context(), backend, data, config, path, Options{}); err != nil {
		t.Fatal(err)
	}
	want := left(t, path).Metrics
	shape := runfolder.Describe(data).Shape
	config, err := config.WithEvaluation(shape, backend)
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, shape)
	if err != nil {
		t.Fatal(err)
	}
	start, _, err := m.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStepper(backend, m, data, start)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, metric := range want {
		var poisson, penalty float64
		for range config.Fit.ValidateEvery {
			p, q, err := s.Train(1)
			if err != nil {
				t.Fatal(err)
			}
			poisson, penalty = poisson+p/float64(config.Fit.ValidateEvery), penalty+q/float64(config.Fit.ValidateEvery)
		}
		loss, err := s.Validate()
		if err != nil {
			t.Fatal(err)
		}
		for what, v := range map[string][2]float64{"training loss": {poisson, float64(metric.TrainLoss)}, "penalty": {penalty, float64(metric.Penalty)},
			"validation loss": {loss, float64(metric.ValLoss)}} {
			if math.Abs(v[0]-v[1]) > 1e-5*math.Abs(v[1]) {
				t.Errorf("step %d: %s %g, the fit has %g", metric.Step, what, v[0], v[1])
			}
		}
	}
	if len(want) != 2 {
		t.Errorf("the fit validated %d times", len(want))
	}
}

func TestStepperNeedsABatch(t *testing.T) {
	data, config := small(), tiny()
	config.Fit.Batch = 1000
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewStepper(pjrttest.Backend(t), m, data, nil); err == nil || !strings.Contains(err.Error(), "needed are 1000 (fit.batch)") {
		t.Errorf("error %v", err)
	}
}
