package browser_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestReload reloads the page while a cell prints and shows its progress, and another waits: once the cell is stopped, the output of both is there, also after
// another reload, saved or not. V1LAB_TEST_RELOADS is how many times.
func TestReload(t *testing.T) {
	if testing.Short() {
		t.Skip("starts JupyterLab and Chromium")
	}
	times := 3
	if n, err := strconv.Atoi(os.Getenv("V1LAB_TEST_RELOADS")); err == nil {
		times = n
	}
	dir := t.TempDir()
	write(t, dir+"/reload.ipynb", "import (\n\t\"v1lab/notebooks/display\"\n)", `%%
live := display.NewLive()
stop := make(chan os.Signal, 1)
signal.Notify(stop, os.Interrupt)
for i := 0; ; i++ {
	fmt.Println("line", i)
	live.Show(fmt.Sprint("step ", i), -1, nil)
	select {
	case <-stop:
		fmt.Println("stopped after line", i)
		return
	case <-time.After(50 * time.Millisecond):
	}
}`, "%%\nfmt.Println(\"the next cell\")")
	s := serve(t, dir, nil)
	p := open(t, s.address+"/lab/tree/reload.ipynb?token="+s.token)
	p.until(2*time.Minute, "a kernel that waits", notebook+`.context.isReady && `+idle)
	p.command("notebook:run-all-cells", nil)
	p.until(time.Minute, "the first lines", second+`.includes("line 20")`)
	reload := func() {
		t.Helper()
		p.do("reload", chromedp.Evaluate[chromedp.Void](`void (`+notebook+`.context.model.dirty = false)`), chromedp.Reload()) // without a question
		p.until(time.Minute, "the page", notebook+`.context.isReady && `+notebook+`.sessionContext.session.kernel.connectionStatus === "connected"`)
	}
	for i := range times {
		time.Sleep(time.Duration(200+i*137%900) * time.Millisecond)
		reload()
	}
	p.until(10*time.Second, "lines again, and a running cell", second+`.includes("line 20") && `+code+`[1].inputArea.promptNode.textContent === "[*]:"`)
	p.shot("reloaded")
	p.click(`.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:interrupt-kernel"]`)
	p.until(20*time.Second, "the end of the cell", second+`.includes("stopped after line") && `+idle)
	p.until(10*time.Second, "the next cell", words+`.trim().endsWith("the next cell")`)
	p.shot("stopped")
	complete := func() {
		t.Helper()
		text, err := p.value(notebook + `.content.widgets[1].model.outputs.toJSON().filter(o => o.name === "stdout").map(o => [o.text].flat().join("")).join("")`)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		last := len(lines) - 2
		for i, line := range lines[:max(last+1, 0)] {
			if line != fmt.Sprint("line ", i) {
				t.Fatalf("line %d of %d is %q", i, len(lines), line)
			}
		}
		if want := fmt.Sprint("stopped after line ", last); lines[len(lines)-1] != want || last < 20 {
			t.Fatalf("the last line is %q, want %q", lines[len(lines)-1], want)
		}
		p.until(5*time.Second, "the last step", second+fmt.Sprintf(`.includes("step %d") && !`, last)+second+fmt.Sprintf(`.includes("step %d")`, last-1))
		p.until(10*time.Second, "the prompts", finished)
	}
	complete()
	reload()
	p.until(10*time.Second, "the output, which is not saved", second+`.includes("stopped after line")`)
	complete()
	time.Sleep(5 * time.Second) // what is saved later is not kept any more
	p.command("docmanager:save", nil)
	p.until(10*time.Second, "the end of saving", `!`+notebook+`.context.model.dirty`)
	reload()
	complete()
	p.run("%%\nfmt.Println(\"another output\")")
	p.until(30*time.Second, "another output", second+`.trim() === "another output" && `+idle)
}
