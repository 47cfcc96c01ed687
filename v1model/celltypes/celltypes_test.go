package celltypes_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

const spec = "simulated:?neurons=12&images=40&val=20&test=10&repeats=3&height=16&width=16"

// planted makes a run folder whose readout uses one feature for the first half of the neurons and another for the rest, each at
// an orientation of its own.
func planted(t *testing.T, settings ...string) (*runfolder.Folder, *datasets.Dataset) {
	t.Helper()
	data, err := formats.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", append([]string{"core.features=2,2,2", "core.filter_sizes=5,3,3", "core.rotations=4", "core.padding=same,same,same"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runfolder.Create(filepath.Join(t.TempDir(), "run"), config, runfolder.Describe(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() }) //nolint:errcheck // a test's lock
	m, err := run.Model()
	if err != nil {
		t.Fatal(err)
	}
	values := weights.Init(m.Specs(), 1)
	w := values[readout.Features].Data.([]float32)
	clear(w)
	rng := rand.New(rand.NewPCG(1, 0))
	for n := range 12 {
		w[n*8+rng.IntN(4)*2+n/6] = -0.5 - rng.Float32()
	}
	if err := run.SaveWeights(values); err != nil {
		t.Fatal(err)
	}
	return run, data
}

func TestReadIsWhatActs(t *testing.T) {
	run, _ := planted(t, "readout.positive_features=true")
	m, w, err := run.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	r, err := celltypes.ReadoutFrom(m, w)
	if err != nil {
		t.Fatal(err)
	}
	if r.Weights.Neurons != 12 || r.Weights.Rotations != 4 || r.Weights.Features != 2 {
		t.Errorf("weights are %d x %d x %d, want 12 x 4 x 2", r.Weights.Neurons, r.Weights.Rotations, r.Weights.Features)
	}
	for what, values := range map[string][]float32{"weight": r.Weights.Values, "mask": r.Masks.Data.([]float32)} {
		for i, v := range values {
			if v < 0 {
				t.Fatalf("%s %d is %v: as it acts it is not negative", what, i, v)
			}
		}
	}
	if got := r.Masks.Shape; len(got) != 3 || got[0] != 12 || got[1] != 16 || got[2] != 16 {
		t.Errorf("masks are %v, want [12 16 16]", got)
	}
	if r.Biases.Len() != 12 {
		t.Errorf("%d biases, want 12", r.Biases.Len())
	}
}

func TestCompare(t *testing.T) {
	c := features.Clustering{K: 1, Labels: []int{0, 0}, Sizes: []int{2}, Silhouette: math.NaN()}
	if r, err := celltypes.Compare([]features.Clustering{c}, nil); err != nil || r.ARITruth != nil || r.Stability != nil {
		t.Errorf("without truth and company: %+v, %v", r, err)
	}
	// Dead neurons, those of no cluster, are nothing that runs have in common.
	dead := func(labels ...int) features.Clustering {
		return features.Clustering{K: 2, Labels: append(labels, -1, -1, -1, -1), Sizes: []int{2, 2}}
	}
	r, err := celltypes.Compare([]features.Clustering{dead(0, 0, 1, 1), dead(0, 1, 0, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Stability; math.Abs(float64(s.Mean)+0.5) > 1e-12 || s.ARI[0][1] != s.Mean || s.Counted[0][1] != 4 || s.MinCounted() != 4 {
		t.Errorf("index %v, %v over %v neurons; want -0.5 over the 4 that live", s.Mean, s.ARI, s.Counted)
	}
	for name, f := range map[string]func() error{
		"none": func() error { _, err := celltypes.Compare(nil, nil); return err },
		"truth too long": func() error {
			_, err := celltypes.Compare([]features.Clustering{c}, &datasets.Truth{Type: []int{1}})
			return err
		},
		"other neurons": func() error {
			_, err := celltypes.Compare([]features.Clustering{c, {K: 1, Labels: []int{0}}}, nil)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
