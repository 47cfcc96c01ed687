package browser_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestCells does what goes wrong in cells: it asks for completions and signatures, and looks at what JupyterLab shows.
func TestCells(t *testing.T) {
	if testing.Short() {
		t.Skip("starts JupyterLab and Chromium")
	}
	dir := t.TempDir()
	write(t, dir+"/cells.ipynb", "import \"v1lab/notebooks/lab\"", "%%\nlab.Fi")
	s := serve(t, dir, nil)
	p := open(t, s.address+"/lab/tree/cells.ipynb?token="+s.token)
	p.until(2*time.Minute, "a kernel that waits", notebook+`.context.isReady && `+idle)
	complete(p)
	question(p)
	mistakes(p)
	endless(p)
}

// run runs the second cell with a text.
func (p *page) run(text string) {
	p.Helper()
	p.edit("1", text)
	p.command("notebook:run-cell", nil)
}

// second is what the second cell shows.
const second = notebook + `.content.widgets[1].node.querySelector(".jp-OutputArea").innerText`

// question answers what a cell reads from standard input, in a box that appears by itself, twice, and once where the cell asks itself.
func question(p *page) {
	p.Helper()
	const box = `document.querySelector(".jp-Stdin input")`
	answer := func(text string) {
		p.until(20*time.Second, "a box", box+`?.disabled === false`)
		p.until(5*time.Second, "one box", `document.querySelectorAll(".jp-Stdin input").length === 1`)
		p.do("answer", chromedp.Focus(chromedp.CSS(".jp-Stdin input")), chromedp.KeyEvent(text), chromedp.KeyEvent(kb.Enter))
		p.until(5*time.Second, "the answer", second+`.includes(`+quoted(text)+`)`)
		time.Sleep(500 * time.Millisecond) // the old box goes a moment later
	}
	p.run("%%\nvar a, b string\nfmt.Scanln(&a)\nfmt.Scanln(&b)\nfmt.Println(\"read \" + a + \" and \" + b)")
	p.until(20*time.Second, "a box", box)
	p.shot("question")
	answer("one")
	answer("two")
	p.until(10*time.Second, "what was read", second+`.includes("read one and two")`)
	p.run("%%\nvar a string\ngonbui.RequestInput(\"name? \", false)\nfmt.Scanln(&a)\nfmt.Println(\"asked \" + a)")
	p.until(20*time.Second, "the cell's prompt", `document.querySelector(".jp-Stdin").innerText.includes("name?")`)
	time.Sleep(time.Second) // a second box would come now
	answer("me")
	p.until(10*time.Second, "what was asked", second+`.includes("asked me")`)
	p.shot("answered")
}

// mistakes looks at how errors are shown: in one box, with the line, without names of temporary files.
func mistakes(p *page) {
	p.Helper()
	const boxes = notebook + `.content.widgets[1].node.querySelectorAll(".jp-OutputArea-child").length`
	for name, test := range map[string]struct{ text, says, also string }{
		"compile-error": {"%%\nx := 1\nfmt.Println(hepler(x))", "line 3: undefined: hepler", "fmt.Println(hepler(x))"},
		"panic":         {"func inside(i int) int {\n\treturn []int{1}[i]\n}\n%%\nfmt.Fprint(os.Stderr)\nfmt.Println(inside(3))", "panic: runtime error: index out of range [3] with length 1", "line 2, in inside"},
		"no-package":    {"import \"github.com/foo/bar\"\n%%\nbar.X()", "line 1: the checkout lacks the package github.com/foo/bar", "go get github.com/foo/bar"},
	} {
		p.run(test.text)
		p.until(20*time.Second, test.says, second+`.includes(`+quoted(test.says)+`) && `+second+`.includes(`+quoted(test.also)+`)`)
		p.until(5*time.Second, "one box", boxes+` === 1`)
		if text, err := p.value(second); err != nil || strings.Contains(text, "gonb_") || strings.Contains(text, os.TempDir()) || strings.Contains(text, "main.go") {
			p.Errorf("%v: temporary names in %s", err, text)
		}
		p.shot(name)
	}
}

