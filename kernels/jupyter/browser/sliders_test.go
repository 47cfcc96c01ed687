package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"v1lab/datasets/formats"
	"v1lab/v1model/runfolder/runfoldertest"
)

// stored is a run folder of a model with its start values, or that which V1LAB_TEST_RUN names.
func stored(t *testing.T) string {
	t.Helper()
	if run := os.Getenv("V1LAB_TEST_RUN"); run != "" {
		return run
	}
	d, err := formats.Open(toy["V1LAB_PARAM_DATA"])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	if err := runfoldertest.Start(path, d); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSliders moves the sliders of a Gabor after their cell has ended: rates follow, clicks show receptive fields, and the page says so once the kernel has
// ended. The server asks for its token, and for what the cell allowed.
func TestSliders(t *testing.T) {
	if testing.Short() {
		t.Skip("starts JupyterLab and Chromium")
	}
	dir, run := t.TempDir(), stored(t)
	write(t, dir+"/sliders.ipynb", "import \"v1lab/notebooks/lab\"", fmt.Sprintf("%%%%\nlab.Open(%q).Explore(0, 1, 2, 3, 4, 5, 6, 7)", run))
	s := serve(t, dir, nil)
	p := open(t, s.address+"/lab/tree/sliders.ipynb?token="+s.token)
	p.until(2*time.Minute, "a kernel that waits", notebook+`.context.isReady && `+idle)
	p.command("notebook:run-all-cells", nil)
	const root = `document.querySelector(".v1lab-explore")`
	const rates, took, fields = root + `.dataset.rates`, root + `.dataset.took`, root + `.dataset.field`
	p.until(3*time.Minute, "the sliders", rates+` && !`+root+`.querySelector(".live").hidden && !`+root+`.querySelector(".still") && `+idle)
	if text, err := p.value(`JSON.stringify(` + faults + `)`); err != nil || text != "[]" {
		t.Fatalf("the cells fail: %v %s", err, text)
	}
	p.do("see", chromedp.ScrollIntoView(chromedp.CSS(".v1lab-explore .live")))
	p.until(30*time.Second, "an image of the recording", root+`.dataset.image === "0"`)
	p.shot("sliders")

	var times []float64
	for _, name := range []string{"orientation", "frequency", "phase", "size", "contrast", "x", "y"} {
		slider := `.v1lab-explore input[name=` + name + `]`
		p.do("focus", chromedp.Focus(chromedp.CSS(slider)))
		for range 3 {
			before := p.until(10*time.Second, "rates", rates)
			p.do("next value", chromedp.Evaluate[chromedp.Void](`void delete `+took), chromedp.KeyEvent(kb.ArrowRight))
			p.until(10*time.Second, name+": other rates", took+` && `+rates+` !== `+quoted(before))
			ms, err := strconv.ParseFloat(p.until(time.Second, "the time", took), 64)
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, ms)
		}
	}
	slices.Sort(times)
	t.Logf("from a slider's event to other rates: median %.0f ms, slowest %.0f ms of %d", times[len(times)/2], times[len(times)-1], len(times))
	if median := times[len(times)/2]; median > 2000 { // machines of tests are busy
		t.Errorf("rates follow a slider after %.0f ms", median)
	}
	p.shot("moved")

	click := func(figure string) {
		p.do("forget", chromedp.Evaluate[chromedp.Void](`void delete `+fields))
		p.click(".v1lab-explore " + figure + " .frame")
		p.until(time.Minute, "receptive fields", fields+` && `+root+`.querySelector("figure.field img").naturalWidth > 0`)
	}
	click(".gabor")
	p.until(time.Second, "of the chosen neuron", `JSON.parse(`+fields+`)[0] === 0 && `+root+`.querySelector("figure.field figcaption").innerText.includes("neuron 0, at the Gabor")`)
	p.shot("field-at-gabor")
	p.do("another neuron", chromedp.Click(chromedp.CSS(".v1lab-explore .rates button:nth-child(3)")))
	p.until(10*time.Second, "its field", `JSON.parse(`+fields+`)[0] === 2`)
	click(".recorded")
	p.until(time.Second, "at the image", root+`.querySelector("figure.field figcaption").innerText.includes("neuron 2, at image 0")`)
	p.shot("field-at-image")

	asks(t, p, s)

	p.click(`.jp-NotebookPanel:not(.lm-mod-hidden) [data-command="notebook:restart-kernel"]`)
	p.click(`.jp-Dialog .jp-mod-accept`)
	p.until(time.Minute, "the restarted kernel", `!document.querySelector(".jp-Dialog") && `+idle)
	p.do("move", chromedp.Focus(chromedp.CSS(`.v1lab-explore input[name=phase]`)), chromedp.KeyEvent(kb.ArrowRight))
	p.until(10*time.Second, "that the engine has ended", root+`.querySelector(".says").innerText.includes("Run the cell again")`)
	p.shot("ended")
}

// asks asks the server as somebody else might.
func asks(t *testing.T, p *page, s *server) {
	t.Helper()
	post := func(token, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.address+"/v1lab/ask", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "token "+token)
		}
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		text, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Fatal(err)
		}
		return reply.StatusCode, string(text)
	}
	ticket := p.until(time.Second, "the ticket", `JSON.parse(document.querySelector('.v1lab-explore script[type="application/json"]').textContent).ticket`)
	question := func(text string) string { return fmt.Sprintf(`{"ticket": %q, "question": %s}`, ticket, text) }
	const gabor = `{"gabor": {"neurons": [1], "gabor": null}}`
	for _, c := range []struct {
		name, token, body string
		status            int
		says              string
	}{
		{"grey", s.token, question(gabor), 200, `"rates":[`},
		{"nobody", "", question(gabor), 403, ""},
		{"no ticket", s.token, `{"question": {}}`, 400, "accepted: an object of a ticket and a question"},
		{"a path", s.token, `{"ticket": "../../etc/passwd", "question": {}}`, 400, "accepted: an object of a ticket and a question"},
		{"another ticket", s.token, strings.Replace(question(gabor), ticket, "1-00000000000000000000000000000000", 1), 410, "Run the cell again"},
		{"no question", s.token, question(`{}`), 400, "accepted: one of gabor, image, field"},
		{"another question", s.token, question(`{"scores": {}}`), 400, "scores"},
		{"no such neuron", s.token, question(`{"gabor": {"neurons": [1000000], "gabor": null}}`), 400, "neuron 1000000 does not exist"},
		{"no such size", s.token, question(`{"gabor": {"neurons": [1], "gabor": {"size": -1}}}`), 400, "gabor: size: found -1"},
		{"no such image", s.token, question(`{"image": {"number": -1}}`), 400, "image: found number -1"},
		{"no such pixel", s.token, question(`{"field": {"neuron": 1, "x": 1e9, "y": 0}}`), 400, "field: found pixel (1e+09, 0)"},
		{"too long", s.token, question(`"` + strings.Repeat("a", 1<<17) + `"`), 413, "longer than"},
	} {
		if status, text := post(c.token, c.body); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %.300s; want %d, %q", c.name, status, text, c.status, c.says)
		}
	}
}
