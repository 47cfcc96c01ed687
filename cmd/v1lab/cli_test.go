package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWrongUse(t *testing.T) {
	for _, c := range []struct {
		args  []string
		parts []string
	}{
		{[]string{"fit", "--sed", "1"}, []string{"unknown flag --sed", "--seed"}},
		{[]string{"fit", "--seed", "x"}, []string{"--seed", `"x"`}},
		{[]string{"fit", "--data", recording}, []string{"--out"}},
		{[]string{"fit", "--out", "/nowhere/run"}, []string{"--data"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--config", "quickstrat"}, []string{"--config", `"quickstrat"`, "quickstart"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "core.feature=1"}, []string{"core.feature", `did you mean "features"`}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "fit.batch=many"}, []string{"fit.batch=many", "int"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "core.features=2,2"}, []string{"core.features"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "core.filter_sizes=5,3"}, []string{"core.f"}},
		{[]string{"fit", "--data", "recording", "--out", "/nowhere/run"}, []string{`"recording"`, "no scheme"}},
		{[]string{"fit", "--data", "nzp:x", "--out", "/nowhere/run"}, []string{`unknown scheme "nzp"`, "npz"}},
		{[]string{"fit", "--data", "simulated:?neuron=8", "--out", "/nowhere/run"}, []string{`"neuron"`, `"neurons"`}},
		{[]string{"eval"}, []string{"--run"}},
		{[]string{"predict", "--run", "r"}, []string{"--images", "--out"}},
		{[]string{"cluster", "--run", "r", "--k", "-1"}, []string{"--k"}},
		{[]string{"cluster", "--run", "r", "--k", "x"}, []string{"--k"}},
		{[]string{"data", "convert", recording, "--out", "x.csv"}, []string{`".csv"`, ".npz"}},
		{[]string{"data", "simulate", "npz:x", "--out", "x.npz"}, []string{"npz:x", "simulated:"}},
		{[]string{"notebook", "a.py"}, []string{"a.py", ".ipynb"}},
		{[]string{"notebook", "a.ipynb", "b/a.ipynb", "--out", "x"}, []string{"a.ipynb", "b/a.ipynb"}},
		{[]string{"notebook", "a.ipynb", "--set", "k"}, []string{"--set"}},
		{[]string{"kernel", "remove"}, []string{"name"}},
		{[]string{"predict", "--run", "a", "--images", "x.npy", "--out", "p.npy", "--out", "q.npy"}, []string{"--out: given twice"}},
		{[]string{"fit", "--data", recording, "--data", recording, "--out", "/nowhere/run"}, []string{"--data: given twice"}},
		{[]string{"fit", "--data", recording, "--backend", "go", "--out", "/nowhere/run", "--backend", "xla"}, []string{"--backend: given twice"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "fit.learning_rate=0,01"}, []string{"--set fit.learning_rate=0,01", "a point before the decimals"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "fit.batch="}, []string{"--set fit.batch=", "int"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "fit.seed=1.7"}, []string{"--set fit.seed=1.7", "uint64"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "fit.learning_rate=.inf"}, []string{"--set fit.learning_rate=.inf", "float64"}},
		{[]string{"fit", "--data", recording, "--out", "/nowhere/run", "--set", "preset=ecker2019-n16"}, []string{"--set preset=ecker2019-n16", "--config"}},
	} {
		fails(t, wrongUse, c.args, c.parts...)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "v1lab: no verb given; accepted: demo, lab, "},
		{[]string{"fitt"}, `v1lab: unexpected argument fitt, did you mean "fit"?; accepted: demo, lab, `},
		{[]string{"data"}, "v1lab data: no verb given; accepted: info, check, convert, simulate"},
		{[]string{"--bakend", "go"}, "v1lab: unknown flag --bakend"},
	} {
		status, stdout, stderr := v1lab(c.args...)
		if status != wrongUse || stdout != "" || !strings.HasPrefix(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("v1lab %v: status %d, %q, want 2 and %q", c.args, status, stderr, c.want)
		}
	}
}

func TestUnknownBackend(t *testing.T) {
	fails(t, wrongUse, []string{"eval", "--run", fittedRun(t), "--backend", "tpu"}, `"tpu"`, "xla:cuda")
}

func TestHelp(t *testing.T) {
	status, stdout, stderr := v1lab("--help")
	if status != done || stderr != "" {
		t.Errorf("status %d, %q", status, stderr)
	}
	for _, verb := range []string{"demo", "lab", "notebook", "doctor", "data info", "fit", "eval", "predict", "features", "cluster", "figures", "kernel install"} {
		if !strings.Contains(stdout, "\n  "+verb+" ") {
			t.Errorf("no %q in the help:\n%s", verb, stdout)
		}
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A reader that had enough is no reason for a message; a disk that is full is.
func TestStandardOutputFails(t *testing.T) {
	for _, c := range []struct {
		w    io.Writer
		want string
	}{{closedPipe{}, ""}, {fullDisk{}, "v1lab fit: standard output: no space left on device\n"}} {
		var stderr bytes.Buffer
		if status := run(context.Background(), []string{"fit", "--list-presets"}, c.w, &stderr); status != failed || stderr.String() != c.want {
			t.Errorf("%T: status %d, %q, want 1, %q", c.w, status, stderr.String(), c.want)
		}
	}
}

func TestErrorsOfSeveralLines(t *testing.T) {
	for debug, want := range map[bool]string{false: "v1lab x: first (more with --debug)\n", true: "v1lab x: first (more with --debug)\nfirst:\nsecond\n"} {
		var stderr bytes.Buffer
		a := &app{debug: debug, stdout: &results{w: io.Discard}, stderr: &stderr}
		if status := a.fail("v1lab x", errors.New("first:\nsecond")); status != failed || stderr.String() != want {
			t.Errorf("debug %v: status %d, %q, want %q", debug, status, stderr.String(), want)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	a := &app{stdout: &results{w: io.Discard}, stderr: io.Discard}
	err := a.perform(context.Background(), func() error { panic("broken") })
	if err == nil || oneLine(err) != "internal error: broken (more with --debug)" {
		t.Errorf("found %v", err)
	}
}

// An interrupted verb ends at once; one that is stopping in good order is waited for; none is begun after the end.
func TestInterruptedVerb(t *testing.T) {
	a := &app{stdout: &results{w: io.Discard}, stderr: io.Discard}
	ctx, cancel := context.WithCancel(context.Background())
	forever := make(chan error)
	if err := a.perform(ctx, func() error { cancel(); return <-forever }); err == nil || err.Error() != "interrupted" {
		t.Errorf("found %v", err)
	}
	if err := a.perform(ctx, func() error { t.Error("begun after the end"); return nil }); err == nil || err.Error() != "interrupted" {
		t.Errorf("begun late: found %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	want := errors.New("saved")
	err := a.perform(ctx, func() error {
		return a.gracefully(func() error { cancel(); time.Sleep(20 * time.Millisecond); return want })
	})
	if !errors.Is(err, want) {
		t.Errorf("found %v, want %v", err, want)
	}
}
