package fitted_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/runfolder"
)

// silenced is a recording in which neuron 2 never responds, neuron 8 always alike in training, and neuron 5 is silent in the test part alone.
func silenced(t *testing.T) *datasets.Dataset {
	t.Helper()
	d := *must(formats.Open(twelve))(t)
	set := func(values *[]float32, neuron int, v float32) {
		*values = slices.Clone(*values)
		for i := neuron; i < len(*values); i += 12 {
			(*values)[i] = v
		}
	}
	train, val, test := &d.Train.Responses.Values, &d.Val.Responses.Values, &d.Test.Responses.Values
	set(train, 2, 0)
	set(val, 2, 0)
	set(test, 2, 0)
	set(train, 8, 1.5)
	set(test, 5, 0)
	return &d
}

// Neurons of which nothing could be learned are dead in every analysis, whatever their weights are left with, and the run says why. Folders of older
// versions take it from the recording.
func TestSilentNeuronsAreDeadEverywhere(t *testing.T) {
	data := silenced(t)
	record := runfolder.Describe(data)
	if !slices.Equal(record.Silent, []int{2, 8}) {
		t.Fatalf("recorded as silent: %v", record.Silent)
	}
	recorded, older, lost := plant(t, record, 4), record, record
	older.Silent, lost.Silent, lost.Spec, lost.Fingerprint = nil, nil, "npz:/nowhere.npz", "0"
	for name, c := range map[string]struct {
		path string
		o    fitted.Options
		want []int
	}{
		"recorded":              {recorded, fitted.Options{Recordings: fitted.WithRecording(data)}, []int{2, 8}},
		"of an older version":   {plant(t, older, 4), fitted.Options{Recordings: fitted.WithRecording(data)}, []int{2, 8}},
		"older, recording lost": {plant(t, lost, 4), fitted.Options{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			run := open(t, c.path, c.o)
			dead := append(slices.Clone(c.want), 4)
			for n, s := range must(run.Silence())(t) {
				want := fitted.Responds
				switch {
				case slices.Contains(c.want, n):
					want = fitted.NeverVaries
				case n == 4:
					want = fitted.NoWeights
				}
				if s != want {
					t.Errorf("neuron %d: %q, want %q", n, s, want)
				}
			}
			isDead := func(what string, n int, is bool) {
				if t.Helper(); is != slices.Contains(dead, n) {
					t.Errorf("%s: neuron %d dead: %v", what, n, is)
				}
			}
			for n, group := range must(run.Power())(t).Group() {
				isDead("power", n, group < 0)
			}
			a := must(run.Analyse(ctx, features.Options{K: 2}))(t)
			for n, label := range a.Clustering.Labels {
				isDead("clusters", n, label < 0)
			}
			for _, n := range slices.Concat(a.Exemplars...) {
				if slices.Contains(dead, n) {
					t.Errorf("neuron %d is an exemplar", n)
				}
			}
			every := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
			fields := must(must(run.Subject(ctx))(t).Fields(ctx, every, nil, nil))(t)
			for n, is := range fields.Dead {
				isDead("fields", n, is)
				isDead("values of fields", n, math.IsNaN(float64(fields.Raw.Data.([]float32)[n*256])))
			}
			if c.want == nil {
				return
			}
			scores := must(run.Scores(ctx))(t)
			for n, s := range scores.Neurons {
				isDead("scores", n, s.Silent != "")
				if none := n == 2 || n == 5; math.IsNaN(float64(s.TestCorr)) != none {
					t.Errorf("neuron %d: test correlation %v", n, s.TestCorr)
				}
			}
			if scores.Unscored != 2 || len(scores.Remarks()) < 3 {
				t.Errorf("%d unscored; %q", scores.Unscored, scores.Remarks())
			}
			list := must(run.Because([]int{2, 4, 8, 0}, "another reason", strconv.Itoa, 1))(t)
			if list != "2 and 1 more (training responses never vary); 4 (no readout weights); 0 (another reason)" {
				t.Error(list)
			}
			if weights := must(run.Readout())(t).Weights; slices.Max(weights.At(2)) == 0 && slices.Min(weights.At(2)) == 0 {
				t.Error("the readout itself lost the weights of a silent neuron")
			}
		})
	}
}

// Results that an older version stored did not mark silent neurons.
func TestKeptResultsOfSilentNeurons(t *testing.T) {
	record := runfolder.Describe(silenced(t))
	record.Silent = []int{}
	path := plant(t, record)
	before := open(t, path, fitted.Options{})
	m := must(must(before.Subject(t.Context()))(t).MEIs(t.Context(), []int{1, 2}, insilico.MEIOptions{Images: 1, MaxSteps: 2}))(t)
	if m.Dead[1] {
		t.Fatal("the neuron is dead without a record")
	}
	if err := os.Mkdir(kept.Folder(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := before.Keep(filepath.Join(kept.Folder(path), "mei.npz"), must(before.Key([]int{1, 2}, ""))(t), m); err != nil {
		t.Fatal(err)
	}
	after := open(t, path, fitted.Options{})
	after.Dataset.Silent = []int{2}
	if k := must(after.Kept())(t); len(k.MEIs) != 1 || !slices.Equal(k.MEIs[0].Dead, []bool{false, true}) {
		t.Errorf("kept %+v", k)
	}
}
