package kept

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"v1lab/datasets/array"
	"v1lab/v1model/insilico"
)

// keyName is the array that holds the key.
const keyName = "key"

// Folder returns the subfolder of a run folder that holds results.
func Folder(run string) string { return filepath.Join(run, "insilico") }

// Key identifies a result by the fingerprint of the weights, the neurons, and the settings.
func Key(weights string, neurons []int, settings string) string {
	return fmt.Sprintf("%s %v%s", weights, neurons, settings)
}

// File returns the path of the result with a key. what is the kind of result, such as meis. Other weights or settings give another path.
func File(run, what, key string) string {
	return filepath.Join(Folder(run), fmt.Sprintf("%s-%.6x.npz", what, sha256.Sum256([]byte(key))))
}

// Result can be written to a file: *insilico.Fields, *insilico.MEIs, *insilico.Tuning, *insilico.Discriminative.
type Result interface {
	Arrays() map[string]array.Array
}

// Write writes a result with its key.
func Write(path, key string, r Result) error {
	arrays := maps.Clone(r.Arrays())
	arrays[keyName] = array.Scalar(key)
	return array.WriteNPZ(path, arrays)
}

// Read reads the arrays of the result with a key. The error is fs.ErrNotExist if there is no file. A file with another key is an error too.
func Read(path, key string) (map[string]array.Array, error) {
	arrays, found, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && found != key {
		err = fmt.Errorf("%s: it holds the result of another key", path)
	}
	if err == nil {
		err = addNeurons(arrays, found)
	}
	if err != nil {
		return nil, adviseRemoval(err)
	}
	return arrays, nil
}

// adviseRemoval adds to an error what to do about an unusable file.
func adviseRemoval(err error) error { return fmt.Errorf("%w; remove the file to compute it anew", err) }

// read also returns the key, empty if there is none.
func read(path string) (arrays map[string]array.Array, key string, err error) {
	if arrays, err = array.ReadNPZ(path); err != nil {
		return nil, "", err
	}
	if words := arrays[keyName].Strings(); len(words) == 1 {
		key = words[0]
	}
	return arrays, key, nil
}

// addNeurons adds the array "neuron", from the key, to an archive of an earlier version that lacks it.
func addNeurons(arrays map[string]array.Array, key string) error {
	if _, ok := arrays["neuron"]; ok {
		return nil
	}
	_, list, _ := strings.Cut(key, "[")
	list, _, _ = strings.Cut(list, "]")
	var neurons []int
	for word := range strings.FieldsSeq(list) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("found neuron %q", word)
		}
		neurons = append(neurons, n)
	}
	arrays["neuron"] = array.New(neurons)
	return nil
}

// Results are the stored results for one set of weights, the newest first.
type Results struct {
	MEIs       []*insilico.MEIs // most exciting images
	Inhibiting []*insilico.MEIs // most inhibiting images
	Diverse    []*insilico.MEIs // diverse exciting images
	Tuning     []*insilico.Tuning
}

// ReadAll reads the results that a run folder stores for the weights with a fingerprint. Archives of other weights and unfinished work are skipped. A
// damaged archive is an error.
func ReadAll(run, weights string) (r Results, err error) {
	files, err := archives(run)
	if err != nil {
		return r, err
	}
	for _, path := range files {
		if err := r.add(path, weights); err != nil {
			return r, adviseRemoval(err)
		}
	}
	return r, nil
}

// archives lists the files of stored results, the newest first.
func archives(run string) (paths []string, err error) {
	dir := Folder(run)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("kept results: %w", err)
	}
	at := map[string]time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && filepath.Ext(e.Name()) == ".npz" {
			path := filepath.Join(dir, e.Name())
			paths, at[path] = append(paths, path), info.ModTime()
		}
	}
	slices.SortStableFunc(paths, func(a, b string) int { return at[b].Compare(at[a]) })
	return paths, nil
}

func (r *Results) add(path, weights string) error {
	arrays, key, err := read(path)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(key, weights+" [") || !strings.Contains(key, "]") {
		return nil
	}
	if err := addNeurons(arrays, key); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, ok := arrays["shares"]; ok { // discriminative images, which are read by their key alone
		return nil
	}
	if _, ok := arrays["images"]; ok {
		m, err := insilico.MEIsFromArrays(arrays)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case m.Inhibiting:
			r.Inhibiting = append(r.Inhibiting, m)
		case m.Diverse:
			r.Diverse = append(r.Diverse, m)
		default:
			r.MEIs = append(r.MEIs, m)
		}
	} else if _, ok := arrays["orientation"]; ok {
		t, err := insilico.TuningFromArrays(arrays)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.Tuning = append(r.Tuning, t)
	}
	return nil
}

// Best returns the image with the highest rate of each neuron that has stored images, [n, 1, ...]. Of several archives the newest counts. It is nil if no
// neuron has any.
func (r Results) Best(neurons []int) *insilico.MEIs { return best(r.MEIs, neurons) }

// MostInhibiting is Best for images that inhibit: of each neuron the one with the lowest loss.
func (r Results) MostInhibiting(neurons []int) *insilico.MEIs { return best(r.Inhibiting, neurons) }

func best(all []*insilico.MEIs, neurons []int) *insilico.MEIs {
	var found *insilico.MEIs
	var images, recorded, rates, losses []float32
	var shape []int
	known := true // the recorded units of all images
	for _, n := range neurons {
		for _, m := range all {
			i := slices.Index(m.Neurons, n)
			if i < 0 || shape != nil && !slices.Equal(shape, m.Images.Shape[2:]) {
				continue
			}
			if found == nil {
				found, shape = &insilico.MEIs{Inhibiting: m.Inhibiting}, m.Images.Shape[2:]
			}
			each, top := m.Images.Shape[1], m.Order(i)[0]
			size := m.Images.Len() / (len(m.Neurons) * each)
			from := (i*each + top) * size
			found.Neurons, found.Dead = append(found.Neurons, n), append(found.Dead, m.Dead[i])
			if known = known && m.Units != nil; known {
				if found.Units == nil {
					units := *m.Units
					units.Range, units.Std = nil, 0 // others may have been asked for other neurons
					found.Units = &units
				}
				recorded = append(recorded, m.Recorded.Data.([]float32)[from:from+size]...)
			}
			images, rates, losses = append(images, m.Images.Data.([]float32)[from:from+size]...), append(rates, m.Rates.Data.([]float32)[i*each+top]), append(losses, m.Loss.Data.([]float32)[i*each+top])
			break
		}
	}
	if found != nil {
		found.Images = array.New(images, append([]int{len(found.Neurons), 1}, shape...)...)
		found.Rates, found.Loss = array.New(rates, len(rates), 1), array.New(losses, len(losses), 1)
		if known {
			found.Recorded = array.New(recorded, found.Images.Shape...)
		} else {
			found.Units = nil
		}
	}
	return found
}

// WidestDiverse returns the stored diverse images of the most neurons, the newest of several; nil if there are none.
func (r Results) WidestDiverse() *insilico.MEIs {
	var widest *insilico.MEIs
	for _, m := range r.Diverse {
		if widest == nil || len(m.Neurons) > len(widest.Neurons) {
			widest = m
		}
	}
	return widest
}

// Widest returns the stored tuning with the most neurons, the newest of several; nil if there is none.
func (r Results) Widest() *insilico.Tuning {
	var widest *insilico.Tuning
	for _, t := range r.Tuning {
		if widest == nil || len(t.Optimal.Neurons) > len(widest.Optimal.Neurons) {
			widest = t
		}
	}
	return widest
}
