package display_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"v1lab/notebooks/display"
	"v1lab/notebooks/display/displaytest"
	"v1lab/notebooks/figures"
)

// asCell names a cell that the test program is to be.
const asCell = "DISPLAY_TEST_CELL"

var cells = map[string]func(){
	"hover": func() {
		display.Figure(figures.LossCurve("Poisson loss per image (nats)", []figures.LossPoint{{Step: 50, Loss: 2, Validation: 3, Stage: 1}, {Step: 100, Loss: math.NaN(), Validation: 2.123456, Stage: 1}}))
	},
	"live": func() {
		f, err := figures.CorrelationHistogram([]float64{0.5}, nil)
		display.Check(err)
		display.NewLive().Show("step 1", 0.5, f)
		gonbui.Sync()
	},
	"still": func() { display.Figure(figures.CorrelationHistogram([]float64{0.5}, nil)) },
	"html":  func() { display.HTML("<b>9 neurons</b>", "9 neurons") },
}

func TestMain(m *testing.M) {
	if cell, ok := cells[os.Getenv(asCell)]; ok {
		cell()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A figure that can be pointed at is one message: Vega-Lite, and the picture for those who cannot draw it. One that cannot is the picture alone.
func TestMessages(t *testing.T) {
	messages := run(t, "hover")
	if len(messages) != 1 {
		t.Fatalf("%d messages, want 1", len(messages))
	}
	picture, _ := messages[0].Data[protocol.MIMEImagePNG].([]byte)
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Errorf("picture: %v", err)
	}
	text, err := json.Marshal(messages[0].Data[display.VegaLite])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"layer":[`, `50,0,2,3,2,3,`, `100,0,,2.123,\u2013,2.123`, `"tooltip"`} {
		if !strings.Contains(strings.ReplaceAll(string(text), "\u2013", `\u2013`), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, bad := range []string{"NaN", "null", "http"} {
		if strings.Contains(string(text), bad) {
			t.Errorf("%s in %s", bad, text)
		}
	}
	menu, err := json.Marshal(messages[0].Metadata)
	if err != nil || !strings.Contains(string(menu), `"editor":false`) {
		t.Errorf("metadata %s %v: the menu must not lead to the internet", menu, err)
	}
	if still := run(t, "still"); len(still) != 1 || len(still[0].Data) != 1 {
		t.Errorf("still figure: %d messages, want one with the picture alone", len(still))
	}
	// The page shows a picture at half its size in dots.
	size, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	measure, _ := messages[0].Metadata[string(protocol.MIMEImagePNG)].(map[string]any)
	if measure["width"] != size.Width/2 || measure["height"] != size.Height/2 || size.Width < 1000 {
		t.Errorf("a picture of %d x %d dots is shown as %v", size.Width, size.Height, measure)
	}
	live := run(t, "live")
	if text, _ := live[0].Data[protocol.MIMETextHTML].(string); len(live) != 1 || !strings.Contains(text, `<img width="441" height="288" `) {
		t.Errorf("live picture: %.300s", text)
	}
	html := run(t, "html")
	if len(html) != 1 || html[0].Data[protocol.MIMETextHTML] != "<b>9 neurons</b>" || html[0].Data[protocol.MIMETextPlain] != "9 neurons" {
		t.Errorf("HTML: %+v", html)
	}
}

// run runs a cell as the kernel does, with pipes, and returns what it displays.
func run(t *testing.T, cell string) []protocol.DisplayData {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCell+"="+cell)
	shown, err := displaytest.Run(cmd)
	if err != nil {
		t.Fatalf("%s: %v", cell, err)
	}
	return shown.Messages
}
