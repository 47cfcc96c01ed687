package browser_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"v1lab/kernels/jupyter/jupytertest"
	"v1lab/kernels/v1labhome"
)

// toy makes quickstart small: 12 neurons, two validations.
var toy = map[string]string{
	"V1LAB_PARAM_DATA":  "simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=18&width=18",
	"V1LAB_PARAM_SET":   "core.features=2,2,3;core.filter_sizes=5,3,3;fit.batch=32;fit.validate_every=5",
	"V1LAB_PARAM_STEPS": "10",
}

// Expressions about the notebook that is in front.
const (
	notebook = `jupyterapp.shell.currentWidget`
	code     = notebook + `.content.widgets.filter(c => c.model.type === "code" && c.model.sharedModel.getSource().trim())`
	outputs  = code + `.flatMap(c => c.model.outputs.toJSON())`
	faults   = outputs + `.filter(o => o.output_type === "error" || o.name === "stderr")`
	finished = code + `.every(c => /^\[\d+\]/.test(c.inputArea.promptNode.textContent))`
	idle     = notebook + `.sessionContext.session.kernel.status === "idle"`
	pictures = `[...` + notebook + `.content.node.querySelectorAll(".jp-OutputArea-output img, .jp-OutputArea-output svg, .jp-OutputArea-output canvas")]`
	words    = code + `.map(c => c.node.querySelector(".jp-OutputArea")?.innerText || "").join("\n")`
	step     = `Number((/\bstep (\d+)/.exec(` + words + `) || [0, 0])[1])`
)

// TestNotebooks does what a person does with notebooks: opens JupyterLab, runs the quickstart, walks through neurons, stops a fit, goes on
// with it, and restarts the kernel.
func TestNotebooks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts JupyterLab and Chromium")
	}
	dir := t.TempDir()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "notebooks", "quickstart.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "quickstart.ipynb"), cleared(t, text), 0o644); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "stopped")
	write(t, filepath.Join(dir, "fit.ipynb"), `import (
	"v1lab/notebooks/lab"
)`, fmt.Sprintf(`%%%%
lab.Fit(lab.Param("data", ""), "quickstart", %q, append(lab.Settings(lab.Param("set", "")), "fit.max_steps=1000000", "fit.patience=1000000")...)`, run))
	env := map[string]string{"V1LAB_PARAM_OUT": filepath.Join(dir, "run"), "V1LAB_PARAM_SEED": "3"}
	for key, value := range toy {
		env[key] = value
	}
	s := serve(t, dir, env)
	if status := s.status("/api/contents"); status != http.StatusForbidden {
		t.Errorf("without the token the server answers %d, want 403", status)
	}
	p := open(t, s.address+"/lab/tree/quickstart.ipynb?token="+s.token)
	runAll(t, p)
	help(p)
	walk(p)
	interrupt(p, run)
	restart(t, p, s)
}

// runAll runs all cells of the quickstart and looks at its outputs.
func runAll(t *testing.T, p *page) {
	t.Helper()
	p.until(2*time.Minute, "a kernel that waits", notebook+`.context.isReady && `+idle)
	p.shot("opened")
	p.command("notebook:run-all-cells", nil)
	p.until(4*time.Minute, "the end of the last cell, or a fault", faults+`.length || `+finished)
	if text, err := p.value(`JSON.stringify(` + faults + `)`); err != nil || text != "[]" {
		p.shot("faults")
		t.Fatalf("the quickstart's cells fail: %v %s", err, text)
	}
	p.until(10*time.Second, "at least 9 pictures, none of them broken", pictures+`.length >= 9 && `+pictures+`.every(i => i.tagName !== "IMG" || i.complete && i.naturalWidth > 0)`)
	for _, want := range []string{"10 steps in", "test correlation", "adjusted Rand index with the true types"} {
		if text, err := p.value(words); err != nil || !strings.Contains(text, want) {
			t.Errorf("no %q among the outputs: %v %s", want, err, text)
		}
	}
	p.do("scroll", chromedp.Evaluate[chromedp.Void](`void `+pictures+`.at(2).scrollIntoView({block: "center"})`))
	p.shot("figures")
}

// help asks, with Shift-Tab, what a function in a cell does.
func help(p *page) {
	p.Helper()
	const cell = notebook + `.content.widgets.findIndex(c => c.model.sharedModel.getSource().includes("\nlab.Fit("))`
	const tooltip = `document.querySelector(".jp-Tooltip").innerText`
	for range 6 { // on a busy machine gonb gives up before gopls has read the packages
		p.do("edit the fit's cell", chromedp.Evaluate[chromedp.Void](`{
			const cells = `+notebook+`.content
			cells.activeCellIndex = `+cell+`
			cells.mode = "edit"
			cells.activeCell.editor.focus()
			cells.activeCell.editor.setCursorPosition({line: 1, column: 6})
			cells.activeCell.node.scrollIntoView()
		}`))
		p.do("Shift-Tab", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift)))
		p.until(30*time.Second, "a tooltip", tooltip)
		if text, err := p.value(tooltip + `.includes("Fit fits a model to a recording")`); err == nil && text != "" {
			break
		}
		p.do("Escape", chromedp.KeyEvent(kb.Escape))
	}
	p.until(time.Second, "what lab.Fit does", tooltip+`.includes("Fit fits a model to a recording")`)
	p.shot("help")
	p.do("Escape", chromedp.KeyEvent(kb.Escape))
}

