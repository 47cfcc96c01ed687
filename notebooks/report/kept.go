package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"v1lab/datasets/array"
	"v1lab/v1model/insilico"
	"v1lab/v1model/runfolder"
)

// KeptFolder is where a run folder keeps most exciting images and tuning: the cells of notebooks put them there, and v1lab mei and tune with --out.
func KeptFolder(run *runfolder.Folder) string { return filepath.Join(run.Path, "insilico") }

// KeptKey is what an archive says, as "key", that it is about: weights and neurons, and whatever else it depends on.
func KeptKey(weights string, neurons []int, more string) string {
	return fmt.Sprintf("%s %v%s", weights, neurons, more)
}

// Kept is what experiments on the present weights of a run left in its folder, the newest first.
type Kept struct {
	MEIs   []*insilico.MEIs
	Tuning []*insilico.Tuning
}

// ReadKept reads what there is. Archives of other weights, and what is half done, are passed over; one that is damaged is an error.
func ReadKept(run *runfolder.Folder) (k Kept, err error) {
	dir := KeptFolder(run)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("kept results: %w", err)
	}
	w, err := run.Weights()
	if err != nil {
		return k, err
	}
	type archive struct {
		path string
		at   time.Time
	}
	var archives []archive
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() && filepath.Ext(f.Name()) == ".npz" {
			archives = append(archives, archive{filepath.Join(dir, f.Name()), info.ModTime()})
		}
	}
	slices.SortStableFunc(archives, func(a, b archive) int { return b.at.Compare(a.at) })
	ours := w.Fingerprint() + " ["
	for _, a := range archives {
		if err := k.add(a.path, ours); err != nil {
			return k, fmt.Errorf("%s: %w; remove the file to compute it anew", a.path, err)
		}
	}
	return k, nil
}

func (k *Kept) add(path, ours string) error {
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		return err
	}
	key, ok := arrays["key"]
	if !ok || len(key.Strings()) != 1 {
		return nil
	}
	asked, of := strings.CutPrefix(key.Strings()[0], ours)
	list, _, whole := strings.Cut(asked, "]")
	if !of || !whole {
		return nil
	}
	if _, ok := arrays["neuron"]; !ok {
		var neurons []int
		for word := range strings.FieldsSeq(list) {
			n, err := strconv.Atoi(word)
			if err != nil {
				return fmt.Errorf("found neuron %q", word)
			}
			neurons = append(neurons, n)
		}
		arrays["neuron"] = array.New(neurons)
	}
	if _, ok := arrays["images"]; ok {
		m, err := insilico.MEIsOf(arrays)
		k.MEIs = append(k.MEIs, m)
		return err
	}
	if _, ok := arrays["orientation"]; ok {
		t, err := insilico.TuningOf(arrays)
		k.Tuning = append(k.Tuning, t)
		return err
	}
	return nil
}

// Best is the most exciting image of each of the neurons that has any, [n, 1, ...]; of several archives the newest counts. nil if none has.
func (k Kept) Best(neurons []int) *insilico.MEIs {
	var best *insilico.MEIs
	var images, rates []float32
	var shape []int
	for _, n := range neurons {
		for _, m := range k.MEIs {
			i := slices.Index(m.Neurons, n)
			if i < 0 || shape != nil && !slices.Equal(shape, m.Images.Shape[2:]) {
				continue
			}
			if best == nil {
				best, shape = &insilico.MEIs{}, m.Images.Shape[2:]
			}
			each, all := m.Images.Shape[1], m.Rates.Data.([]float32)
			top := order(all[i*each : (i+1)*each])[0]
			size := m.Images.Len() / (len(m.Neurons) * each)
			from := (i*each + top) * size
			best.Neurons, best.Dead = append(best.Neurons, n), append(best.Dead, m.Dead[i])
			images, rates = append(images, m.Images.Data.([]float32)[from:from+size]...), append(rates, all[i*each+top])
			break
		}
	}
	if best != nil {
		best.Images = array.New(images, append([]int{len(best.Neurons), 1}, shape...)...)
		best.Rates = array.New(rates, len(rates), 1)
	}
	return best
}

// Widest is the tuning of the most neurons, the newest of several; nil if there is none.
func (k Kept) Widest() *insilico.Tuning {
	var widest *insilico.Tuning
	for _, t := range k.Tuning {
		if widest == nil || len(t.Optimal.Neurons) > len(widest.Optimal.Neurons) {
			widest = t
		}
	}
	return widest
}
