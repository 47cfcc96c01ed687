package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/runfolder"
)

// A core goes on to another recording, whose run stands alone and can be used, and resumed, as any other.
func TestFitWithACoreFromAnotherRun(t *testing.T) {
	from, out := copied(t), filepath.Join(t.TempDir(), "run")
	other := "simulated:?neurons=5&images=80&val=30&test=20&repeats=4&height=20&width=18&seed=9"
	args := []string{"fit", "--data", other, "--core-from", from, "--set", "fit.max_steps=200", "--set", "fit.patience=100", "--out"}
	works(t, append(args, out)...)
	text, err := os.ReadFile(filepath.Join(out, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  frozen: true\n", "  core_from:\n    run: " + from + "\n"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	weights := func(run string) map[string]array.Array {
		all, err := array.ReadNPZ(filepath.Join(run, "best", "weights.npz"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	old, now := weights(from), weights(out)
	compared := 0
	for name, a := range old {
		if strings.HasPrefix(name, "core/") {
			compared++
			if !slices.Equal(a.Data.([]float32), now[name].Data.([]float32)) {
				t.Errorf("%s changed", name)
			}
		}
	}
	if compared != 14 || now["readout/biases"].Shape[0] != 5 {
		t.Errorf("%d arrays of the core, readout for %v neurons", compared, now["readout/biases"].Shape)
	}

	p := start(t, append(args, filepath.Join(filepath.Dir(out), "broken"))...)
	p.Until(t, "step ")
	p.Signal(t, os.Interrupt)
	p.End(t)
	if err := os.Rename(from, from+"-elsewhere"); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := v1lab(append(args, filepath.Join(filepath.Dir(out), "broken"), "--resume")...)
	if status != done || strings.Count(stderr, "warning") > strings.Count(stderr, "no better than constant rates") { // so short a fit may collapse
		t.Fatalf("status %d: %s", status, stderr)
	}
	for name, a := range weights(filepath.Join(filepath.Dir(out), "broken")) {
		if !slices.Equal(a.Data.([]float32), now[name].Data.([]float32)) {
			t.Errorf("stopped and resumed: %s is another", name)
		}
	}
	eval, _ := keys(t, works(t, "eval", "--run", out, "--json"))
	if len(eval["neurons"].([]any)) != 5 {
		t.Errorf("%v", eval)
	}
	_, _, stderr = v1lab("fit", "--resume", "--out", out, "--core-from", fittedRun(t))
	if !strings.Contains(stderr, "is the one that counts") {
		t.Errorf("resumed with another core: %q", stderr)
	}
}

// A fine-tuned core is the start of a further fit, in which it is frozen again. The same flags resume either.
func TestFineTunedCore(t *testing.T) {
	dir, from := t.TempDir(), fittedRun(t)
	tuned, next := filepath.Join(dir, "tuned"), filepath.Join(dir, "next")
	args := []string{"fit", "--data", recording, "--core-from", from, "--set", "fit.core_rate=0.25", "--set", "fit.max_steps=4", "--set", "fit.validate_every=2", "--out", tuned}
	works(t, args...)
	works(t, "fit", "--data", recording, "--core-from", tuned, "--out", next)
	for run, want := range map[string]string{tuned: "  core_rate: 0.25\n", next: "  frozen: true\n"} {
		text, err := os.ReadFile(filepath.Join(run, "config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(want)) || bytes.Contains(text, []byte("core_rate")) == bytes.Contains(text, []byte("frozen")) {
			t.Errorf("no %q alone in\n%s", want, text)
		}
	}
	for warns, flags := range map[bool][]string{false: args, true: append(slices.Clone(args), "--set", "fit.core_rate=0.5")} {
		status, _, stderr := v1lab(append(flags, "--resume")...)
		if status != done || strings.Contains(stderr, "is the one that counts") != warns {
			t.Errorf("%q: status %d: %s", flags, status, stderr)
		}
	}
}

func TestBadCoreFrom(t *testing.T) {
	from, out := fittedRun(t), filepath.Join(t.TempDir(), "run")
	base := []string{"fit", "--data", recording, "--out", out, "--core-from"}
	fails(t, failed, append(base, "/nowhere"), "--core-from", "/nowhere", "no config.yaml there")
	fails(t, failed, append(base, from, "--set", "core.features=2,3,2"), from, "core.features: found [2 3 2]; accepted: [2 2 2]")
	fails(t, failed, append(base, from, "--config", "quickstart"), from, "core.rotations: found 8; accepted: 4")
	fails(t, wrongUse, append(base, from, "--set", "core.featurs=2,3,2"), "core.featurs", `"features"`)
	fails(t, failed, []string{"fit", "--data", recording, "--out", out, "--config", "quickstart", "--set", "fit.core_rate=0.1"}, "fit.core_rate: 0.1", "--core-from RUN")
	fails(t, wrongUse, append(base, from, "--set", "fit.core_rate=-1"), "fit.core_rate: -1")
	fails(t, wrongUse, append(base[:len(base)-1], "--set", "core.frozen=true"), "core.frozen: true", "--core-from RUN")
	begun := copied(t)
	for _, name := range []string{"best/weights.npz", "result.json"} {
		if err := os.Remove(filepath.Join(begun, name)); err != nil {
			t.Fatal(err)
		}
	}
	status, _, stderr := v1lab(append(base, begun)...)
	if status != failed || !strings.Contains(stderr, "warning: --core-from: the fit in "+begun+" is not over") || !strings.Contains(stderr, "no weights yet") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if runfolder.IsRun(out) {
		t.Error("a run folder was made")
	}
}
