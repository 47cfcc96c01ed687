package sensorium

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

const tiersFile = "meta/trials/tiers.npy"

// imageIDs lists the arrays that may number the images; the first that exists counts. An optional *image_class in the same folder tells the
// set of the image.
var imageIDs = []string{"image_id", "colorframeprojector_image_id", "frame_image_id"}

// vector reads an array of n values, or of any number if n is negative. Axes of length 1 are ignored.
func (t *tree) vector(name string, n int) (array.Array, error) {
	a, err := t.read(name)
	if err != nil {
		return a, err
	}
	long := 0
	for _, d := range a.Shape {
		if d != 1 {
			long++
		}
	}
	switch {
	case long > 1 || len(a.Shape) == 0:
		return a, t.errorf(name, "shape %s, want one axis", array.FormatShape(a.Shape))
	case n >= 0 && a.Len() != n:
		return a, t.errorf(name, "%d values, want %d", a.Len(), n)
	}
	return a, nil
}

// tiers reads the tier of each trial.
func (t *tree) tiers() ([]string, error) {
	a, err := t.vector(tiersFile, -1)
	if err != nil {
		return nil, err
	}
	if a.Type() != "str" {
		return nil, t.errorf(tiersFile, "dtype %s, want text", a.Type())
	}
	return a.Strings(), nil
}

// imageKeys reads which image was shown in each of n trials; equal keys mean equal images.
func (t *tree) imageKeys(n int) (keys []string, name string, err error) {
	for _, id := range imageIDs {
		name = "meta/trials/" + id + ".npy"
		if t.has(name) {
			break
		}
	}
	if !t.has(name) {
		return nil, "", t.errorf("meta/trials", "no %s.npy%s", strings.Join(imageIDs, ".npy or "), t.foundInstead(name))
	}
	a, err := t.vector(name, n)
	if err != nil {
		return nil, "", err
	}
	keys = slices.Clone(a.Strings())
	if class := strings.TrimSuffix(name, "id.npy") + "class.npy"; t.has(class) {
		c, err := t.vector(class, n)
		if err != nil {
			return nil, "", err
		}
		for i, word := range c.Strings() {
			keys[i] = strconv.Quote(word) + " " + keys[i]
		}
	}
	return keys, name, nil
}

// neurons reads descriptions of n neurons; fallback is the session's name if the tree has none.
func (t *tree) neurons(n int, fallback string) ([]datasets.Neuron, error) {
	var failed error
	words := func(key string) []string {
		name := "meta/neurons/" + key + ".npy"
		if failed != nil || !t.has(name) {
			return nil
		}
		a, err := t.vector(name, n)
		failed = err
		if err != nil {
			return nil
		}
		return a.Strings()
	}
	ids, layers, animals, sessions, scans := words("unit_ids"), words("layer"), words("animal_ids"), words("sessions"), words("scan_idx")
	if failed != nil {
		return nil, failed
	}
	positions, err := t.positions(n)
	if err != nil {
		return nil, err
	}
	for _, moment := range []string{"mean", "std"} {
		name := "meta/statistics/" + responses + "/all/" + moment + ".npy"
		if t.has(name) {
			if _, err := t.vector(name, n); err != nil {
				return nil, err
			}
		}
	}
	neurons := make([]datasets.Neuron, n)
	for i := range neurons {
		c := datasets.Neuron{Session: fallback, X: positions[3*i], Y: positions[3*i+1], Z: positions[3*i+2]}
		if animals != nil && sessions != nil && scans != nil {
			c.Session = fmt.Sprintf("%s-%s-%s", animals[i], sessions[i], scans[i])
		}
		if ids != nil {
			c.ID = ids[i]
		}
		if layers != nil {
			c.Layer = layers[i]
		}
		neurons[i] = c
	}
	return neurons, nil
}

// positions reads [n, 3] in micrometres.
func (t *tree) positions(n int) ([]float64, error) {
	const name = "meta/neurons/cell_motor_coordinates.npy"
	if !t.has(name) {
		return slices.Repeat([]float64{math.NaN()}, 3*n), nil
	}
	a, err := t.read(name)
	if err != nil {
		return nil, err
	}
	values, err := a.Float64s()
	if err != nil {
		return nil, t.errorf(name, "%w", err)
	}
	if !slices.Equal(a.Shape, []int{n, 3}) {
		return nil, t.errorf(name, "shape %s, want [%d, 3]", array.FormatShape(a.Shape), n)
	}
	return values, nil
}
