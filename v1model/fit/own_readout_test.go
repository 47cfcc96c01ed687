package fit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/kinds"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/runfolder/runfoldertest"
	"v1lab/v1model/weights"
)

func init() {
	readout.Register(kinds.About{Name: "power", Summary: "sparsity * sum |m|^power", Source: "own_readout.ipynb"}, readout.Kind{
		Options: []string{"power"},
		New: func(c readout.Config, size readout.Size) (readout.Readout, error) {
			return power{readout.NewMasked(c, size)}, nil
		},
	})
}

type power struct{ readout.Masked }

func (r power) Penalties(w weights.Nodes) []readout.Term {
	masks := graph.PowScalar(graph.AddScalar(graph.Abs(r.MasksOf(w)), 1e-6), r.Config.Option("power", 2))
	return []readout.Term{{Weight: "sparsity", Value: graph.MulScalar(graph.ReduceAllSum(masks), r.Config.Sparsity)}}
}

// A kind from elsewhere is fitted, stopped and resumed as one of ours; its run folder says where it is defined.
func TestReadoutFromElsewhere(t *testing.T) {
	config := tiny()
	config.Readout, config.Fit.MaxSteps = readout.Config{Kind: "power", Sparsity: 0.01}, 10
	if err := config.Set("readout.options.power=3"); err != nil {
		t.Fatal(err)
	}
	dir, backend := t.TempDir(), pjrttest.Backend(t)
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(t.Context(), backend, small(), config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := Run(ctx, backend, small(), config, broken, Options{Progress: func(p Progress) {
		if p.Steps == 6 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(t.Context(), backend, small(), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := left(t, whole).diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}

	run, err := runfolder.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	if r := run.Config.Readout; r.Source != "own_readout.ipynb" || r.Option("power", 0) != 3 {
		t.Errorf("the run folder has %+v", r)
	}
	if !config.SameFit(run.Config) {
		t.Error("the run is not the one that its config asks for")
	}

	runfoldertest.Unseal(t, whole)
	file := filepath.Join(whole, "config.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "kind: power", "kind: star", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = runfolder.Open(whole)
	fails(t, err, `readout.kind: "star" is defined in own_readout.ipynb, which this program does not have`)
}
