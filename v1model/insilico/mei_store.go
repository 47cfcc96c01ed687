package insilico

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
)

// A file of unfinished work holds the key of the computation and, for every image that was begun, its state and whether it is finished. places, batch and
// largest (--batch) say how the batch was composed; files of earlier versions lack them, so their images go on, but not to the bit. Once diverse images are
// begun, apart_raw, apart_most and apart_best have what they start from.

const savePeriod = 30 * time.Second

// reportAndSave reports progress, and saves if the last save is long ago. Saving takes at most a twentieth of the time.
func (j *meiJob) reportAndSave() error {
	j.report(false)
	return saveNowAndThen(j.options.Partial, &j.saved, j.save)
}

// saveNowAndThen saves unfinished work, if there is a file for it, at most every savePeriod and at most a twentieth of the time. saved is the time from which
// the period counts.
func saveNowAndThen(partial string, saved *time.Time, save func() error) error {
	if partial == "" || time.Since(*saved) < savePeriod {
		return nil
	}
	began := time.Now()
	err := save()
	*saved = time.Now().Add(20 * time.Since(began))
	return err
}

// interrupted saves the unfinished work and returns an error that tells how much is done.
func (j *meiJob) interrupted(cause error) error {
	if j.options.Partial == "" {
		return fmt.Errorf("stopped with %d of %d images finished: %w", j.done, j.total, cause)
	}
	if err := j.save(); err != nil {
		return err
	}
	return fmt.Errorf("stopped with %d of %d images finished, kept in %s: %w", j.done, j.total, j.options.Partial, cause)
}

// key identifies the computation: it includes everything that the result depends on.
func (j *meiJob) key() (string, error) {
	o := j.options
	of := map[string]any{
		"neurons": j.neurons, "images": o.Images, "norm": o.Norm, "smoothness": o.Smoothness, "rate": o.LearningRate, "steps": o.MaxSteps,
		"patience": o.Patience, "decay": o.Decay, "seed": o.Seed, "floor": o.MaskFloor, "started": o.Start != nil, "model": j.subject.fingerprint,
	}
	if j.box != nil { // without, the key is that of earlier versions
		of["range"], of["std"], of["mean"], of["sd"] = o.Range, o.Std, j.subject.Normalisation.ImageMean, j.subject.Normalisation.ImageSD
	}
	if o.Inhibiting {
		of["inhibiting"] = true
	}
	if o.Diverse {
		of["diverse"] = o.Share
	}
	key, err := json.Marshal(of)
	return string(key), err
}

func (j *meiJob) save() error {
	key, err := j.key()
	if err != nil {
		return err
	}
	arrays := map[string]array.Array{"key": array.Scalar(key)}
	state := make([][]float32, len(meiState))
	var which, finished []int64
	for i, im := range j.images {
		if im == nil || im.values == nil {
			continue
		}
		which = append(which, int64(i))
		if im.finished {
			finished = append(finished, 1)
		} else {
			finished = append(finished, 0)
		}
		for k, v := range im.values { // nil where a finished image no longer needs it
			state[k] = append(state[k], v...)
		}
	}
	arrays["image"], arrays["finished"] = array.New(which), array.New(finished)
	arrays["places"], arrays["batch"], arrays["largest"] = array.New(j.places), array.Scalar(j.batch), array.Scalar(j.options.Batch)
	for k, v := range meiState {
		arrays[v.name] = array.New(state[k])
	}
	if j.apart != nil {
		arrays["apart_raw"], arrays["apart_most"], arrays["apart_best"] = array.New(slices.Concat(j.apart.raw...)), array.New(j.apart.most), array.New(j.apart.best)
	}
	if err := array.WriteNPZ(j.options.Partial, arrays); err != nil {
		return fmt.Errorf("unfinished images: %w", err)
	}
	return nil
}

