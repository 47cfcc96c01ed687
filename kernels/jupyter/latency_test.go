package jupyter_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"testing"

	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// asLab is a variable that makes the test program JupyterLab on the folder that it names, with the program's arguments.
const asLab = "V1LAB_TEST_LAB"

func serveLab() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	path, err := os.Executable()
	if err == nil {
		err = jupyter.Lab(ctx, jupyter.LabOptions{Dir: os.Getenv(asLab), Args: os.Args[1:], Binary: path})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestLatency: every start and every cell is timed, and a cell that fails is no measurement.
func TestLatency(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l, err := jupyter.MeasureLatency(t.Context(), self(t), [][]string{{"%%\nfmt.Println(1)", "%%\nfmt.Println(2)"}, {"%%\ntime.Sleep(300 * time.Millisecond)"}}, 2, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Start) != 2 || len(l.Cells) != 2 || len(l.Cells[0]) != 2 || len(l.Cells[1]) != 1 {
		t.Fatalf("found %+v; want 2 starts, 2 cells and 1", l)
	}
	if l.Start[0] <= 0 || l.Cells[0][0] <= 0 || l.Cells[1][0] < 0.3 {
		t.Errorf("found %+v; no cell takes no time, one sleeps 0.3 s", l)
	}
	if _, err := jupyter.MeasureLatency(t.Context(), self(t), [][]string{{"%%\npanic(\"on purpose\")"}}, 1, os.Stderr); err == nil || !strings.Contains(err.Error(), "a cell fails") {
		t.Errorf("a cell that fails: error %v", err)
	}
	if strays, err := v1labhome.Leftovers(); err != nil || len(strays) > 0 {
		t.Errorf("left behind: %v, %v", strays, err)
	}
}

// TestServed: a page that comes is timed, and a program that ends without one says why.
func TestServed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	seconds, err := jupyter.MeasureServed(t.Context(), []string{self(t)}, append(os.Environ(), asLab+"="+t.TempDir()))
	if err != nil || seconds <= 0 {
		t.Errorf("%g s, %v", seconds, err)
	}
	if strays, err := v1labhome.Leftovers(); err != nil || len(strays) > 0 {
		t.Errorf("left behind: %v, %v", strays, err)
	}
	if _, err := jupyter.MeasureServed(t.Context(), []string{self(t)}, append(os.Environ(), asLab+"=absent")); err == nil || !strings.Contains(err.Error(), "absent does not exist") {
		t.Errorf("no folder: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := jupyter.MeasureServed(ctx, []string{self(t)}, os.Environ()); err == nil {
		t.Error("a cancelled measurement is no error")
	}
}
