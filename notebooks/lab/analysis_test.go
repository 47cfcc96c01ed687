package lab_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/notebooks/lab"
	"v1lab/notebooks/report"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder/runfoldertest"
)

const small = "simulated:?neurons=8&images=120&val=30&test=20&repeats=3&height=16&width=16"

var settings = []string{"core.features=2,2,3", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=5", "fit.max_steps=10"}

// shared is a run folder that the tests only read, made once, in a folder that TestMain removes; other is one of the same recording with another seed, and
// copied is one to change.
var (
	folder string
	shared = sync.OnceValue(func() string { return lab.Fit(small, "quickstart", filepath.Join(folder, "run"), settings...).Path })
	other  = sync.OnceValue(func() string {
		return lab.Fit(small, "quickstart", shared()+"-other", append(slices.Clone(settings), "fit.seed=2")...).Path
	})
)

func TestMain(m *testing.M) {
	durable.Use(faulty.Unsynced{}) // nothing here outlives the tests
	var err error
	if folder, err = os.MkdirTemp("", "v1lab-lab"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	os.Exit(status)
}

func copied(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(path, os.DirFS(shared())); err != nil {
		t.Fatal(err)
	}
	runfoldertest.Unseal(t, path)
	return path
}

// Without features a neuron is dead.
func kill(t *testing.T, run string, neuron int) {
	t.Helper()
	path := filepath.Join(run, "best", "weights.npz")
	w, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	f := w[readout.Features]
	clear(f.Data.([]float32)[neuron*f.Shape[1] : (neuron+1)*f.Shape[1]])
	if err := array.WriteNPZ(path, w); err != nil {
		t.Fatal(err)
	}
}

// Results are kept in the run folder: asked for again they are the same and come from there; other settings have files of their own.
func TestResultsAreKept(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles most exciting images, tuning and receptive fields")
	}
	path := copied(t)
	r := lab.Open(path)
	o := lab.MEIOptions{Images: 2, MaxSteps: 5}
	first := r.MEIs([]int{2, 5}, o)
	files := kept(t, path)
	again := lab.Open(path).MEIs([]int{2, 5}, o)
	if !slices.Equal(first.Images.Data.([]float32), again.Images.Data.([]float32)) || !slices.Equal(files, kept(t, path)) || len(files) != 1 {
		t.Errorf("asked for again: other images, or files %v instead of %v", kept(t, path), files)
	}
	r.MEIs([]int{2}, o)
	tuning := r.Tuning([]int{1, 3}, "small")
	reread := lab.Open(path).Tuning([]int{1, 3}, "small")
	if !slices.Equal(tuning.Optimal.Gabors, reread.Optimal.Gabors) || !slices.Equal(tuning.Plaids.Data.([]float32), reread.Plaids.Data.([]float32)) ||
		!slices.Equal(tuning.Axes.Sizes, reread.Axes.Sizes) || !slices.Equal(tuning.Grey, reread.Grey) || !slices.Equal(tuning.Optimal.Indices, reread.Optimal.Indices) {
		t.Errorf("tuning %+v came back as %+v", tuning, reread)
	}
	if coarse := r.Tuning([]int{1, 3}, "coarse"); len(coarse.Optimal.Gabors) != 2 || coarse.Optimal.Rates[0] > tuning.Optimal.Rates[0]*1.2 {
		t.Errorf("the coarse grid's best %v, the small one's %v", coarse.Optimal.Rates, tuning.Optimal.Rates)
	}
	if files := kept(t, path); len(files) != 4 {
		t.Errorf("kept %v, want 4 files", files)
	}
}

func kept(t *testing.T, run string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(run, "insilico"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// A cell asks for rates, filters and the readout without a context, and gets them or ends.
func TestRunAnswers(t *testing.T) {
	r := lab.Open(shared())
	if rates := r.Rates(r.Data.Test.Images); rates.N != 20 || rates.Neurons != 8 || len(rates.Values) != 160 {
		t.Errorf("%d values for [%d, %d]", len(rates.Values), rates.N, rates.Neurons)
	}
	layers, readout := r.Filters(), r.Readout()
	if len(layers) != 3 || readout.Weights.Neurons != 8 {
		t.Errorf("%d layers, readout of %d neurons", len(layers), readout.Weights.Neurons)
	}
	for name, draw := range map[string]func() error{
		"filters": func() error { _, err := report.Filters(layers, readout.Weights.Rotations); return err },
		"masks":   func() error { _, err := report.Masks(readout, r.Data.Neurons); return err },
		"power":   func() error { _, err := report.PowerMatrix(readout, r.Data.Truth); return err },
		"loss":    func() error { _, err := report.LossCurve(r.Folder); return err },
	} {
		if err := draw(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A dead neuron is left out or marked, in every figure.
func TestDeadNeuron(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles most exciting images and tuning")
	}
	path := copied(t)
	kill(t, path, 5)
	r := lab.Open(path)
	if chosen := r.Neurons("", 8); len(chosen) == 0 || slices.Contains(chosen, 5) {
		t.Errorf("strongest neurons %v, want some, and not 5", chosen)
	}
	both := []int{4, 5}
	layout, fields, meis, tuning := r.Layout(), r.ReceptiveFields(both, r.Image(3)), r.MEIs(both, lab.MEIOptions{Images: 2, MaxSteps: 3}), r.Tuning(both, "small")
	for name, dead := range map[string][]bool{"fields": fields.Dead, "images": meis.Dead, "tuning": tuning.Optimal.Dead} {
		if !slices.Equal(dead, []bool{false, true}) {
			t.Errorf("%s: dead %v", name, dead)
		}
	}
	tuned := report.TunedOf(tuning, r.Data.Truth)
	if v := tuned.Orientation; math.IsNaN(v[0]) || !math.IsNaN(v[1]) {
		t.Errorf("preferred orientations %v", v)
	}
	types := lab.CellTypes(0, path)
	for name, draw := range map[string]func() error{
		"fields":        func() error { _, err := report.ReceptiveFields(layout, both, fields.Masked); return err },
		"images":        func() error { _, err := report.MostExciting(layout, meis); return err },
		"images each":   func() error { _, err := report.MostExcitingEach(layout, meis, both); return err },
		"tuning":        func() error { _, err := report.Tuning(tuning, both); return err },
		"orientations":  func() error { _, err := report.Orientations(tuned, 22.5); return err },
		"measures":      func() error { _, err := report.TuningMeasures(tuned); return err },
		"embedding":     func() error { _, err := types.Embedding(); return err },
		"aligned":       func() error { _, err := types.AlignedWeights(); return err },
		"weights":       func() error { _, err := report.WeightsInUse(r.Readout()); return err },
		"features":      func() error { _, err := report.FeatureUse(r.Readout()); return err },
		"two exemplars": func() error { _, err := types.Portraits(2, lab.MEIOptions{Images: 1, MaxSteps: 2}); return err },
	} {
		if err := draw(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, rows := report.FeatureTable(r.Readout()); rows[0][2] != "1" {
		t.Errorf("table of features %v, want 1 neuron without weights", rows)
	}
	if _, err := report.Tuning(tuning, []int{3}); err == nil || err.Error() != "tuning: nothing is known of neuron 3" {
		t.Errorf("neuron 3: %v", err)
	}
	if _, err := types.Consistency(); err == nil || !strings.Contains(err.Error(), "found 1 fit") {
		t.Errorf("stability of one fit: %v", err)
	}
}

// Refits have the run's config but for the seed, and clusters of all of them are compared.
func TestRefits(t *testing.T) {
	path := copied(t)
	paths := lab.Refits(path, 3)
	if want := []string{path, path + "-seed2", path + "-seed3"}; !slices.Equal(paths, want) {
		t.Errorf("paths %v, want %v", paths, want)
	}
	second := lab.Open(paths[1])
	want := lab.Open(path).Config
	if want.Fit.Seed = 2; !want.SameFit(second.Config) {
		t.Errorf("config of the second fit %+v, want %+v", second.Config, want)
	}
	types := lab.CellTypes(2, paths...)
	if s := types.Report.Stability; s == nil || s.Runs != 3 || len(s.Clusters) != 2 {
		t.Errorf("stability %+v", s)
	}
	if _, rows := report.StableTable(types.Report); len(rows) != 2 {
		t.Errorf("table of clusters %v", rows)
	}
	if _, err := types.Consistency(); err != nil {
		t.Error(err)
	}
	for _, g := range types.ByMethod(2) {
		if g.Clustering.K != 2 || g.By != "" {
			t.Errorf("%s: %d clusters chosen by %q, want 2 as given", g.Method, g.Clustering.K, g.By)
		}
	}
}

// What cannot be done ends the cell with one line that says why. Each case runs in a process of its own.
func TestBadInputEndsTheCell(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	cases := map[string]struct {
		do   func(run string)
		want string
	}{
		"neuron":  {func(run string) { lab.Open(run).Neurons("3,8", 1) }, `neurons: "8" in "3,8"; the run has 8 neurons, accepted: 0 to 7`},
		"list":    {func(run string) { lab.Open(run).Neurons("a", 1) }, `neurons: "a" in "a"`},
		"fields":  {func(run string) { lab.Open(run).ReceptiveFields([]int{9}, nil) }, "neuron 9 does not exist; accepted: 0 to 7"},
		"image":   {func(run string) { lab.Open(run).Image(30) }, "image: found 30, the validation part has 30; accepted: 0 to 29"},
		"k":       {func(run string) { lab.CellTypes(9, run) }, "found 8 neurons with weights (of 8); 9 clusters need at least as many"},
		"grid":    {func(run string) { lab.Open(run).Tuning([]int{0}, "fine") }, `grid: found "fine"; accepted: coarse, small, paper`},
		"number":  {func(string) { lab.Int("many", 3, 1) }, `parameter many: found "0.5"; accepted: a whole number from 1`},
		"no run":  {func(run string) { lab.Refits(run+"x", 2) }, "x"},
		"browse":  {func(run string) { lab.Open(run).Browse(3, 3) }, "neuron browser: found neuron 3 as number 1; accepted: 0 to 7, each once"},
		"one":     {func(run string) { lab.OpenEnsemble(run) }, "ensemble: found 1 run; accepted: two or more run folders"},
		"twice":   {func(run string) { lab.OpenEnsemble(run, run) }, "given twice"},
		"types":   {func(run string) { lab.OpenEnsemble(run, run+"-other").Cluster(2) }, "ensemble of 2 runs: cell types by feature weights has no meaning for several models; accepted: one run, such as lab.Open("},
		"browser": {func(run string) { lab.OpenEnsemble(run, run+"-other").Browse() }, "a browser of masks and feature weights has no meaning"},
		"norm":    {func(run string) { lab.Open(run).MEIs([]int{0}, lab.MEIOptions{Norm: -1}) }, "mei: norm: -1, must be above 0"},
	}
	if name := os.Getenv("LAB_TEST_CASE"); name != "" {
		cases[name].do(os.Getenv("LAB_TEST_RUN"))
		return
	}
	other()
	for name, c := range cases {
		cmd := exec.Command(os.Args[0], "-test.run=^TestBadInputEndsTheCell$")
		cmd.Env = append(os.Environ(), "LAB_TEST_CASE="+name, "LAB_TEST_RUN="+shared(), "V1LAB_PARAM_MANY=0.5")
		var said strings.Builder
		cmd.Stderr = &said
		err := cmd.Run()
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		if last := lines[len(lines)-1]; fmt.Sprint(err) != "exit status 1" || !strings.Contains(last, c.want) {
			t.Errorf("%s: %v, %q; want exit status 1 and %q", name, err, said.String(), c.want)
		}
	}
}
