package kept_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"v1lab/datasets/array"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// meis are two images of 2 x 2 pixels of each of some neurons, the second the better; the last neuron is dead.
func meis(neurons ...int) *insilico.MEIs {
	n := len(neurons)
	m := &insilico.MEIs{Neurons: neurons, Dead: make([]bool, n)}
	var images, rates, loss []float32
	var steps []int64
	for i, neuron := range neurons {
		for k := range 2 {
			for p := range 4 {
				images = append(images, float32(10*neuron+k)+float32(p)/10)
			}
			rates, loss, steps = append(rates, float32(neuron+k)), append(loss, -1), append(steps, int64(3+k))
		}
		m.Dead[i] = i == n-1
	}
	m.Images, m.Rates, m.Loss, m.Steps = array.New(images, n, 2, 2, 2), array.New(rates, n, 2), array.New(loss, n, 2), array.New(steps, n, 2)
	return m
}

func tuning(neurons ...int) *insilico.Tuning {
	n := len(neurons)
	curve := func(shape ...int) array.Array {
		a := array.New(make([]float32, n), append([]int{n}, shape...)...)
		for i := range n {
			a.Data.([]float32)[i] = float32(i) + 0.5
		}
		return a
	}
	t := &insilico.Tuning{
		Optimal:     &insilico.Optimal{Neurons: neurons, Dead: make([]bool, n), Indices: make([]int, n), Rates: make([]float32, n)},
		Axes:        insilico.Axes{Orientations: []float64{0.1}, Frequencies: []float64{0.2}, Phases: []float64{0.3}, Sizes: []float64{4}, Contrasts: []float64{1}, PlaidContrasts: []float64{2}},
		Grey:        make([]float32, n),
		Orientation: curve(1), Frequency: curve(1), Phase: curve(1), SizeContrast: curve(1, 1), Plaids: curve(1, 1),
	}
	for i := range n {
		t.Optimal.Gabors = append(t.Optimal.Gabors, insilico.Gabor{X: float64(i), Y: 2, Size: 3, Frequency: 0.2, Contrast: 1, Orientation: 0.1, Phase: 0.3})
		t.Optimal.Indices[i], t.Optimal.Rates[i] = 5+i, float32(i)+1
	}
	return t
}

// folder is a run folder for results.
func folder(t *testing.T) string {
	t.Helper()
	run := t.TempDir()
	if err := os.Mkdir(kept.Folder(run), 0o755); err != nil {
		t.Fatal(err)
	}
	return run
}

func write(t *testing.T, path, key string, r kept.Result) {
	t.Helper()
	if err := kept.Write(path, key, r); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want array.Array) {
	t.Helper()
	a, err := got.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	b, err := want.Float64s()
	if err != nil || !slices.Equal(got.Shape, want.Shape) || !slices.Equal(a, b) {
		t.Errorf("%s: %v %v, want %v %v", what, got.Shape, a, want.Shape, b)
	}
}

