package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// page is a tab of the browser.
type page struct {
	*testing.T
	ctx   context.Context
	kept  string // folder for pictures
	shots int
}

// open starts a browser and loads the page at url.
func open(t *testing.T, url string) *page {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(t.Context(), flags(t)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the browser ends with the context that starts it
		t.Fatal(err)
	}
	p := &page{T: t, ctx: ctx, kept: t.ArtifactDir()}
	p.do("focus", focused)
	p.do("open "+url, chromedp.Navigate(url))
	return p
}

// focused makes the page believe that its window is in front: JupyterLab asks which of its panels has the focus.
func focused(ctx context.Context, t *chromedp.Target) (void chromedp.Void, err error) {
	_, err = cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return void, err
}

// do runs actions; what says in an error what they are.
func (p *page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.shot("failed")
		p.Fatalf("%s: %v", what, err)
	}
}

// click clicks the first element that a CSS selector finds, as soon as it can be seen.
func (p *page) click(selector string) {
	p.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// until evaluates an expression again and again until it is true, a number other than 0 or a text that is not empty, and returns that.
// What throws is not true yet: the page may be on its way.
func (p *page) until(limit time.Duration, what, expression string) string {
	p.Helper()
	begun := time.Now()
	for {
		value, err := p.value(expression)
		if value != "" {
			p.Logf("%s: %.1f s", what, time.Since(begun).Seconds())
			return value
		}
		if time.Since(begun) > limit {
			p.shot("failed")
			p.Fatalf("after %s still waiting for: %s (%v)\nthe page says: %s", limit, what, err, p.text())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// value is an expression's value as text, empty if it is false, 0, null, empty or throws.
func (p *page) value(expression string) (string, error) {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string](`String((() => { try { return `+expression+` || "" } catch { return "" } })())`))
}

// text is what there is to read in the notebook, the end of it.
func (p *page) text() string {
	text, _ := p.value(`(document.querySelector(".jp-Dialog, .jp-NotebookPanel:not(.lm-mod-hidden)") || document.body).innerText.slice(-3000)`) //nolint:errcheck // for a message
	return text
}

// command runs one of JupyterLab's commands, as its menus do.
func (p *page) command(name string, args map[string]any) {
	p.Helper()
	if args == nil {
		args = map[string]any{}
	}
	text, err := json.Marshal(args)
	if err != nil {
		p.Fatal(err)
	}
	p.do(name, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("void jupyterapp.commands.execute(%q, %s)", name, text)))
}

// shot keeps a picture of the page.
func (p *page) shot(name string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Errorf("picture %s: %v", name, err)
		return
	}
	p.shots++
	if err := os.WriteFile(filepath.Join(p.kept, fmt.Sprintf("%02d-%s.png", p.shots, name)), picture, 0o644); err != nil {
		p.Error(err)
	}
}
