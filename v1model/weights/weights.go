package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"v1lab/datasets/array"
)

// Spec describes one variable.
type Spec struct {
	Name      string
	Shape     []int
	Trainable bool // false: a statistic, such as a moving average, that the optimiser does not change
	Init      Initializer
	Sessions  bool // the first axis is of sessions, each with values of its own
}

// OfSessions returns the spec with an axis of so many sessions before the others. 0 returns it as it is.
func (s Spec) OfSessions(n int) Spec {
	if n > 0 {
		s.Shape, s.Sessions = append([]int{n}, s.Shape...), true
	}
	return s
}

// AverageOf is the name of the variable that holds the average of another over training steps.
func AverageOf(name string) string { return name + "/Average" }

// Size is the number of values.
func (s Spec) Size() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// Initializer fills a variable's start values, drawing what it needs from rng.
type Initializer func(rng *rand.Rand, values []float32)

// Constant starts every value at v.
func Constant(v float32) Initializer {
	return func(_ *rand.Rand, values []float32) {
		for i := range values {
			values[i] = v
		}
	}
}

// TruncatedNormal draws from a normal distribution of mean 0 and the given SD, redrawing what lies beyond two SDs.
func TruncatedNormal(sd float64) Initializer {
	return func(rng *rand.Rand, values []float32) {
		for i := range values {
			z := rng.NormFloat64()
			for z < -2 || z > 2 {
				z = rng.NormFloat64()
			}
			values[i] = float32(z * sd)
		}
	}
}

// Values are variables by name, float32.
type Values map[string]array.Array

// Init draws start values for all specs. Each variable has its own random stream, derived from the seed and its name, so
// that adding a variable does not change the others.
func Init(specs []Spec, seed uint64) Values {
	values := make(Values, len(specs))
	for _, s := range specs {
		data := make([]float32, s.Size())
		s.Init(Stream(seed, s.Name), data)
		values[s.Name] = array.Array{Shape: s.Shape, Data: data}
	}
	return values
}

// Stream returns the random numbers for one purpose. Equal seeds and purposes give equal numbers; different purposes are independent.
func Stream(seed uint64, purpose string) *rand.Rand {
	hash := uint64(14695981039346656037) // FNV-1a
	for i := range len(purpose) {
		hash = (hash ^ uint64(purpose[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, hash))
}

// Float32 returns the values of one variable.
func (v Values) Float32(name string) []float32 {
	data, _ := v[name].Data.([]float32)
	return data
}

// Fingerprint is the SHA-256 of names, shapes and values, in the order of names. Equal fingerprints mean equal bits.
func (v Values) Fingerprint() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		fmt.Fprintf(h, "%q %v\n", name, v[name].Shape)            //nolint:errcheck // a hash takes everything
		_ = binary.Write(h, binary.LittleEndian, v.Float32(name)) //nolint:errcheck // likewise
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Check reports the first variable that is missing, has another shape or type than its spec, or is not known to any spec.
func (v Values) Check(specs []Spec) error {
	known := make(map[string]bool, len(specs))
	for _, s := range specs {
		known[s.Name] = true
		a, ok := v[s.Name]
		if !ok {
			return fmt.Errorf("weights: variable %q is missing", s.Name)
		}
		if !slices.Equal(a.Shape, s.Shape) {
			return fmt.Errorf("weights: variable %q has shape %v, the model needs %v", s.Name, a.Shape, s.Shape)
		}
		if _, ok := a.Data.([]float32); !ok {
			return fmt.Errorf("weights: variable %q is %s, the model needs float32", s.Name, a.Type())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !known[name] {
			return fmt.Errorf("weights: variable %q does not belong to this model", name)
		}
	}
	return nil
}
