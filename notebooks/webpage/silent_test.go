package webpage_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// A page is made of a fit whose neurons cannot be grouped, and of several. It has what can be drawn, says what is left out, and marks silent neurons.
func TestPageOfAFitThatWentWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	data, err := formats.Open("simulated:?neurons=4&images=40&val=10&test=8&repeats=3&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range [][]float32{data.Train.Responses.Values, data.Val.Responses.Values, data.Test.Responses.Values} {
		for i := 2; i < len(values); i += 4 {
			values[i] = 0
		}
	}
	backend, record := pjrttest.Backend(t), runfolder.Describe(data)
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		t.Fatal(err)
	}
	var runs []*fitted.Run
	for seed := range uint64(2) {
		values := weights.Init(m.Specs(), seed)
		for _, spec := range m.Core.Specs() {
			clear(values.Float32(spec.Name)) // nothing comes out of such a core
		}
		path := filepath.Join(t.TempDir(), "fit")
		if err := runfolder.Store(path, config, record, values); err != nil {
			t.Fatal(err)
		}
		run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(data)})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	var page bytes.Buffer
	if err := webpage.Write(t.Context(), &page, runs, webpage.Options{}); err != nil {
		t.Fatal(err)
	}
	for want, n := range map[string]int{
		"Cell types are left out: ": 2, "The model predicts no better than constant rates: ": 2, "1 of 4 neurons are dead (training responses never vary): ": 2,
		"Distribution over neurons of the test correlation": 2, "<td>training responses never vary</td>": 2,
		"could not be grouped": 1, "is left out: run": 0,
	} {
		if found := strings.Count(page.String(), want); found != n {
			t.Errorf("%d times %q, want %d", found, want, n)
		}
	}
}
