package answers_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/fitted"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/runfolder/runfoldertest"
)

// opened is a run of a model with its start values.
func opened(t *testing.T) *fitted.Run {
	t.Helper()
	const data = "simulated:?neurons=8&images=120&val=30&test=20&repeats=3&height=16&width=18"
	d, err := answers.To(t.Context(), questions.Data, answers.Asked{}, data)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	if err := runfoldertest.Start(path, d); err != nil {
		t.Fatal(err)
	}
	r, err := fitted.Open(t.Context(), path, fitted.Options{Device: answers.Device})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() }) //nolint:errcheck // frees memory only
	return r
}

// ask asks as a page does.
func ask(t *testing.T, r *fitted.Run, text string) (shows questions.PageShows, err error) {
	t.Helper()
	answer, err := answers.To(t.Context(), questions.Page, answers.Asked{Run: r}, text)
	if err == nil {
		err = json.Unmarshal([]byte(answer), &shows)
	}
	return shows, err
}

func asks(t *testing.T, r *fitted.Run, of questions.PageAsks) questions.PageShows {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	shows, err := ask(t, r, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return shows
}

// What a page shows are the numbers of v1lab tune at the same Gabor, and those of v1lab rf at the same picture.
func TestPageShowsTuningAndFields(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles many programs")
	}
	r, neurons := opened(t), []int{5, 2}
	tuning, err := answers.Tuning(t.Context(), r, questions.TuningOf{Neurons: neurons, Grid: "coarse"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range neurons {
		best := tuning.Optimal.Gabors[i]
		const degree = 180 / 3.141592653589793
		g := questions.Gabor{X: best.X, Y: best.Y, Size: best.Size, Frequency: best.Frequency, Orientation: degree * best.Orientation, Phase: degree * best.Phase, Contrast: best.Contrast}
		at := func(set func(g *questions.Gabor)) float32 {
			t.Helper()
			v := g
			set(&v)
			return asks(t, r, questions.PageAsks{Gabor: &questions.GaborAsked{Gabor: &v, Neurons: neurons}}).Gabor.Rates[i]
		}
		var got, want []float32
		got, want = append(got, at(func(*questions.Gabor) {})), append(want, tuning.Optimal.Rates[i])
		orientations, frequencies, sizes, contrasts := len(tuning.Axes.Orientations), len(tuning.Axes.Frequencies), len(tuning.Axes.Sizes), len(tuning.Axes.Contrasts)
		got = append(got, at(func(g *questions.Gabor) { g.Orientation = degree * tuning.Axes.Orientations[7] }), at(func(g *questions.Gabor) { g.Frequency = tuning.Axes.Frequencies[4] }),
			at(func(g *questions.Gabor) { g.Size, g.Contrast = tuning.Axes.Sizes[3], tuning.Axes.Contrasts[5] }))
		want = append(want, tuning.Orientation.Data.([]float32)[i*orientations+7], tuning.Frequency.Data.([]float32)[i*frequencies+4], tuning.SizeContrast.Data.([]float32)[(i*sizes+3)*contrasts+5])
		golden.Compare(t, "rates", got, want, 1e-6)

		s, err := r.Subject(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		picture, err := s.Picture(insilico.Plaid{best})
		if err != nil {
			t.Fatal(err)
		}
		shown := asks(t, r, questions.PageAsks{Field: &questions.FieldAsked{Gabor: &g, Neuron: neurons[i], X: 3, Y: 2, Numbers: true}}).Field
		fields, err := s.Fields(t.Context(), []int{neurons[i], shown[1].Neuron}, picture, nil)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "fields", append(shown[0].Values, shown[1].Values...), fields.Raw.Data.([]float32), 1e-6)
	}
	grey := asks(t, r, questions.PageAsks{Gabor: &questions.GaborAsked{Neurons: neurons}}).Gabor
	golden.Compare(t, "grey", grey.Rates, tuning.Grey, 1e-6)
	if size, err := png.DecodeConfig(bytes.NewReader(grey.PNG)); err != nil || size.Width != 18 || size.Height != 16 || grey.Values != nil {
		t.Errorf("picture %v %v, %d numbers", size, err, len(grey.Values))
	}
}

// The field of a click is that of the neuron which looks nearest to it.
func TestPageFieldAtAPlace(t *testing.T) {
	r := opened(t)
	s, err := r.Subject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		row, column := s.Centre(n)
		found := asks(t, r, questions.PageAsks{Field: &questions.FieldAsked{Number: 3, Neuron: n, X: float64(column), Y: float64(row)}}).Field
		if found[1].Neuron != n || found[1].Row != row || found[1].Column != column || len(found[0].PNG) == 0 || !(found[0].Limit > 0) {
			t.Errorf("at the centre of neuron %d: %+v", n, found[1])
		}
	}
	val, err := r.Recording()
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Fields(t.Context(), []int{4, 4}, val.Val.Images.At(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := asks(t, r, questions.PageAsks{Field: &questions.FieldAsked{Number: 3, Neuron: 4, Numbers: true}}).Field[0]
	golden.Compare(t, "field at an image", got.Values, want.Raw.Data.([]float32)[:16*18], 1e-6)
	if p := asks(t, r, questions.PageAsks{Image: &questions.ImageAsked{Number: 29}}).Image; len(p.PNG) == 0 || p.Limit != 3 {
		t.Errorf("image %+v", p)
	}
}

// Whatever comes from a browser is looked at.
func TestPageRefuses(t *testing.T) {
	r := opened(t)
	const gabor = `{"x":1,"y":1,"size":8,"frequency":0.1,"orientation":0,"phase":0,"contrast":1}`
	for text, want := range map[string]string{
		``:   "question of a page",
		`{}`: "found none or several; accepted: one of gabor, image, field",
		`{"image":{"number":1},"gabor":{"neurons":[1]}}`:                       "found none or several",
		`{"image":{"number":1}} {}`:                                            "something follows the question",
		`{"image":{"number":1,"path":"/etc/passwd"}}`:                          `unknown field "path"`,
		`{"image":{"number":30}}`:                                              "image: found number 30; accepted: 0 to 29",
		`{"gabor":{"neurons":[]}}`:                                             "no neurons chosen",
		`{"gabor":{"neurons":[8]}}`:                                            "neuron 8 does not exist; accepted: 0 to 7",
		`{"gabor":{"neurons":[` + strings.Repeat("1,", 64) + `1]}}`:            "found 65 neurons; accepted: at most 64",
		`{"gabor":{"neurons":[1],"gabor":{"size":0}}}`:                         "gabor: size: found 0",
		`{"gabor":{"neurons":[1],"gabor":{"size":8,"x":1e7}}}`:                 "gabor: x: found 1e+07",
		`{"field":{"gabor":` + gabor + `,"neuron":8,"x":1,"y":1,"number":0}}`:  "field: found neuron 8; accepted: 0 to 7",
		`{"field":{"gabor":` + gabor + `,"neuron":1,"x":18,"y":1,"number":0}}`: "field: found pixel (18, 1); accepted: (0, 0) to (17, 15)",
		`{"field":{"neuron":1,"x":1,"y":1,"number":-1}}`:                       "image: found number -1",
	} {
		if _, err := ask(t, r, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