// load reads the file of unfinished work, if there is one.
func (j *meiJob) load() error {
	path := j.options.Partial
	arrays, err := unfinished(path)
	if arrays == nil {
		return err
	}
	for _, name := range append([]string{"key", "image", "finished"}, stateNames()...) {
		if _, ok := arrays[name]; !ok {
			return fmt.Errorf("unfinished images: %s: no array %q; remove the file to begin anew", path, name)
		}
	}
	key, err := j.key()
	if err != nil {
		return err
	}
	if text := arrays["key"].Strings(); len(text) != 1 || text[0] != key {
		return fmt.Errorf("unfinished images: %s is of another run, other neurons or other settings; go on with those, or remove the file to begin anew", path)
	}
	which, err := arrays["image"].Ints()
	if err != nil {
		return fmt.Errorf("%s: image: %w", path, err)
	}
	finished, err := arrays["finished"].Ints()
	if err != nil || len(finished) != len(which) {
		return fmt.Errorf("unfinished images: %s: finished: %d values for %d images; remove the file to begin anew", path, len(finished), len(which))
	}
	left := make([][]float32, len(meiState))
	for k, v := range meiState {
		if left[k], err = arrays[v.name].Float32s(); err != nil {
			return fmt.Errorf("unfinished images: %s: %s: %w", path, v.name, err)
		}
	}
	for at, i := range which {
		if i < 0 || i >= len(j.images) || j.images[i] == nil {
			return fmt.Errorf("unfinished images: %s: image %d is not among those wanted; remove the file to begin anew", path, i)
		}
		im := j.images[i]
		im.finished = finished[at] != 0
		im.values = make([][]float32, len(meiState))
		for k := range im.values {
			if im.finished && k != rawIndex && k != stepsIndex && k != lossIndex {
				continue
			}
			size := j.subject.stateSize(k)
			if len(left[k]) < size {
				return fmt.Errorf("unfinished images: %s: %s ends early; remove the file to begin anew", path, meiState[k].name)
			}
			im.values[k], left[k] = left[k][:size:size], left[k][size:]
		}
		if im.finished {
			j.done++
		}
	}
	if err := j.loadApart(arrays); err != nil {
		return fmt.Errorf("unfinished images: %s: %w; remove the file to begin anew", path, err)
	}
	return j.loadPlaces(path, arrays)
}

// loadApart reads what diverse images start from, if they are begun.
func (j *meiJob) loadApart(arrays map[string]array.Array) error {
	if _, ok := arrays["apart_raw"]; !ok {
		return nil
	}
	r := reader{arrays: arrays}
	raw, pixels := r.float32s("apart_raw"), j.subject.pixels()
	j.apart = &apart{raw: make([][]float32, len(j.images)), most: r.float32s("apart_most"), best: r.ints("apart_best")}
	n := len(j.neurons)
	if r.err != nil || len(j.apart.most) != n || len(j.apart.best) != n || len(raw) != j.total/2*pixels {
		return cmp.Or(r.err, fmt.Errorf("apart_raw: %d values with %d maxima; accepted: %d images of %d neurons", len(raw), len(j.apart.most), j.total/2, n))
	}
	for i, im := range j.images {
		if im != nil {
			j.apart.raw[i], raw = raw[:pixels:pixels], raw[pixels:]
		}
	}
	j.done += j.total / 2
	j.leaveUnexcited()
	return nil
}

// loadPlaces reads how the batch was composed. With another --batch that counts for nothing.
func (j *meiJob) loadPlaces(path string, arrays map[string]array.Array) error {
	if _, ok := arrays["places"]; !ok {
		return nil
	}
	r := reader{arrays: arrays}
	places, batch, largest := r.ints("places"), r.ints("batch"), r.ints("largest")
	if r.err == nil && (len(batch) != 1 || len(largest) != 1 || batch[0] < len(places) || batch[0] > largest[0]) {
		r.err = fmt.Errorf("batch %v with %d places, at most %v", batch, len(places), largest)
	}
	seen := map[int]bool{}
	for _, i := range places {
		if r.err == nil && (i < 0 || i >= len(j.images) || j.images[i] == nil || j.images[i].values == nil || seen[i]) {
			r.err = fmt.Errorf("places: image %d is not among those begun, or twice", i)
		}
		seen[i] = true
	}
	if r.err != nil {
		return fmt.Errorf("unfinished images: %s: %w; remove the file to begin anew", path, r.err)
	}
	if largest[0] == j.options.Batch {
		j.places, j.batch = places, batch[0]
	}
	return nil
}

// stateNames are the names of meiState.
func stateNames() (names []string) {
	for _, v := range meiState {
		names = append(names, v.name)
	}
	return names
}

// removePartial removes a file of unfinished work.
func removePartial(path string) error {
	if path == "" {
		return nil
	}
	durable.Tidy(path)
	if err := durable.Remove(path); err != nil {
		return fmt.Errorf("unfinished images: %w", err)
	}
	return nil
}

// unfinished reads the file of unfinished work; it returns nil if there is none.
func unfinished(path string) (map[string]array.Array, error) {
	if path == "" {
		return nil, nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	arrays, err := array.ReadNPZ(path)
	if err != nil {
		return nil, fmt.Errorf("unfinished images: %w; remove the file to begin anew", err)
	}
	return arrays, nil
}
