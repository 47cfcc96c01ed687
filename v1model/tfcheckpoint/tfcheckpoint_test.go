package tfcheckpoint_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/tfcheckpoint"
	"v1lab/v1model/weights"
)

const goldenFolder = "testdata/tf_checkpoint"

// referenceModel is the model that the reference implementation saved.
func referenceModel(t testing.TB, f golden.File) *v1model.Model {
	t.Helper()
	var r struct {
		Core    golden.CoreConfig `json:"core"`
		Size    [2]int            `json:"image_shape"`
		Neurons int               `json:"num_neurons"`
		Readout struct {
			Sparsity float64 `json:"readout_sparsity"`
		} `json:"readout_cfg"`
	}
	f.Config(&r)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Core, config.Readout = r.Core.Core(), readout.Config{Kind: readout.JointL1, Sparsity: r.Readout.Sparsity}
	m, err := v1model.New(config, v1model.Shape{Height: r.Size[0], Width: r.Size[1], Channels: 1, Neurons: r.Neurons})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every variable to the digit, and the imported model's answers.
func TestReferenceCheckpoint(t *testing.T) {
	f := golden.Open(t, "testdata/tf_checkpoint_expected.npz")
	c, err := tfcheckpoint.Open(goldenFolder)
	if err != nil {
		t.Fatal(err)
	}
	compared := []string{"config"}
	for _, name := range c.Names() {
		got, err := c.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		key := "var." + strings.ReplaceAll(name, "/", ".")
		want := f.Array(key)
		if diff := cmp.Diff(want.Data, got.Data); diff != "" || !slices.Equal(got.Shape, want.Shape) {
			t.Errorf("%s: shape %v, want %v; values:\n%s", name, got.Shape, want.Shape, diff)
		}
		compared = append(compared, key)
	}

	m := referenceModel(t, f)
	values, unmapped, err := tfcheckpoint.Weights(c, m)
	if err != nil {
		t.Fatal(err)
	}
	if len(unmapped) > 0 {
		t.Errorf("unmapped variables %v", unmapped)
	}
	if err := values.Check(m.Specs()); err != nil {
		t.Error(err)
	}
	got := golden.Run(t, pjrttest.Backend(t), values, []array.Array{f.Float32("images")}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		forward := m.Forward(w, in[0], false)
		return map[string]*graph.Node{"predictions": forward.Rates(), "core_output": forward.Core.Maps}
	})
	compared = append(compared, "images")
	for k, v := range got {
		golden.Compare(t, k, v, f.Float32(k).Data.([]float32), golden.Value)
		compared = append(compared, k)
	}
	slices.Sort(compared)
	if diff := cmp.Diff(f.Keys(), compared); diff != "" {
		t.Errorf("arrays of the reference and those compared:\n%s", diff)
	}
}