// walk moves the slider through the neurons.
func walk(p *page) {
	p.Helper()
	const slider, sources = `.v1lab-neurons input[type=range]`, `[...document.querySelectorAll(".v1lab-neurons img")].map(i => i.src.length + i.src.slice(-200)).join()`
	before := p.until(10*time.Second, "the neuron browser's pictures", sources)
	p.until(5*time.Second, "mask, receptive field, most exciting image and tuning of the first neuron", `["mask", "receptive field", "most exciting image", "orientation", "spatial frequency"].every(kind => document.querySelector('.v1lab-neurons img[alt="' + kind + '"]')?.naturalWidth > 0)`)
	p.do("slider", chromedp.ScrollIntoView(chromedp.CSS(".v1lab-neurons")), chromedp.Focus(chromedp.CSS(slider)))
	p.shot("neuron")
	p.do("next neuron", chromedp.KeyEvent(kb.ArrowRight))
	p.until(5*time.Second, "another neuron's pictures", sources+` !== `+quoted(before))
	p.shot("next-neuron")
}

// interrupt stops a fit with the toolbar's button, and runs its cell again.
func interrupt(p *page, run string) {
	p.Helper()
	p.command("docmanager:open", map[string]any{"path": "fit.ipynb"})
	p.until(2*time.Minute, "the second notebook", notebook+`.context.path === "fit.ipynb" && `+notebook+`.context.isReady && `+idle)
	p.command("notebook:run-all-cells", nil)
	p.until(2*time.Minute, "the fit's 20th step", step+` >= 20`)
	p.shot("fitting")
	p.click(`.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:interrupt-kernel"]`)
	p.until(5*time.Second, "where the stopped fit is kept", words+`.includes(`+quoted(run)+`) && `+words+`.includes("run the cell again")`)
	p.until(5*time.Second, "the end of the stopped cell", finished+` && `+idle)
	p.shot("stopped")
	if text, err := p.value(`JSON.stringify(` + faults + `)`); err != nil || text != "[]" {
		p.Errorf("a stopped fit is no fault: %v %s", err, text)
	}
	stopped := p.until(time.Second, "the step at which it stopped", step)
	p.command("notebook:run-all-cells", nil)
	p.until(time.Minute, "the fit to go on", `!`+words+`.includes("run the cell again") && `+step+` > `+stopped)
	p.shot("resumed")
}

// restart restarts the kernel while a fit runs, twice: what a new kernel says first is lost easily, and then nothing runs any more.
func restart(t *testing.T, p *page, s *server) {
	t.Helper()
	for range 2 {
		if len(s.cells(t)) == 0 {
			t.Error("no program of a cell runs, though a fit does")
		}
		p.click(`.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:restart-kernel"]`)
		p.click(`.jp-Dialog .jp-mod-accept`)
		p.until(time.Minute, "the restarted kernel", `!document.querySelector(".jp-Dialog") && `+idle)
		for begun := time.Now(); len(s.cells(t)) > 0; time.Sleep(100 * time.Millisecond) {
			if time.Since(begun) > 10*time.Second {
				p.shot("left-over")
				t.Fatalf("programs of cells outlive the restart: %v", s.cells(t))
			}
		}
		p.shot("restarted")
		p.command("notebook:run-all-cells", nil)
		p.until(time.Minute, "the fit in the restarted kernel", `!(`+idle+`) && `+words+`.includes("step ")`)
	}
}

func quoted(text string) string {
	data, _ := json.Marshal(text) //nolint:errcheck // a string
	return string(data)
}

// cleared is a notebook without outputs: what is seen later was made by this run.
func cleared(t *testing.T, text []byte) []byte {
	t.Helper()
	var nb map[string]any
	if err := json.Unmarshal(text, &nb); err != nil {
		t.Fatal(err)
	}
	for _, c := range nb["cells"].([]any) {
		if cell := c.(map[string]any); cell["cell_type"] == "code" {
			cell["outputs"], cell["execution_count"] = []any{}, nil
		}
	}
	text, err := json.Marshal(nb)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// write writes a notebook of code cells for the project's kernel.
func write(t *testing.T, path string, cells ...string) {
	t.Helper()
	jupytertest.Write(t, path, map[string]any{"kernelspec": map[string]any{"name": "v1lab", "display_name": "Go (v1lab)", "language": "go"}}, cells...)
}
