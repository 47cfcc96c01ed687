package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Names of a checkpoint's arrays beside weights and optimiser.
const (
	stateKey = "state" // the scalars, as JSON
	slotKey  = "best"  // in last.npz: the file of atBestFiles that belongs to it, empty before the first validation
	boundKey = "bound" // in last.npz: the sums of the files that belong to it, as JSON
)

// Checkpoint is everything that resuming needs: arrays (weights, optimiser) and scalars (schedule, sampler).
type Checkpoint struct {
	Arrays weights.Values
	State  any // on reading, a pointer to decode into
}

// SaveCheckpoint replaces checkpoint/last.npz. If atBest is given, it first replaces the state at the best validation, and
// best/weights.npz with the variables of specs. If a write fails, for instance because the disk is full, the previous checkpoint stays whole:
// the state at the best validation is written to two files alternately, and last.npz names the one that belongs to it.
func (f *Folder) SaveCheckpoint(last Checkpoint, atBest *Checkpoint, specs []weights.Spec) error {
	before, slot := f.atBest, f.atBest
	if atBest != nil {
		slot = atBestFiles[0]
		if f.atBest == slot {
			slot = atBestFiles[1]
		}
		if err := f.save(slot, *atBest); err != nil {
			return err
		}
		if err := f.SaveBest(atBest.Arrays, specs); err != nil {
			return err
		}
	}
	f.atBest = slot
	files, err := f.bind()
	if err == nil {
		last.Arrays = maps.Clone(last.Arrays)
		last.Arrays[slotKey], last.Arrays[boundKey] = array.Scalar(slot), array.Scalar(files)
		err = f.save(lastFile, last)
	}
	if err != nil {
		f.atBest = before
	}
	return err
}

func (f *Folder) save(name string, c Checkpoint) error {
	state, err := json.Marshal(c.State)
	if err != nil {
		return fmt.Errorf("%s: %w", f.file(name), err)
	}
	arrays := maps.Clone(c.Arrays)
	arrays[stateKey] = array.Scalar(string(state))
	return array.WriteNPZ(f.file(name), arrays)
}

// LoadCheckpoint reads checkpoint/last.npz and the state at the best validation, and decodes their scalars into lastState and atBestState.
// ok is false if there is no checkpoint yet. atBest is nil before the first validation.
func (f *Folder) LoadCheckpoint(lastState, atBestState any) (last, atBest weights.Values, ok bool, err error) {
	if last, err = f.load(lastFile, lastState); err != nil || last == nil {
		return nil, nil, false, err
	}
	slot, err := f.text(lastFile, last, slotKey)
	if err != nil {
		return nil, nil, false, err
	}
	files := ""
	if _, ok := last[boundKey]; ok { // not in checkpoints of earlier versions
		if files, err = f.text(lastFile, last, boundKey); err != nil {
			return nil, nil, false, err
		}
	}
	if err := f.belongs(files); err != nil {
		return nil, nil, false, err
	}
	if slot != "" {
		if !slices.Contains(atBestFiles, slot) {
			return nil, nil, false, fmt.Errorf("%s: %s: %q, accepted: %s", f.file(lastFile), slotKey, slot, strings.Join(atBestFiles, ", "))
		}
		if atBest, err = f.load(slot, atBestState); err != nil {
			return nil, nil, false, err
		}
		if atBest == nil {
			return nil, nil, false, fmt.Errorf("%s: missing, and %s needs it", f.file(slot), lastFile)
		}
	}
	f.atBest = slot
	return last, atBest, true, nil
}

func (f *Folder) load(name string, state any) (weights.Values, error) {
	if _, err := os.Stat(f.file(name)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	arrays, err := array.ReadNPZ(f.file(name))
	if err != nil {
		return nil, err
	}
	text, err := f.text(name, arrays, stateKey)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), state); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.file(name), stateKey, err)
	}
	return arrays, nil
}

