package tfcheckpoint_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/tfcheckpoint"
	"v1lab/v1model/weights"
)

// smallModel has few values; its weights are random.
func smallModel(t testing.TB) (*v1model.Model, weights.Values) {
	t.Helper()
	config, err := v1model.Load("quickstart", "core.filter_sizes=5,3,3", "core.features=1,1,2", "core.padding=same,same,same")
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, v1model.Shape{Height: 6, Width: 7, Channels: 1, Neurons: 2})
	if err != nil {
		t.Fatal(err)
	}
	values, _ := m.Init([]float32{1, 2})
	return m, values
}

func float32s(name string, a array.Array) variable {
	v := variable{name: name, dtype: 1, values: a.Data}
	for _, d := range a.Shape {
		v.shape = append(v.shape, int64(d))
	}
	return v
}

func TestWeightsFindsTheModel(t *testing.T) {
	m, values := smallModel(t)
	scalar := array.Scalar(float32(0.9))
	for name, test := range map[string]struct {
		scope    string
		extra    []string
		unmapped []string
	}{
		"bare":       {},
		"scope":      {scope: "monkey/model/"},
		"optimiser":  {extra: []string{"core/conv1/coeffs/Adam", "core/conv1/coeffs/Adam_1", "beta1_power", "beta2_power_1", "global_step"}},
		"both":       {scope: "m/", extra: []string{"m/m/core/conv1/coeffs/Adam", "m/beta1_power", "m/other"}, unmapped: []string{"m/other"}},
		"more":       {extra: []string{"core/conv9/coeffs", "readout/biases/Momentum", "zebra/Adam"}, unmapped: []string{"core/conv9/coeffs", "readout/biases/Momentum", "zebra/Adam"}},
		"part twice": {extra: []string{"copy/readout/biases"}, unmapped: []string{"copy/readout/biases"}},
	} {
		t.Run(name, func(t *testing.T) {
			var variables []variable
			for n, a := range values {
				variables = append(variables, float32s(test.scope+n, a))
			}
			for _, n := range test.extra {
				variables = append(variables, float32s(n, scalar))
			}
			prefix := filepath.Join(t.TempDir(), "model.ckpt")
			newWriter().write(t, prefix, variables...)
			c, err := tfcheckpoint.Open(prefix)
			if err != nil {
				t.Fatal(err)
			}
			got, unmapped, err := tfcheckpoint.Weights(c, m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(values, got); diff != "" {
				t.Error(diff)
			}
			if !slices.Equal(unmapped, test.unmapped) {
				t.Errorf("unmapped %v, want %v", unmapped, test.unmapped)
			}
		})
	}
}

func TestWeightsNamesWhatDoesNotFit(t *testing.T) {
	m, values := smallModel(t)
	all := func(change func(name string, v *variable) bool) []variable {
		var variables []variable
		for n, a := range values {
			if v := float32s(n, a); change(n, &v) {
				variables = append(variables, v)
			}
		}
		return variables
	}
	for name, test := range map[string]struct {
		variables []variable
		want      []string
	}{
		"missing": {all(func(n string, _ *variable) bool { return !strings.Contains(n, "moving_mean") }),
			[]string{"the checkpoint does not fit the model: missing: core/conv1/BatchNorm/moving_mean, core/conv2/BatchNorm/moving_mean, core/conv3/BatchNorm/moving_mean"}},
		"other shape": {all(func(n string, v *variable) bool {
			if n == "readout/masks" {
				v.shape = []int64{2, 7, 6}
			}
			return true
		}), []string{"readout/masks has shape [2, 7, 6], the model needs [2, 6, 7]"}},
		"missing and of another type": {all(func(n string, v *variable) bool {
			if n == "readout/biases" {
				v.dtype = 3
			}
			return n != "core/conv1/coeffs"
		}), []string{"missing: core/conv1/coeffs", "readout/biases is of type int32, the model needs float32"}},
		"nothing": {nil, []string{"missing: core/conv1/coeffs", "more"}},
		"two models": {append(all(func(n string, v *variable) bool { v.name = "a/" + n; return true }),
			all(func(n string, v *variable) bool { v.name = "b/" + n; return true })...), []string{"several models, under a/ and b/"}},
	} {
		prefix := filepath.Join(t.TempDir(), "model.ckpt")
		newWriter().write(t, prefix, test.variables...)
		c, err := tfcheckpoint.Open(prefix)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = tfcheckpoint.Weights(c, m)
		for _, want := range test.want {
			oneLine(t, name, err, want)
		}
	}
}