// endless lets a cell print without end: the page answers, the output is cut with a note, the stop button works, and all of the output is in the file.
func endless(p *page) {
	p.Helper()
	p.run("%%\nfor i := 0; ; i++ {\n\tfmt.Println(i, \"and so on\")\n}")
	p.until(30*time.Second, "the note", second+`.includes("what follows is not shown here")`)
	for range 5 {
		begun := time.Now()
		if _, err := p.value(`document.title`); err != nil || time.Since(begun) > 2*time.Second {
			p.Errorf("the page answers after %s: %v", time.Since(begun), err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	p.shot("endless")
	p.click(`.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:interrupt-kernel"]`)
	p.until(20*time.Second, "the end of the cell", second+`.includes("interrupted") && `+idle)
	p.shot("stopped-loop")
	file := p.until(time.Second, "the file", `/is in (\S+) until the kernel ends/.exec(`+second+`)[1]`)
	size := p.until(time.Second, "its size", `/the end of (\d+) bytes/.exec(`+second+`)[1]`)
	if info, err := os.Stat(file); err != nil || fmt.Sprint(info.Size()) != size && info.Size() < 1<<30 {
		p.Errorf("%v, %v; want %s bytes", info, err, size)
	}
	p.run("%%\nfmt.Println(\"the next\")")
	p.until(20*time.Second, "the next cell", second+`.includes("the next")`)
}

// edit puts the cursor behind a text in a cell, in front of a browser's keys.
func (p *page) edit(cell, text string) {
	p.Helper()
	p.do("edit cell "+cell, chromedp.Evaluate[chromedp.Void](`{
		const cells = `+notebook+`.content
		cells.activeCellIndex = `+cell+`
		const source = `+quoted(text)+`
		cells.activeCell.model.sharedModel.setSource(source)
		cells.mode = "edit"
		cells.activeCell.editor.focus()
		cells.activeCell.editor.setCursorPosition(cells.activeCell.editor.getPositionAt(source.length))
		cells.activeCell.node.scrollIntoView()
	}`))
}

// complete presses Tab behind the names of packages, at once after the start of the kernel, and Shift-Tab inside brackets.
func complete(p *page) {
	p.Helper()
	const menu, panel = `document.querySelector(".jp-Completer:not(.lm-mod-hidden)")?.innerText`, `document.querySelector(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-docpanel")?.innerText`
	for _, test := range []struct{ text, name, says string }{
		{"%%\nlab.", "CellTypes", "CellTypes"},
		{"%%\nlab.Op", "Open", "Open opens"},
		{"%%\nreport.Fil", "Filters", "Filters draws the first layer"},
		{"%%\nfigures.Clus", "Clusters", "Clusters"},
	} {
		p.edit("1", test.text)
		p.do("Tab", chromedp.KeyEvent(kb.Tab))
		if test.name != "CellTypes" { // several names begin so, or one that is taken at once
			p.until(15*time.Second, "completions of "+test.text, menu+`?.includes(`+quoted(test.name)+`) || `+notebook+`.content.activeCell.model.sharedModel.getSource().includes(`+quoted(test.name)+`)`)
		} else {
			p.until(15*time.Second, "completions of "+test.text, menu+`.includes(`+quoted(test.name)+`)`)
			p.until(5*time.Second, "what they are for", panel+`.includes(`+quoted(test.says)+`)`)
			p.shot("completions")
		}
		p.do("Escape", chromedp.KeyEvent(kb.Escape))
	}
	const tooltip = `document.querySelector(".jp-Tooltip")?.innerText`
	p.edit("1", "%%\nfmt.Println(lab.Param(\"a\", ")
	p.do("Shift-Tab", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift)))
	p.until(10*time.Second, "the signature", tooltip+`.includes("func lab.Param(name string, fallback string) string")`)
	p.shot("signature")
	p.do("Escape", chromedp.KeyEvent(kb.Escape))
}