// text removes a scalar of text from arrays and returns it.
func (f *Folder) text(name string, arrays weights.Values, key string) (string, error) {
	a, ok := arrays[key]
	text, isText := a.Data.([]string)
	if !ok || !isText || len(text) != 1 {
		return "", fmt.Errorf("%s: no text %q in it", f.file(name), key)
	}
	delete(arrays, key)
	return text[0], nil
}

// diverged returns the step of the last validation if no validation loss was a number, 0 otherwise.
func (f *Folder) diverged() (step int, err error) {
	metrics, err := f.Metrics()
	for _, m := range metrics {
		if v := float64(m.ValLoss); v-v == 0 {
			return 0, nil
		}
		step = m.Step
	}
	return step, err
}

// Core reads the values of the core that was taken from another run, and verifies that they are those of the config's fit.core_from. It is nil if the fit
// has a core of its own.
func (f *Folder) Core() (weights.Values, error) {
	from := f.Config.Fit.CoreFrom
	if from == nil {
		return nil, nil
	}
	values, err := array.ReadNPZ(f.file(coreFile))
	if err != nil {
		return nil, err
	}
	if found := weights.Values(values).Fingerprint(); found != from.Values {
		return nil, fmt.Errorf("%s: not the core that the fit began with (fingerprint %.12s, found %.12s)", f.file(coreFile), from.Values, found)
	}
	return values, nil
}

// SaveBest replaces best/weights.npz with the variables of specs in a state: with their averages, where the state has them.
func (f *Folder) SaveBest(state weights.Values, specs []weights.Spec) error {
	best := weights.Values{}
	for _, s := range specs {
		best[s.Name] = state[s.Name]
		if average, ok := state[weights.AverageOf(s.Name)]; ok {
			best[s.Name] = average
		}
	}
	return f.SaveWeights(best)
}

// SaveWeights replaces best/weights.npz.
func (f *Folder) SaveWeights(w weights.Values) error { return array.WriteNPZ(f.file(BestFile), w) }

// Weights reads the best weights and checks them against the model that the folder describes.
func (f *Folder) Weights() (weights.Values, error) {
	if _, err := os.Stat(f.file(BestFile)); errors.Is(err, fs.ErrNotExist) {
		if step, err := f.diverged(); step > 0 || err != nil {
			return nil, errors.Join(err, fmt.Errorf("run folder %s: no weights: no validation loss up to step %d was a number, the fit diverged; begin a new run with a lower learning rate (fit.learning_rate or fit.peak_rate), resuming does not help", f.Path, step))
		}
		return nil, fmt.Errorf("run folder %s: no weights yet; let the fit reach its first validation, or resume it", f.Path)
	}
	values, err := f.bestWeights()
	if err != nil {
		return nil, err
	}
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	if err := weights.Values(values).Check(m.Specs()); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(BestFile), err)
	}
	return values, nil
}

// bestWeights reads the file of the best weights, and verifies that it is the one that the fit ended with, if it has ended. A whole file that another program
// wrote is a person's doing: [Folder.Edited] tells.
func (f *Folder) bestWeights() (weights.Values, error) {
	for tries := 0; ; tries++ {
		values, from, err := array.ReadNPZWithOrigin(f.file(BestFile))
		if err == nil {
			err = f.expect(BestFile, from.Sum)
		}
		if errors.Is(err, ErrChanged) && tries == 0 {
			continue // the fit may have ended between the two readings
		}
		if errors.Is(err, ErrChanged) && from.Foreign {
			f.edited, err = true, nil
		}
		return values, err
	}
}

// Edited says that the weights are no longer those of the fit, "" if they are or have not been read.
func (f *Folder) Edited() string {
	if !f.edited {
		return ""
	}
	return fmt.Sprintf("%s: another program has written it since the fit ended; the numbers are of the weights in it now, not of the fit", f.file(BestFile))
}
