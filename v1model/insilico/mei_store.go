package insilico

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"v1lab/datasets/array"
)

// A file of unfinished work holds the key that says what it belongs to, and for every image whether it is finished and its state.

const savePeriod = 30 * time.Second

// keepUp reports progress, and saves when it is time; saving takes a twentieth of the time at the most.
func (j *work) keepUp() error {
	j.report(false)
	if j.options.Partial == "" || time.Since(j.saved) < savePeriod {
		return nil
	}
	began := time.Now()
	err := j.save()
	j.saved = time.Now().Add(20 * time.Since(began))
	return err
}

// interrupted saves and says how far it came.
func (j *work) interrupted(cause error) error {
	if j.options.Partial == "" {
		return fmt.Errorf("stopped with %d of %d images finished: %w", j.done, j.whole, cause)
	}
	if err := j.save(); err != nil {
		return err
	}
	return fmt.Errorf("stopped with %d of %d images finished, kept in %s: %w", j.done, j.whole, j.options.Partial, cause)
}

// key says what unfinished work belongs to: everything that the result depends on.
func (j *work) key() (string, error) {
	o := j.options
	key, err := json.Marshal(map[string]any{
		"neurons": j.neurons, "images": o.Images, "norm": o.Norm, "smoothness": o.Smoothness, "rate": o.LearningRate, "steps": o.MaxSteps,
		"patience": o.Patience, "decay": o.Decay, "seed": o.Seed, "floor": o.MaskFloor, "started": o.Start != nil, "model": j.subject.fingerprint,
	})
	return string(key), err
}

func (j *work) save() error {
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
		for k, v := range im.values { // what a finished image no longer needs is nil
			state[k] = append(state[k], v...)
		}
	}
	arrays["image"], arrays["finished"] = array.New(which), array.New(finished)
	for k, v := range meiState {
		arrays[v.name] = array.New(state[k])
	}
	if err := array.WriteNPZ(j.options.Partial, arrays); err != nil {
		return fmt.Errorf("unfinished images: %w", err)
	}
	return nil
}

// load goes on from a file of unfinished work, if there is one.
func (j *work) load() error {
	path := j.options.Partial
	if path == "" {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	keys := []string{"key", "image", "finished"}
	for _, v := range meiState {
		keys = append(keys, v.name)
	}
	arrays, err := array.ReadNPZ(path, keys...)
	if err != nil {
		return fmt.Errorf("unfinished images: %w; remove the file to begin anew", err)
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
			if im.finished && k != raw && k != stepsOf && k != lossOf {
				continue
			}
			size := j.subject.sizeOf(k)
			if len(left[k]) < size {
				return fmt.Errorf("unfinished images: %s: %s ends early; remove the file to begin anew", path, meiState[k].name)
			}
			im.values[k], left[k] = left[k][:size:size], left[k][size:]
		}
		if im.finished {
			j.done++
		}
	}
	return nil
}

// forget removes the file: all is done.
func (j *work) forget() error {
	if j.options.Partial == "" {
		return nil
	}
	if err := os.Remove(j.options.Partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unfinished images: %w", err)
	}
	return nil
}
