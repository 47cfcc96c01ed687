package jupyter_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

//go:embed testdata/help.py
var helpScript string

// question is what a person asks by Shift-Tab or Tab, with the cursor behind the first mark ‸ of a cell.
type question struct {
	Do      string         `json:"do"` // inspect, complete, or a type of message
	Code    string         `json:"code"`
	At      int            `json:"at"`
	Content map[string]any `json:"content"` // of a message
}

func ask(do, marked string) question {
	before, after, _ := strings.Cut(marked, "‸")
	return question{Do: do, Code: before + after, At: len(utf16.Encode([]rune(before)))}
}

// answer is a kernel's to a question, or to a cell.
type answer struct {
	Status  string
	Data    map[string]string
	Matches []string
	Start   int            `json:"cursor_start"`
	End     int            `json:"cursor_end"`
	Meta    map[string]any `json:"metadata"`
	Found   bool
	Indent  string
	History [][]any
	Banner  string
	Version string `json:"implementation_version"`
	Seconds float64
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

// helpCases are what JupyterLab asks at Shift-Tab and Tab, and a text that is in the answer, or a completion. A cell has imported lab and fit and declared helper; with no text there is nothing
// to say.
var helpCases = []struct {
	question
	want string
}{
	{ask("complete", "%%\nlab.‸"), "Fit"},
	{ask("complete", "%%\nr := lab.Fi‸"), "Fit"},
	{ask("complete", "%%\nfigures.‸"), "Clusters"},
	{ask("complete", "%%\ns := \"ä𝛂\"; report.Mas‸"), "Masks"},
	{ask("complete", "%%\nhelp‸"), "helper"},
	{ask("complete", "!ls ‸"), ""},
	{ask("complete", "%%bash\nec‸"), ""},
	{ask("inspect", "%%\nfit.R‸un(nil, nil, nil, nil, \"\", fit.Options{})"), "Run fits a new model to a dataset"},
	{ask("inspect", "%%\nr := lab.Fit‸(\"\", \"\", \"\")\n_ = r"), "Fit fits a model to a recording"},
	{ask("inspect", "import \"v1lab/v1model/score\"\n%%\nfmt.Println(score.Correl‸ation)"), "Correlation"},
	{ask("inspect", "%%\nlab.Da‸ta(\"\")"), "Data opens a recording"},
	{ask("inspect", "%%\nlab.Fit(‸)"), "func lab.Fit(spec string"},
	{ask("inspect", "%%\nlab.Fit(\"a (\", lab.Param(\"x\", \"\"), ‸\"c\")"), "func lab.Fit(spec string"},
	{ask("inspect", "%%\nlab.Fit(\n\t\"a\",\n\t‸\n)"), "func lab.Fit(spec string"},
	{ask("inspect", "%%\nfmt.Println(lab.Param(\"ä\", ‸\"\"))"), "func lab.Param(name string"},
	{ask("inspect", "%%\nfmt.Println(‸"), "func fmt.Println(a ...any)"},
	{ask("inspect", "%%\nfmt.Println(helper(‸"), "helper adds one"},
	{ask("inspect", "%%\nx := []int{1, ‸2}\n_ = x"), ""},
	{ask("inspect", "%%\n‸\n"), ""},
	{ask("inspect", "‸"), ""},
	{ask("inspect", "%%\nthis is ( no } go ‸ \"at"), ""},
	{ask("inspect", "!ec‸ho"), "GoNB Help Page"},
}

// helpCell declares what the questions are about.
const helpCell = "\n// helper adds one.\nfunc helper(i int) int { return i + 1 }\n"

// help returns the questions.
func help() (all []question) {
	for _, c := range helpCases {
		all = append(all, c.question)
	}
	return all
}

// helps looks at the answers to help.
func helps(t *testing.T, got []answer) {
	t.Helper()
	for i, c := range helpCases {
		a := got[i]
		t.Logf("%.2f s: %s %q", a.Seconds, c.Do, c.Code)
		if a.Status != "ok" {
			t.Errorf("%s %q: %+v", c.Do, c.Code, a)
		}
		switch markdown := a.Data["text/markdown"]; {
		case c.want == "":
			if a.Found || len(a.Matches) > 0 || len(a.Data) > 0 {
				t.Errorf("%s %q: %+v, want nothing", c.Do, c.Code, a)
			}
		case c.Do == "complete":
			types, _ := a.Meta["_jupyter_types_experimental"].([]any)
			if !slices.Contains(a.Matches, c.want) || len(types) != len(a.Matches) || a.End != c.At || string([]rune(c.Code)[len([]rune(c.Code))-(a.End-a.Start):]) != lastWord(c.Code) {
				t.Errorf("%q: %d types, %+v lacks %s", c.Code, len(types), a, c.want)
			}
		case !a.Found || !strings.Contains(markdown, c.want) || a.Data["text/plain"] == "" || c.want != "GoNB Help Page" && strings.Contains(a.Data["text/plain"], "```"):
			t.Errorf("%q: %+v lacks %q", c.Code, a, c.want)
		}
	}
}

// lastWord is what a completion replaces.
func lastWord(code string) string { return code[strings.LastIndexAny(code, ". \n")+1:] }

// TestConsole: what a console asks: whether a cell is complete, and the history; and who answers. A question is answered while a cell runs.
func TestConsole(t *testing.T) {
	ready(t)
	incomplete := func(code string) question {
		return question{Do: "is_complete_request", Content: map[string]any{"code": code}}
	}
	history := func(content map[string]any) question { return question{Do: "history_request", Content: content} }
	cells := []string{"%%\nfmt.Print(1)", "var a = 2", "%%\nfmt.Print(a)"}
	cases := []struct {
		question
		want string
	}{
		{incomplete("%%"), "incomplete"},
		{incomplete("%%\nfmt.Print(1)"), "complete"},
		{incomplete("func f() {\n\tif true {"), "incomplete\t\t"},
		{incomplete("var s = `a"), "incomplete"},
		{incomplete("/* a"), "incomplete"},
		{incomplete("!echo \\"), "incomplete"},
		{incomplete("!echo ("), "complete"},
		{incomplete("fmt.Print(1))"), "invalid"},
		{incomplete("var s = \"(\""), "complete"},
		{history(map[string]any{"hist_access_type": "tail", "n": 2}), "[[1 2 var a = 2] [1 3 %%\nfmt.Print(a)]]"},
		{history(map[string]any{"hist_access_type": "range", "session": 0, "start": 1, "stop": 2, "output": true}), "[[1 1 [%%\nfmt.Print(1) <nil>]]]"},
		{history(map[string]any{"hist_access_type": "search", "pattern": "var*", "unique": true}), "[[1 2 var a = 2]]"},
		{history(map[string]any{"hist_access_type": "search", "pattern": "none"}), "[]"},
		{question{Do: "kernel_info_request", Content: map[string]any{}}, "v1lab "},
	}
	var questions []question
	for _, c := range cases {
		questions = append(questions, c.question)
	}
	for i, a := range asked(t, cells, questions...)[len(cells):] {
		c := cases[i]
		got := a.Status + a.Indent
		switch c.Do {
		case "history_request":
			got = fmt.Sprint(a.History)
		case "kernel_info_request":
			if got = a.Banner; strings.HasPrefix(got, c.want) && strings.Contains(got, "gonb v0.") && strings.HasPrefix(a.Version, "v0.") {
				got = c.want
			}
		}
		if got != c.want {
			t.Errorf("%s %v: %q, want %q", c.Do, c.Content, got, c.want)
		}
	}
}
