package figures_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// dots returns the table inside an interactive figure, which must be JSON without NaN, null or addresses.
func dots(t interface{ Fatalf(string, ...any) }, f *figures.Figure) (header []string, rows [][]string) {
	text, err := json.Marshal(f.VegaLite())
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, bad := range []string{"NaN", "Inf", "null", "://"} {
		if strings.Contains(string(text), bad) {
			t.Fatalf("%s in %.300s", bad, text)
		}
	}
	var spec struct {
		Data struct{ Values string }
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatalf("%v", err)
	}
	all, err := csv.NewReader(strings.NewReader(spec.Data.Values)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%v in %.300s", err, spec.Data.Values)
	}
	return all[0], all[1:]
}

// The interactive scatter has a row for each neuron that the picture shows, to four digits, with whatever its id holds.
func TestInteractiveScatter(t *testing.T) {
	ids := figures.Tip{Name: "id", Text: []string{"a\"b, \n</script>", "", "c"}}
	f, err := figures.CorrelationScatter([]float64{0.912345, math.NaN(), 0.5}, []float64{0.81, 0.7, 0.25}, []int{1, 0, -1}, []string{"simple", "complex"}, ids, figures.NumberTip("oracle", []float64{-0.123456, 1, math.NaN()}))
	if err != nil {
		t.Fatal(err)
	}
	header, rows := dots(t, f)
	want := [][]string{{"neuron", "x", "y", "group0", "tip0", "tip1"}, {"0", "0.9123", "0.81", "complex", ids.Text[0], "\u22120.1235"}, {"2", "0.5", "0.25", "unknown", "c", "\u2013"}}
	if got := append([][]string{header}, rows...); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("table %q, want %q", got, want)
	}
	if h, err := figures.CorrelationHistogram([]float64{0.5}, nil); err != nil || h.VegaLite() != nil {
		t.Errorf("a histogram has nothing to point at: %v %v", h.VegaLite(), err)
	}
	if _, err := figures.CorrelationScatter([]float64{1}, []float64{1}, nil, nil, ids); err == nil || !strings.Contains(err.Error(), `found 3 texts of tip "id"; one per neuron, 1, is needed`) {
		t.Errorf("tips of other neurons: %v", err)
	}
}

// Neurons without a place are left out of both panels, and the rest keep their numbers.
func TestInteractiveEmbedding(t *testing.T) {
	d := plane()
	d.At[0] = [2]float64{math.NaN(), math.NaN()}
	d.Cluster[0] = -1
	f, err := figures.Embedding(d)
	if err != nil {
		t.Fatal(err)
	}
	_, rows := dots(t, f)
	if len(rows) == 0 || len(rows) >= len(d.At) || rows[0][0] == "0" {
		t.Errorf("%d rows of %d neurons, the first %v", len(rows), len(d.At), rows[0])
	}
	text, err := json.Marshal(f.VegaLite())
	if err != nil || strings.Count(string(text), `"over0"`) < 3 || !strings.Contains(string(text), "Not shown, dead") {
		t.Errorf("%v: no selection that both panels share, or no note in %.200s", err, text)
	}
}

// More neurons than MaxDots are thinned at even steps, and the figure says so.
func TestInteractiveIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3*figures.MaxDots).Draw(t, "neurons")
		corr := make([]float64, n)
		for i := range corr {
			corr[i] = float64(i) / float64(n)
		}
		f, err := figures.CorrelationScatter(corr, corr, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, rows := dots(t, f)
		if len(rows) != min(n, figures.MaxDots) {
			t.Fatalf("%d rows of %d neurons", len(rows), n)
		}
		title, _ := f.VegaLite()["title"].(map[string]any)
		if said := strings.Contains(fmt.Sprint(title["text"]), fmt.Sprintf("of %d neurons", n)); said != (n > figures.MaxDots) {
			t.Fatalf("%d neurons: note %v", n, title)
		}
		last := -1
		for _, r := range rows {
			i, err := strconv.Atoi(r[0])
			if err != nil || i <= last {
				t.Fatalf("neuron %s after %d", r[0], last)
			}
			last = i
		}
	})
}

// Where a fit goes back to its best weights the curves start anew; losses that do not exist are missing, not NaN.
func TestInteractiveLoss(t *testing.T) {
	nan := math.NaN()
	f, err := figures.LossCurve("Poisson loss per image (nats)", []figures.LossPoint{{Step: 10, Loss: 3, Validation: nan, LearningRate: 0.1, Stage: 1}, {Step: 20, Loss: 2, Validation: 2.5, LearningRate: 0.1, Stage: 1}, {Step: 15, Loss: math.Inf(1), Validation: 2.25, LearningRate: 0.01, Stage: 2}})
	if err != nil {
		t.Fatal(err)
	}
	header, rows := dots(t, f)
	want := "[[row step part training validation t v rate stage] [0 10 0 3  3 \u2013 0.1 1] [1 20 0 2 2.5 2 2.5 0.1 1] [2 15 1  2.25 \u2013 2.25 0.01 2]]"
	if got := fmt.Sprint(append([][]string{header}, rows...)); got != want {
		t.Errorf("table %s, want %s", got, want)
	}
}

// Thumbnails have a dot per value and stay small.
func TestThumbnails(t *testing.T) {
	rng := random(9)
	values := make([]float32, 24*20)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	values[3] = float32(math.NaN())
	for p, name := range map[figures.Palette]string{figures.Diverging: "diverging", figures.Grey: "grey", figures.Sequential: "sequential"} {
		picture, err := figures.Thumbnail(p, values, 20, 24)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(picture))
		if err != nil || img.Bounds().Dx() != 24 || img.Bounds().Dy() != 20 || len(picture) > 800 {
			t.Errorf("%s: %v, %v, %d bytes; want 24 x 20 in 800 bytes", name, err, img.Bounds(), len(picture))
		}
		if r, g, b, _ := img.At(3, 0).RGBA(); r>>8 != 0xe0 || g>>8 != 0xd8 || b>>8 != 0xc0 {
			t.Errorf("%s: NaN has the colour %x %x %x", name, r>>8, g>>8, b>>8)
		}
		if _, err := figures.Thumbnail(p, make([]float32, 4), 2, 2); err != nil {
			t.Errorf("%s of a flat picture: %v", name, err)
		}
	}
	bars, err := figures.BarThumbnail([]float64{1, -1, math.NaN(), 0}, 2, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(bars))
	if err != nil {
		t.Fatal(err)
	}
	height := img.Bounds().Dy()
	for name, at := range map[string]struct {
		x, y int
		want uint32
	}{"up": {0, 1, 0xd5}, "down": {4, height - 2, 0x00}, "no number": {10, 5, 0}} {
		if r, _, _, a := img.At(at.x, at.y).RGBA(); r>>8 != at.want || (name == "no number") != (a == 0) {
			t.Errorf("%s: red %x, alpha %x", name, r>>8, a)
		}
	}
	for want, do := range map[string]func() error{
		"found 3 values for 2 x 2 dots": func() error { _, err := figures.Thumbnail(figures.Grey, make([]float32, 3), 2, 2); return err },
		"found palette 7":               func() error { _, err := figures.Thumbnail(7, make([]float32, 4), 2, 2); return err },
		"found 0 values in groups of 2": func() error { _, err := figures.BarThumbnail(nil, 2, 0); return err },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
