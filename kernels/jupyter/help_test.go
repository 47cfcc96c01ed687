package jupyter_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

//go:embed testdata/help.py
var helpScript string

// question is what a person asks by Shift-Tab or Tab, with the cursor behind the first mark ‸ of a cell.
type question struct {
	Do   string `json:"do"` // inspect or complete
	Code string `json:"code"`
	At   int    `json:"at"`
}

func ask(do, marked string) question {
	before, after, _ := strings.Cut(marked, "‸")
	return question{do, before + after, len([]rune(before))}
}

// answer is a kernel's to a question, or to a cell.
type answer struct {
	Status  string
	Data    map[string]string
	Matches []string
	Outputs []struct {
		Text string
		Data map[string]string
	}
}

func (a answer) text() string {
	var b strings.Builder
	for _, o := range a.Outputs {
		b.WriteString(o.Text)
	}
	return b.String()
}

// asked starts a kernel as Jupyter would, runs cells, asks questions and returns an answer to each.
func asked(t *testing.T, cells []string, questions ...question) []answer {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	python, err := jupyter.Python()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Dir: data, Binary: self(t)}, os.Stderr); err != nil {
		t.Fatal(err)
	}
	job, err := json.Marshal(map[string]any{"kernel": kernels.Name, "cells": cells, "ask": questions})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", helpScript)
	temp, err := os.MkdirTemp("", "v1-") // short: the path of a socket in it has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) }) //nolint:errcheck // a test's
	cmd.Env = v1labhome.Environ(os.Environ(), map[string]string{"JUPYTER_PATH": data, "JUPYTER_RUNTIME_DIR": filepath.Join(temp, "r"), "JUPYTER_DATA_DIR": filepath.Join(temp, "d"), "TMPDIR": temp})
	cmd.Dir = temp
	cmd.Stdin = bytes.NewReader(job)
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(cells)+len(questions) {
		t.Fatalf("%v: %s", err, out)
	}
	return answers
}

// help asks, as JupyterLab does at Shift-Tab and Tab, what a function does and which ones there are. A cell has imported lab and fit.
func help() []question {
	return []question{
		ask("inspect", "%%\nfit.R‸un(nil, nil, nil, nil, \"\", fit.Options{})"),
		ask("inspect", "%%\nr := lab.Fit‸(\"\", \"\", \"\")\n_ = r"),
		ask("inspect", "import \"v1lab/v1model/score\"\n%%\nfmt.Println(score.Correl‸ation)"),
		ask("inspect", "%%\nlab.Da‸ta(\"\")"),
		ask("complete", "%%\nlab.‸"),
		ask("complete", "%%\nr := lab.Fi‸"),
	}
}

// helps looks at the answers to help.
func helps(t *testing.T, got []answer) {
	t.Helper()
	for i, want := range []string{"Run fits a new model to a dataset", "Fit fits a model to a recording", "Correlation", "Data opens a recording"} {
		if a := got[i]; a.Status != "ok" || !strings.Contains(a.Data["text/markdown"], want) {
			t.Errorf("question %d: %+v lacks %q", i, a, want)
		}
	}
	for i, want := range [][]string{{"Fit", "Open", "Param", "Run"}, {"Fit"}} {
		for _, name := range want {
			if a := got[4+i]; a.Status != "ok" || !slices.Contains(a.Matches, name) {
				t.Errorf("completion %d: %+v lacks %s", i, a, name)
			}
		}
	}
}
