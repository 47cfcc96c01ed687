package celltypes_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
)

// silence takes a neuron's weights away.
func silence(t *testing.T, run *runfolder.Folder, neuron int) {
	t.Helper()
	values, err := run.Weights()
	if err != nil {
		t.Fatal(err)
	}
	clear(values[readout.Features].Data.([]float32)[neuron*8 : (neuron+1)*8])
	if err := run.SaveWeights(values); err != nil {
		t.Fatal(err)
	}
}

func TestAnalyseAndDescribe(t *testing.T) {
	run, data := planted(t)
	silence(t, run, 4)
	want := []int{0, 0, 0, 0, -1, 0, 1, 1, 1, 1, 1, 1}
	m, w, err := run.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	readout, err := celltypes.ReadoutFrom(m, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range features.Methods() {
		method, err := features.MethodByName(name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := celltypes.Analyse(readout.Weights, features.Options{K: 2, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if features.ARI(a.Clustering.Labels, want) != 1 || a.Method != name || a.Clustering.Labels[4] != -1 {
			t.Errorf("%s: method %s, labels %v", name, a.Method, a.Clustering.Labels)
		}
		if err := celltypes.Join([]*celltypes.Analysis{a, a}, false); err != nil {
			t.Fatal(err)
		}
		r, err := celltypes.Describe([]*celltypes.Analysis{a, a}, data.Truth)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Confusion) != 2 || len(r.Confusion[0]) != len(data.Truth.TypeNames) || !slices.Equal(r.Dead, []int{4}) || len(r.Exemplars) != 2 || len(r.Exemplars[0]) != 5 {
			t.Errorf("%s: confusion %v, dead %v, exemplars %v", name, r.Confusion, r.Dead, r.Exemplars)
		}
		for n, l := range r.Labels {
			dead := l < 0
			at := r.Embedding[n]
			for what, v := range map[string]float64{"shift": float64(r.Shifts[n]), "distance": float64(r.Distances[n]), "place": float64(at[0] + at[1]), "consistency": float64(r.Stability.Neurons[n])} {
				if math.IsNaN(v) != dead {
					t.Errorf("%s: neuron %d of cluster %d: %s %v", name, n, l, what, v)
				}
			}
		}
		for _, c := range r.Stability.Clusters {
			if !c.Believed || c.Mean != 1 || len(c.Jaccard) != 1 || c.Size != r.Sizes[c.Cluster] {
				t.Errorf("%s: the same clusters twice: %+v", name, c)
			}
		}
		text, err := json.Marshal(r)
		if err != nil || !strings.Contains(string(text), `"dead":[4]`) {
			t.Errorf("%s: %v, %s", name, err, text)
		}
		arrays := celltypes.Arrays(a, r)
		for name, shape := range map[string][]int{
			"labels": {12}, "shifts": {12}, "distances": {12}, "embedding": {12, 2}, "aligned": {12, 4, 2}, "frame": {12}, "templates": {2, 4, 2}, "medoids": {2}, "tried": {2, 3},
			"ari": {2, 2}, "matched": {2, 12}, "consistency": {12}, "jaccard": {2, 1}, "believed": {2},
			"consensus": {12}, "confidence": {12}, "votes": {12}, "together": {2, 2},
		} {
			if got := arrays[name].Shape; !slices.Equal(got, shape) {
				t.Errorf("%s: shape %v, want %v", name, got, shape)
			}
		}
		if len(arrays) != 18 {
			t.Errorf("%d arrays", len(arrays))
		}
	}
}

// A table has a line for each neuron and nothing where there is no number.
func TestWriteCSV(t *testing.T) {
	run, data := planted(t)
	silence(t, run, 4)
	m, w, err := run.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	readout, err := celltypes.ReadoutFrom(m, w)
	if err != nil {
		t.Fatal(err)
	}
	var analyses []*celltypes.Analysis
	for seed := range uint64(2) {
		a, err := celltypes.Analyse(readout.Weights, features.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		analyses = append(analyses, a)
	}
	for i, want := range []string{"4,-1,,,,", "4,-1,,,,,,-1,,0"} {
		count := i + 1
		if count == 2 {
			if err := celltypes.Join(analyses, true); err != nil { // which finds 11 neurons too few to show a valley
				t.Fatal(err)
			}
		}
		r, err := celltypes.Describe(analyses[:count], data.Truth)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := celltypes.WriteCSV(&text, r); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text.String(), "\n")
		if len(lines) != 14 || lines[5] != want || strings.Count(lines[0], ",") != strings.Count(want, ",") || !strings.HasPrefix(lines[1], fmt.Sprintf("0,%d,", r.Labels[0])) {
			t.Errorf("%d runs:\n%s", count, text.String())
		}
		if count == 2 && (r.By != "stability" || r.Recurrence.Over != celltypes.OverFits || r.Consensus.K != r.K || len(r.Consensus.None) != 0 || !slices.Equal(r.Consensus.Labels, r.Labels)) {
			t.Errorf("%+v, %+v", r.Recurrence, r.Consensus)
		}
	}
}

func TestDescribeNothing(t *testing.T) {
	if _, err := celltypes.Describe(nil, nil); err == nil {
		t.Error("described nothing")
	}
	if err := celltypes.Join(make([]*celltypes.Analysis, 1), true); err == nil {
		t.Error("joined one run")
	}
}