// Any layout that the format allows: several data files and blocks, both byte orders, all types.
func TestEveryLayout(t *testing.T) {
	dir := t.TempDir()
	prefix := filepath.Join(dir, "m.ckpt")
	rapid.Check(t, func(rt *rapid.T) {
		w := newWriter()
		w.shards = rapid.IntRange(1, 3).Draw(rt, "shards")
		w.perBlock = rapid.IntRange(1, 8).Draw(rt, "entries per block")
		w.restart = rapid.IntRange(1, 5).Draw(rt, "restart interval")
		if rapid.Bool().Draw(rt, "big-endian") {
			w.order = binary.BigEndian
		}
		var variables []variable
		want := map[string]array.Array{}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[ab]{1,3}(/[ab_1]{1,4}){0,3}`), 0, 12, rapid.ID).Draw(rt, "names") {
			shape := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(rt, "shape")
			n, dims := 1, []int64{}
			for _, d := range shape {
				n, dims = n*d, append(dims, int64(d))
			}
			v := variable{name: name, shape: dims, shard: rapid.IntRange(0, w.shards-1).Draw(rt, "shard")}
			var a array.Array
			switch rapid.IntRange(0, 6).Draw(rt, "type") {
			case 0:
				v.dtype, a = 1, draw(rt, rapid.Float32(), n)
			case 1:
				v.dtype, a = 2, draw(rt, rapid.Float64(), n)
			case 2:
				v.dtype, a = 3, draw(rt, rapid.Int32(), n)
			case 3:
				v.dtype, a = 4, draw(rt, rapid.Uint8(), n)
			case 4:
				v.dtype, a = 9, draw(rt, rapid.Int64(), n)
			case 5:
				v.dtype, a = 10, draw(rt, rapid.Bool(), n)
			case 6:
				v.dtype, a = 17, draw(rt, rapid.Uint16(), n)
			}
			a.Shape, v.values = shape, a.Data
			variables, want[name] = append(variables, v), a
		}
		w.write(t, prefix, variables...)
		c, err := tfcheckpoint.Open(prefix)
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]array.Array{}
		for _, name := range c.Names() {
			if got[name], err = c.Read(name); err != nil {
				rt.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func draw[T array.Element](rt *rapid.T, g *rapid.Generator[T], n int) array.Array {
	return array.New(rapid.SliceOfN(g, n, n).Draw(rt, "values"), n)
}

func TestOpenFindsTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	newWriter().write(t, filepath.Join(dir, "one", "model.ckpt-7"), variable{name: "seven", dtype: 1, values: []float32{7}, shape: []int64{1}})
	newWriter().write(t, filepath.Join(dir, "two", "model.ckpt-7"), variable{name: "seven", dtype: 1, values: []float32{7}, shape: []int64{1}})
	newWriter().write(t, filepath.Join(dir, "two", "model.ckpt-8"), variable{name: "eight", dtype: 1, values: []float32{8}, shape: []int64{1}})
	prefix := filepath.Join(dir, "two", "model.ckpt-8")
	state := func(text string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(dir, "two", "checkpoint"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		path    string
		prepare func()
		want    string // name of its variable, or the error
	}{
		{prefix, nil, "eight"},
		{prefix + ".index", nil, "eight"},
		{prefix + ".data-00000-of-00001", nil, "eight"},
		{filepath.Join(dir, "one"), nil, "seven"},
		{filepath.Join(dir, "two"), nil, `two: no file "checkpoint" and 2 files *.index`},
		{filepath.Join(dir, "two"), state("model_checkpoint_path: \"model.ckpt-8\"\nall_model_checkpoint_paths: \"model.ckpt-7\"\n"), "eight"},
		{filepath.Join(dir, "two", "checkpoint"), nil, "eight"},
		{filepath.Join(dir, "two"), state(`model_checkpoint_path: "/a/machine/elsewhere/model.ckpt-7"`), "seven"},
		{filepath.Join(dir, "two"), state(`model_checkpoint_path: "D:\\runs\\model.ckpt-7"`), "seven"},
		{filepath.Join(dir, "two"), state(`model_checkpoint_path: "gone"`), "gone.index: no such file, want a TensorFlow V2 checkpoint"},
		{filepath.Join(dir, "two"), state(`model_checkpoint_path: gone`), "checkpoint: model_checkpoint_path gone, want a quoted path"},
		{filepath.Join(dir, "two"), state(`model_checkpoint_path: "two\nlines"`), "want a quoted path"},
		{filepath.Join(dir, "two"), state("nothing"), "checkpoint: no line model_checkpoint_path"},
		{filepath.Join(dir, "no"), nil, "no.index: no such file"},
		{"", nil, "checkpoint: no name given"},
	} {
		if test.prepare != nil {
			test.prepare()
		}
		c, err := tfcheckpoint.Open(test.path)
		switch {
		case err != nil:
			oneLine(t, test.path, err, test.want)
		case !slices.Equal(c.Names(), []string{test.want}):
			t.Errorf("%s: names %v, want %s", test.path, c.Names(), test.want)
		}
	}
}

// oneLine fails unless err is one line with want in it.
func oneLine(t testing.TB, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: error %q, want %q in one line", name, fmt.Sprint(err), want)
	}
}
