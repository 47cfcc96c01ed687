package celltypes_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/celltypes"
)

func TestReadLabels(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	archive := func(name string, arrays map[string]array.Array) string {
		path := filepath.Join(dir, name)
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		return path
	}
	both := file("both.csv", "neuron,shift,cluster,consensus\n3,,0,1\n1,0.5,1,0\n2,,-1,1\n")
	for _, c := range []struct {
		path, which, name string
		want              []int
	}{
		{both, "", "consensus", []int{-1, 0, 1, 1, -1}},
		{both, "cluster", "cluster", []int{-1, 1, -1, 0, -1}},
		{file("mine.csv", "cluster,neuron\n1, 0\n0,4\n"), "", "cluster", []int{1, -1, -1, -1, 0}},
		{archive("all.npz", map[string]array.Array{"labels": array.New([]int{0, 1, 1, 0, -1})}), "", "cluster", []int{0, 1, 1, 0, -1}},
		{archive("some.npz", map[string]array.Array{"neurons": array.New([]int{4, 2}), "labels": array.New([]int{0, 1}), "consensus": array.New([]int{1, 0})}), "", "consensus", []int{-1, -1, 0, -1, 1}},
	} {
		labels, name, err := celltypes.ReadLabels(c.path, c.which, 5)
		if err != nil || name != c.name || !slices.Equal(labels, c.want) {
			t.Errorf("%s, %q: %v of %s, %v; want %v", filepath.Base(c.path), c.which, labels, name, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                           "empty table",
		"a,b\n1,2\n":                 "columns a, b; accepted: neuron and cluster",
		"neuron,type\n1,2\n":         "no cluster; accepted",
		"neuron,cluster\n5,0\n":      "neuron 5; accepted: 0 to 4",
		"neuron,cluster\n1,0\n2,2\n": "no neuron is in cluster 1 of 0 to 2",
		"neuron,cluster\n1,0\n":      "1 clusters; accepted: 2 or more",
		"neuron,cluster\n1,-2\n":     "in cluster -2",
		"neuron,cluster\n1,x\n":      `line 2: cluster "x"`,
		"neuron,cluster\n1\n":        "wrong number of fields",
	} {
		path := file("bad.csv", text)
		if _, _, err := celltypes.ReadLabels(path, "", 5); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, _, err := celltypes.ReadLabels(filepath.Join(dir, "none.csv"), "", 5); err == nil {
		t.Error("no file: no error")
	}
	if _, _, err := celltypes.ReadLabels(file("types.txt", ""), "", 5); err == nil || !strings.Contains(err.Error(), ".csv or .npz") {
		t.Errorf("another ending: %v", err)
	}
	uneven := archive("uneven.npz", map[string]array.Array{"neurons": array.New([]int{4}), "labels": array.New([]int{0, 1})})
	if _, _, err := celltypes.ReadLabels(uneven, "", 5); err == nil || !strings.Contains(err.Error(), "2 values of cluster for 1 neurons") {
		t.Errorf("uneven arrays: %v", err)
	}
}
