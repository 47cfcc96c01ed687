package golden

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

// Tolerances, relative to the largest magnitude of the array.
const (
	Value    = 1e-5 // forward values
	Gradient = 1e-4 // gradients, and values after 30 training steps
)

// File is one file of reference arrays.
type File struct {
	t      testing.TB
	arrays map[string]array.Array
}

// Matrix returns the configurations to compare with the reference: all, or in short tests only the first.
func Matrix[T any](all []T) []T {
	if testing.Short() {
		return all[:1]
	}
	return all
}

// Open reads path.
func Open(t testing.TB, path string) File {
	t.Helper()
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	return File{t, arrays}
}

// Keys lists the arrays in alphabetical order.
func (f File) Keys() []string {
	var keys []string
	for k := range f.arrays {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Has tells whether there is an array of that name.
func (f File) Has(key string) bool { _, ok := f.arrays[key]; return ok }

// Array returns an array as it is stored.
func (f File) Array(key string) array.Array {
	f.t.Helper()
	a, ok := f.arrays[key]
	if !ok {
		f.t.Fatalf("no array %q", key)
	}
	return a
}

// Float32 returns an array converted to float32, with its shape.
func (f File) Float32(key string) array.Array {
	f.t.Helper()
	a := f.Array(key)
	values, err := a.Float32s()
	if err != nil {
		f.t.Fatalf("%s: %v", key, err)
	}
	return array.New(values, a.Shape...)
}

// Float64 returns the values of an array.
func (f File) Float64(key string) []float64 {
	f.t.Helper()
	values, err := f.Array(key).Float64s()
	if err != nil {
		f.t.Fatalf("%s: %v", key, err)
	}
	return values
}

// Ints returns the values of an array of integers.
func (f File) Ints(key string) []int {
	f.t.Helper()
	values, err := f.Array(key).Ints()
	if err != nil {
		f.t.Fatalf("%s: %v", key, err)
	}
	return values
}

// Weights returns all arrays whose names start with prefix as variables, by the names the models use.
func (f File) Weights(prefix string) weights.Values {
	values := weights.Values{}
	for _, k := range f.Keys() {
		if name, ok := strings.CutPrefix(k, prefix); ok && !strings.Contains(name, "Adam") && !strings.Contains(name, "_power") {
			values[strings.ReplaceAll(name, ".", "/")] = f.Float32(k)
		}
	}
	return values
}

// Config decodes the configuration of the file into v.
func (f File) Config(v any) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.Array("config").Strings()[0]), v); err != nil {
		f.t.Fatal(err)
	}
}

// CoreConfig is a core's configuration in the reference's terms.
type CoreConfig struct {
	Kind         string    `json:"core"` // conv, rot, or hermite (also if empty)
	ActivationFn []string  `json:"activation_fn"`
	Smooth       float64   `json:"conv_smooth_weight"`
	Sparse       float64   `json:"conv_sparse_weight"`
	FilterSize   []int     `json:"filter_size"`
	FusedBN      *bool     `json:"fused_bn"`
	NumFilters   []int     `json:"num_filters"`
	NumRotations int       `json:"num_rotations"`
	Padding      []string  `json:"padding"`
	Rate         []int     `json:"rate"`
	RelSmooth    []float64 `json:"rel_smooth_weight"`
	RelSparse    []float64 `json:"rel_sparse_weight"`
	SharedBiases bool      `json:"shared_biases"`
	Stride       []int     `json:"stride"`
	Upsampling   int       `json:"upsampling"`
}

// Core translates the configuration. Lists may have more entries than the core has layers.
func (c CoreConfig) Core() core.Config {
	n := len(c.FilterSize)
	config := core.Config{
		Kind: core.Hermite, Rotations: c.NumRotations, Upsampling: c.Upsampling, FilterSizes: c.FilterSize, Features: c.NumFilters[:n],
		Strides: c.Stride[:n], SharedBiases: c.SharedBiases, UnfusedNorm: c.FusedBN != nil && !*c.FusedBN,
		Smoothness: c.Smooth, SmoothRel: c.RelSmooth[:n], Sparsity: c.Sparse, SparseRel: c.RelSparse[:n],
	}
	switch c.Kind {
	case "rot":
		config.Kind, config.Interpolation = core.Rotated, core.Nearest
	case "conv":
		config.Kind, config.Rotations, config.Dilations = core.CNN, 1, c.Rate[:n]
	}
	for i := range n {
		config.Padding = append(config.Padding, strings.ToLower(c.Padding[i]))
		config.Activations = append(config.Activations, strings.Replace(c.ActivationFn[i], "soft", "softplus", 1))
	}
	return config
}

// Compare fails unless got equals want, value by value, within tolerance times the largest magnitude in want. Where the reference
// overflowed (its softplus does above 88), got must be finite.
func Compare(t testing.TB, name string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return
	}
	scale, worst, at := 0.0, 0.0, 0
	for i := range want {
		if w := float64(want[i]); math.IsNaN(w) || math.IsInf(w, 0) {
			if g := float64(got[i]); math.IsNaN(g) || math.IsInf(g, 0) {
				t.Errorf("%s[%d] = %g, must be finite", name, i, g)
			}
			continue
		}
		scale = max(scale, math.Abs(float64(want[i])))
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		if d > worst {
			worst, at = d, i
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s[%d] = %g, want %g: off by %.1e of the largest magnitude %g, accepted %.0e",
			name, at, got[at], want[at], worst/scale, scale, tolerance)
	}
}
