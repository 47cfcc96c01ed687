package grid

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"v1lab/datasets/durable"
)

// ReadScores reads what was measured of a fit from a JSON file beside its run folder. found is false if there is no file yet.
func ReadScores(path string, scores any) (found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(text, scores); err != nil {
		return false, fmt.Errorf("%s: %w; remove the file, it is made again", path, err)
	}
	return true, nil
}

// WriteScores writes what ReadScores reads. It makes the folder if there is none.
func WriteScores(path string, scores any) error {
	text, err := json.Marshal(scores)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := durable.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(path, append(text, '\n'), 0o666)
}
