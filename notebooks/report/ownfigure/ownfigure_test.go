package ownfigure_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

// A figure that this package registers is drawn by v1lab figures and shown on a page, in its section and with its caption. One that fails is
// noted there, and keeps no other from being drawn.
func TestAFigureFromElsewhere(t *testing.T) {
	run := fittedRun(t)
	drawn, failures := report.Draw(t.Context(), report.NewMaterial(run, report.Given{}), report.DrawnBy(report.VerbFigures))
	if len(failures) > 0 {
		t.Error(failures)
	}
	if last := drawn[len(drawn)-1]; last.Name != "biases" || last.Figure == nil {
		t.Errorf("last of %d figures: %s", len(drawn), last.Name)
	}
	report.Register(report.Entry{Name: "unlucky", Draw: func(context.Context, *report.Material) (*figures.Figure, error) { return nil, errors.New("no luck") }})
	var page bytes.Buffer
	if err := webpage.Write(t.Context(), &page, []*fitted.Run{run}, webpage.Options{}); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(page.String(), ">"+string(report.SectionFeatures)+"<")
	section, _, _ = strings.Cut(section, ">"+string(report.SectionCellTypes)+"<")
	for _, want := range []string{`<img alt="biases"`, "the drive that each has without an image"} {
		if !strings.Contains(section, want) {
			t.Errorf("no %q in the page's section of features", want)
		}
	}
	if want := "The figure unlucky is left out: no luck."; !strings.Contains(page.String(), want) {
		t.Errorf("no %q in the page", want)
	}
}

func fittedRun(t *testing.T) *fitted.Run {
	t.Helper()
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=2")
	if err != nil {
		t.Fatal(err)
	}
	path, backend := filepath.Join(t.TempDir(), "run"), pjrttest.Backend(t)
	if _, _, err := fit.Run(t.Context(), backend, data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(backend)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	})
	return run
}

// The page for developers shows the file of the figure as it is compiled here.
func TestThePageShowsThisFigure(t *testing.T) {
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "developers", "figure.md"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("biases_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(string(source), "ownfigure_test", "biases"); !strings.Contains(string(page), want) {
		t.Error("docs/developers/figure.md does not show biases_test.go")
	}
}