// What was written comes back, by its key and among all that is kept; what is of other weights does not.
func TestRoundTrip(t *testing.T) {
	run := folder(t)
	m, tuned := meis(4, 2), tuning(0, 1, 3)
	images, curves := kept.Key("w1", m.Neurons, " 8 images"), kept.Key("w1", tuned.Optimal.Neurons, "small")
	write(t, kept.File(run, "meis", images), images, m)
	write(t, kept.File(run, "tuning", curves), curves, tuned)
	write(t, filepath.Join(kept.Folder(run), "rf.npz"), images, &insilico.Fields{Neurons: []int{1}, Dead: []bool{false}, Raw: array.New([]float32{1}, 1, 1, 1), Masked: array.New([]float32{1}, 1, 1, 1)})
	arrays, err := kept.Read(kept.File(run, "meis", images), images)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]array.Array{"images": m.Images, "rates": m.Rates, "loss": m.Loss, "image_steps": m.Steps, "steps": array.New([]int64{4, 4}), "neuron": array.New([]int{4, 2})} {
		same(t, name, arrays[name], want)
	}
	all, err := kept.ReadAll(run, "w1")
	if err != nil || len(all.MEIs) != 1 || len(all.Tuning) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	same(t, "steps", all.MEIs[0].Steps, m.Steps)
	if back := all.Tuning[0]; !slices.Equal(back.Optimal.Gabors, tuned.Optimal.Gabors) || !slices.Equal(back.Optimal.Rates, tuned.Optimal.Rates) || !slices.Equal(back.Optimal.Indices, tuned.Optimal.Indices) {
		t.Errorf("optimal Gabors %+v, want %+v", back.Optimal, tuned.Optimal)
	}
	inhibiting := meis(4, 2)
	inhibiting.Inhibiting = true
	inhibiting.Loss.Data.([]float32)[0] = -2 // its first image, of the lower rate
	write(t, filepath.Join(kept.Folder(run), "inhibiting.npz"), images, inhibiting)
	if all, err = kept.ReadAll(run, "w1"); err != nil || len(all.MEIs) != 1 || len(all.Inhibiting) != 1 {
		t.Fatalf("with inhibiting images: %+v, %v", all, err)
	}
	diverse, more := meis(4), meis(4, 2)
	diverse.Diverse, diverse.Share, diverse.Most = true, 0.85, []float32{5}
	more.Diverse, more.Share, more.Most = true, 0.85, []float32{5, 6}
	write(t, filepath.Join(kept.Folder(run), "diverse.npz"), images, diverse)
	write(t, filepath.Join(kept.Folder(run), "more.npz"), images, more)
	write(t, filepath.Join(kept.Folder(run), "discriminative.npz"), images, &insilico.Discriminative{Images: array.New(make([]float32, 8), 2, 2, 2), Shares: array.New([]float64{1, 1}), Responses: array.New(make([]float64, 4), 2, 2), Rates: array.New(make([]float32, 2), 1, 2), Labels: []int{0}, Assigned: []int{0}})
	if all, err = kept.ReadAll(run, "w1"); err != nil || len(all.MEIs) != 1 || len(all.Diverse) != 2 || len(all.WidestDiverse().Neurons) != 2 {
		t.Fatalf("with diverse images: %+v, %v", all, err)
	}
	if best, most := all.Best([]int{4}), all.MostInhibiting([]int{4}); best.Inhibiting || !most.Inhibiting || best.Rates.Data.([]float32)[0] != 5 || most.Rates.Data.([]float32)[0] != 4 {
		t.Errorf("best %+v, most inhibiting %+v", best, most)
	}
	if other, err := kept.ReadAll(run, "w2"); err != nil || other.MEIs != nil || other.Tuning != nil {
		t.Errorf("of other weights: %+v, %v", other, err)
	}
	if none, err := kept.ReadAll(t.TempDir(), "w1"); err != nil || none.MEIs != nil {
		t.Errorf("of nothing: %+v, %v", none, err)
	}
	if _, err := kept.Read(kept.File(run, "meis", curves), curves); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := kept.Read(kept.File(run, "meis", images), curves); err == nil || !strings.Contains(err.Error(), "it holds the result of another key; remove the file to compute it anew") {
		t.Errorf("another key: %v", err)
	}
}

// Archives as notebooks and the command line wrote them before they had one form.
func TestEarlierForms(t *testing.T) {
	m, tuned := meis(4, 2), tuning(0, 1)
	change := func(arrays map[string]array.Array, renamed map[string]string, without ...string) map[string]array.Array {
		for to, from := range renamed {
			arrays[to] = arrays[from]
		}
		for _, name := range without {
			delete(arrays, name)
		}
		return arrays
	}
	derived := []string{"preferred_orientation", "preferred_frequency", "preferred_phase", "surround_suppression", "cross_suppression"}
	for name, arrays := range map[string]map[string]array.Array{
		"images of notebooks":           change(m.Arrays(), map[string]string{"steps": "image_steps"}, "image_steps"),
		"images of the first notebooks": change(m.Arrays(), map[string]string{"steps": "image_steps"}, "image_steps", "neuron"),
		"images of v1lab mei":           m.Arrays(),
	} {
		run := folder(t)
		arrays["key"] = array.Scalar(kept.Key("w", m.Neurons, ""))
		if err := array.WriteNPZ(filepath.Join(kept.Folder(run), "a.npz"), arrays); err != nil {
			t.Fatal(err)
		}
		all, err := kept.ReadAll(run, "w")
		if err != nil || len(all.MEIs) != 1 {
			t.Fatalf("%s: %+v, %v", name, all, err)
		}
		same(t, name, all.MEIs[0].Steps, m.Steps)
		if !slices.Equal(all.MEIs[0].Neurons, m.Neurons) {
			t.Errorf("%s: neurons %v", name, all.MEIs[0].Neurons)
		}
	}
	for name, arrays := range map[string]map[string]array.Array{
		"tuning of notebooks":  change(tuned.Arrays(), map[string]string{"gabors": "optimal", "rates": "optimal_rate"}, append(derived, "optimal", "optimal_rate")...),
		"tuning of v1lab tune": change(tuned.Arrays(), nil, "numbers"),
	} {
		run := folder(t)
		arrays["key"] = array.Scalar(kept.Key("w", tuned.Optimal.Neurons, ""))
		if err := array.WriteNPZ(filepath.Join(kept.Folder(run), "a.npz"), arrays); err != nil {
			t.Fatal(err)
		}
		all, err := kept.ReadAll(run, "w")
		if err != nil || len(all.Tuning) != 1 {
			t.Fatalf("%s: %+v, %v", name, all, err)
		}
		if back := all.Tuning[0]; !slices.Equal(back.Optimal.Gabors, tuned.Optimal.Gabors) || !slices.Equal(back.Optimal.Rates, tuned.Optimal.Rates) {
			t.Errorf("%s: %+v", name, back.Optimal)
		}
	}
}

