package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// stateKey is the array that holds a checkpoint's scalars, as JSON.
const stateKey = "state"

// Checkpoint is all that resuming needs: arrays (weights, optimiser) and scalars (schedule, sampler).
type Checkpoint struct {
	Arrays weights.Values
	State  any // on reading, a pointer to decode into
}

// SaveCheckpoint replaces checkpoint/last.npz, and before it, if atBest is given, the state at the best validation and
// best/weights.npz with the variables of specs. If a write fails, say because the disk is full, the checkpoint before stays.
func (f *Folder) SaveCheckpoint(last Checkpoint, atBest *Checkpoint, specs []weights.Spec) error {
	if atBest != nil {
		if err := f.save(atBestFile, *atBest); err != nil {
			return err
		}
		best := weights.Values{}
		for _, s := range specs {
			best[s.Name] = atBest.Arrays[s.Name]
		}
		if err := f.SaveWeights(best); err != nil {
			return err
		}
	}
	return f.save(lastFile, last)
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

// LoadCheckpoint reads checkpoint/last.npz and the state at the best validation, decoding their scalars into lastState and atBestState;
// ok is false if there is no checkpoint yet. There is nothing at best before the first validation: then atBest is nil.
func (f *Folder) LoadCheckpoint(lastState, atBestState any) (last, atBest weights.Values, ok bool, err error) {
	if last, err = f.load(lastFile, lastState); err != nil || last == nil {
		return nil, nil, false, err
	}
	atBest, err = f.load(atBestFile, atBestState)
	return last, atBest, err == nil, err
}

func (f *Folder) load(name string, state any) (weights.Values, error) {
	if _, err := os.Stat(f.file(name)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	arrays, err := array.ReadNPZ(f.file(name))
	if err != nil {
		return nil, err
	}
	text := arrays[stateKey].Strings()
	if len(text) != 1 {
		return nil, fmt.Errorf("%s: no scalar %q in it", f.file(name), stateKey)
	}
	delete(arrays, stateKey)
	if err := json.Unmarshal([]byte(text[0]), state); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.file(name), stateKey, err)
	}
	return arrays, nil
}

// SaveWeights replaces best/weights.npz.
func (f *Folder) SaveWeights(w weights.Values) error { return array.WriteNPZ(f.file(bestFile), w) }

// Weights reads the best weights and checks them against the model that the folder describes.
func (f *Folder) Weights() (weights.Values, error) {
	if _, err := os.Stat(f.file(bestFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run folder %s: no weights yet; let the fit reach its first validation, or resume it", f.Path)
	}
	values, err := array.ReadNPZ(f.file(bestFile))
	if err != nil {
		return nil, err
	}
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	if err := weights.Values(values).Check(m.Specs()); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(bestFile), err)
	}
	return values, nil
}
