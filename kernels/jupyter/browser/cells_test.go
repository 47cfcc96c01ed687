package browser_test

import (
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