// Of several archives the newest counts, and of a neuron's images the best; the tuning of most neurons is the widest.
func TestBestAndWidest(t *testing.T) {
	run := folder(t)
	now := time.Now()
	newer := meis(2)
	newer.Rates.Data.([]float32)[0] = 100
	put := func(name string, age time.Duration, r kept.Result, neurons []int) {
		path := filepath.Join(kept.Folder(run), name)
		write(t, path, kept.Key("w", neurons, ""), r)
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	put("a.npz", time.Hour, meis(4, 2, 7), []int{4, 2, 7})
	put("b.npz", 0, newer, []int{2})
	put("c.npz", 0, tuning(1), []int{1})
	put("d.npz", time.Hour, tuning(1, 2), []int{1, 2})
	all, err := kept.ReadAll(run, "w")
	if err != nil {
		t.Fatal(err)
	}
	best := all.Best([]int{0, 2, 4, 7})
	if !slices.Equal(best.Neurons, []int{2, 4, 7}) || !slices.Equal(best.Dead, []bool{true, false, true}) {
		t.Errorf("neurons %v, dead %v", best.Neurons, best.Dead)
	}
	same(t, "images", best.Images, array.New([]float32{20, 20.1, 20.2, 20.3, 41, 41.1, 41.2, 41.3, 71, 71.1, 71.2, 71.3}, 3, 1, 2, 2))
	same(t, "rates", best.Rates, array.New([]float32{100, 5, 8}, 3, 1))
	if all.Best([]int{0}) != nil || (kept.Results{}).Widest() != nil {
		t.Error("found what is not there")
	}
	if w := all.Widest(); len(w.Optimal.Neurons) != 2 {
		t.Errorf("widest %v", w.Optimal.Neurons)
	}
}

// Recorded units are kept, and those of the best images are known if those of all are.
func TestRecordedUnits(t *testing.T) {
	run := folder(t)
	known, unknown := meis(4, 2), meis(7)
	known.Recorded = known.Images
	known.Units = &insilico.Units{Mean: 100, SD: 40, Training: []float64{0, 255}, Range: []float64{10, 200}, Std: 30}
	write(t, filepath.Join(kept.Folder(run), "a.npz"), kept.Key("w", []int{4, 2}, ""), known)
	write(t, filepath.Join(kept.Folder(run), "b.npz"), kept.Key("w", []int{7}, ""), unknown)
	all, err := kept.ReadAll(run, "w")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all.MEIs {
		if m.Neurons[0] == 4 && (m.Units == nil || fmt.Sprint(*m.Units) != fmt.Sprint(*known.Units)) || m.Neurons[0] == 7 && m.Units != nil {
			t.Errorf("neurons %v: units %+v", m.Neurons, m.Units)
		}
	}
	best := all.Best([]int{2, 4})
	if best.Units == nil || best.Units.Range != nil || best.Units.SD != 40 {
		t.Errorf("units %+v", best.Units)
	}
	same(t, "recorded", best.Recorded, best.Images)
	if all.Best([]int{2, 4, 7}).Units != nil {
		t.Error("units of images that have none")
	}
}

func TestDamaged(t *testing.T) {
	for name, change := range map[string]func(map[string]array.Array){
		`no array "rates"`:             func(a map[string]array.Array) { delete(a, "rates") },
		"2 marks of dead ones":         func(a map[string]array.Array) { a["images"] = array.New(make([]float32, 4), 1, 1, 2, 2) },
		"and steps [2] for 2 neurons":  func(a map[string]array.Array) { delete(a, "image_steps") },
		"dead: values of type float64": func(a map[string]array.Array) { a["dead"] = array.New([]float64{math.Pi, 1}) },
		`found neuron "4x"`:            func(a map[string]array.Array) { delete(a, "neuron"); a["key"] = array.Scalar("w [4x 2]") },
	} {
		run := folder(t)
		path := filepath.Join(kept.Folder(run), "a.npz")
		arrays := meis(4, 2).Arrays()
		arrays["key"] = array.Scalar(kept.Key("w", []int{4, 2}, ""))
		change(arrays)
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		_, err := kept.ReadAll(run, "w")
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), name) || !strings.HasSuffix(err.Error(), "; remove the file to compute it anew") {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	run := folder(t)
	if err := os.WriteFile(filepath.Join(kept.Folder(run), "a.npz"), []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.ReadAll(run, "w"); err == nil || !strings.Contains(err.Error(), "a.npz") {
		t.Errorf("error %v", err)
	}
}
