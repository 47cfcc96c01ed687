package notebooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/kernels/jupyter"
	"v1lab/notebooks/display"
	"v1lab/v1model/runfolder"
)

// toy makes the notebooks small: 12 neurons, two validations.
var toy = map[string]string{
	"data":  "simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=18&width=18",
	"set":   "core.features=2,2,3;core.filter_sizes=5,3,3;fit.batch=32;fit.validate_every=5",
	"steps": "10",
}

// cell is what a test looks at in an executed notebook.
type cell struct {
	Kind    string   `json:"cell_type"`
	Source  []string `json:"source"`
	Outputs []output `json:"outputs"`
}

type output struct {
	Kind string         `json:"output_type"`
	Name string         `json:"name"`
	Text any            `json:"text"`
	Data map[string]any `json:"data"`
}

// The quickstart runs from the first cell to the last, shows a picture for every question, and leaves a run folder and one HTML page.
func TestQuickstart(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a kernel")
	}
	dir := t.TempDir()
	run, out := filepath.Join(dir, "run"), filepath.Join(dir, "quickstart.ipynb")
	params := map[string]string{"out": run, "seed": "3"}
	maps.Copy(params, toy)
	err := jupyter.Execute(context.Background(), jupyter.ExecuteOptions{Notebook: "quickstart.ipynb", Out: out, HTML: true, Params: params, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	cells := read(t, out)
	pictures, text := outputs(t, cells)
	if pictures != 9 {
		t.Errorf("%d pictures, want 9", pictures)
	}
	for _, want := range []string{"10 steps in", "test correlation", "adjusted Rand index with the true types"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q among the outputs", want)
		}
	}
	if n := interactive(t, cells); n != 2 {
		t.Errorf("%d interactive figures, want 2", n)
	}
	if n := strings.Count(text, `<div class="v1lab-neurons"`); n != 1 || !strings.Contains(text, `<input type="range" min="0" max="11"`) {
		t.Errorf("%d browsers of neurons, want one of 12", n)
	}
	for _, kind := range []string{"mask", "receptive field", "most exciting image", "feature weights", "orientation", "spatial frequency"} {
		if !regexp.MustCompile(`<img alt="` + kind + `"[^>]* src="data:image/png`).MatchString(text) {
			t.Errorf("the browser's first neuron has no picture of its %s", kind)
		}
	}
	folder, err := runfolder.Open(run)
	if err != nil {
		t.Fatal(err)
	}
	if result, ok, err := folder.Result(); err != nil || !ok || result.Steps != 10 || folder.Config.Fit.Seed != 3 {
		t.Errorf("result %+v %v %v, seed %d; want 10 steps and seed 3", result, ok, err, folder.Config.Fit.Seed)
	}
	html, err := os.ReadFile(filepath.Join(dir, "quickstart.html"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(html), "data:image/png;base64,"); n < 9 {
		t.Errorf("the HTML page holds %d pictures, want 9", n)
	}
}

// The recording's notebook runs through on a simulation, and on a published recording whose faults it shows.
func TestDataset(t *testing.T) {
	t.Parallel()
	const published = "../../shared/data/allen_natural_scenes" // may lie beside a checkout
	cases := map[string][]string{toy["data"]: {"simulated:", "<td>test</td><td>30</td><td>18 x 18</td><td>4</td><td>12</td>", "few-images", "no image was found in two parts", "positions on cortex are not known"}}
	if _, err := os.Stat(published); err == nil {
		cases["allen:"+published] = []string{"2 would ruin a fit or its score", "shared-trials", "not-averages", "repeats-disagree"}
	}
	for data, want := range cases {
		pictures, html := outputs(t, executed(t, "dataset", map[string]string{"data": data}))
		if pictures != 6 {
			t.Errorf("%s: %d pictures, want 6", data, pictures)
		}
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s: no %q among the outputs", data, w)
			}
		}
	}
}

// Notebooks are kept with their outputs, so that they can be read where nothing runs; none of the outputs is an error.
func TestNotebooksAreKeptWithOutputs(t *testing.T) {
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		outputs := 0
		for _, c := range read(t, path) {
			outputs += len(c.Outputs)
			for _, o := range c.Outputs {
				if o.Kind == "error" {
					t.Errorf("%s: an error is among the outputs", path)
				}
				noNaN(t, path, o)
			}
		}
		if outputs == 0 {
			t.Errorf("%s: no outputs; run v1lab notebook notebooks/%s", path, path)
		}
		if info, err := os.Stat(path); err != nil || info.Size() > 2<<20 {
			t.Errorf("%s: %d bytes, want at most 2 MiB", path, info.Size())
		}
	}
}

// The first cell of every notebook says what is different here: values do not outlive a cell, and what carries them.
func TestNotebooksSayWhatCarriesValues(t *testing.T) {
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		first := read(t, path)[0]
		text := strings.Join(first.Source, "")
		if first.Kind != "markdown" {
			t.Errorf("%s: its first cell is of type %s", path, first.Kind)
		}
		for _, want := range []string{"Every cell is compiled and run as a separate program", "**values do not outlive a cell**", "run folder"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in its first cell", path, want)
			}
		}
	}
}

var (
	reCoded = regexp.MustCompile(`[A-Za-z0-9+/=]{40,}`) // pictures
	reNaN   = regexp.MustCompile(`.{0,60}\bNaN\b.{0,20}`)
)

// noNaN refuses texts with numbers that do not exist: what was not measured is called unknown.
func noNaN(t *testing.T, where string, o output) {
	t.Helper()
	for kind, text := range o.Data {
		if kind == "image/png" {
			continue
		}
		if found := reNaN.FindString(reCoded.ReplaceAllString(fmt.Sprint(text), "")); found != "" {
			t.Errorf("%s: %s says %q", where, kind, found)
		}
	}
	if found := reNaN.FindString(fmt.Sprint(o.Text)); found != "" {
		t.Errorf("%s: %s says %q", where, o.Name, found)
	}
}

// outputs counts the pictures of an executed notebook and joins its HTML; a cell that writes to standard error is at fault.
func outputs(t *testing.T, cells []cell) (pictures int, text string) {
	t.Helper()
	for _, c := range cells {
		for _, o := range c.Outputs {
			if o.Kind == "stream" && o.Name == "stderr" {
				t.Errorf("cell %.40q writes to standard error: %v", strings.Join(c.Source, ""), o.Text)
			}
			noNaN(t, fmt.Sprintf("cell %.40q", strings.Join(c.Source, "")), o)
			if _, ok := o.Data["image/png"]; ok {
				pictures++
			}
			switch html := o.Data["text/html"].(type) {
			case string:
				text += html + "\n"
			case []any:
				for _, line := range html {
					text += fmt.Sprint(line)
				}
			}
		}
	}
	return pictures, text
}

// interactive counts the figures that JupyterLab draws itself. Each is in one message with its picture.
func interactive(t *testing.T, cells []cell) (n int) {
	t.Helper()
	for _, c := range cells {
		for _, o := range c.Outputs {
			spec, ok := o.Data[display.VegaLite].(map[string]any)
			if !ok {
				continue
			}
			n++
			if o.Data["image/png"] == nil || spec["data"] == nil {
				t.Errorf("an interactive figure without a picture, or without data: %v", spec)
			}
		}
	}
	return n
}

func read(t *testing.T, path string) []cell {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []cell `json:"cells"`
	}
	if err := json.Unmarshal(text, &notebook); err != nil {
		t.Fatal(path, err)
	}
	return notebook.Cells
}
