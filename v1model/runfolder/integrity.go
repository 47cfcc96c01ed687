package runfolder

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// Sums are the SHA-256 of files, by their names relative to the run folder.
type Sums map[string]string

// finished is the content of result.json.
type finished struct {
	Result
	Files Sums `json:"files,omitempty"` // SHA-256 of each file of the finished fit; earlier versions wrote none
}

// ErrChanged is the error of a file that has changed since the fit ended, or that does not belong to the run's other files; test for it with errors.Is.
var ErrChanged = errors.New("not a file of this run")

// changedError is an ErrChanged with an explanation.
type changedError string

func (c changedError) Error() string { return string(c) }

func (changedError) Is(target error) bool { return target == ErrChanged }

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// sumFile returns the SHA-256 of a file, "" if there is none.
func (f *Folder) sumFile(name string) (string, error) {
	file, err := infile.Open(f.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("run folder: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("run folder: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Files returns the SHA-256 of the files of a finished fit, nil if it has not ended or an earlier version wrote none.
func (f *Folder) Files() (Sums, error) {
	if _, err := os.Stat(f.file(resultFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var r finished
	if _, err := f.readJSON(resultFile, &r); err != nil {
		return nil, err
	}
	return r.Files, nil
}

// sums returns those of all files that a fit leaves.
func (f *Folder) sums() (Sums, error) {
	all := Sums{}
	for _, name := range append([]string{configFile, datasetFile, metricsFile, BestFile, coreFile, lastFile}, atBestFiles...) {
		if slices.Contains(atBestFiles, name) && name != f.atBest {
			continue // what is left of an earlier checkpoint
		}
		sum, err := f.sumFile(name)
		if err != nil {
			return nil, err
		}
		if sum != "" {
			all[name] = sum
		}
	}
	return all, nil
}

// expect compares a file with its sum in result.json. The file must have been read before: a fit that goes on removes result.json before it changes anything.
func (f *Folder) expect(name, found string) error {
	files, err := f.Files()
	if err != nil {
		return err
	}
	if want, ok := files[name]; ok && want != found {
		return f.changed(name, want, found)
	}
	return nil
}

func (f *Folder) changed(name, want, found string) error {
	if found == "" {
		return changedError(fmt.Sprintf("%s: missing; it was there when the fit ended", f.file(name)))
	}
	advice := "put back the file that belongs to it"
	if name == configFile {
		advice = "put back the file that the fit wrote; for other settings make another fit, and for more steps use --resume --set fit.max_steps=N"
	}
	return changedError(fmt.Sprintf("%s: changed since the fit ended (SHA-256 %.12s, then %.12s): %s, or remove its entry in files of %s if it is to be used as it is",
		f.file(name), want, found, advice, resultFile))
}

// Verify compares all files of a finished fit with their sums. It returns an error, an ErrChanged, for each that differs or is missing, and the number of files
// that were compared: 0 if the fit has not ended, or an earlier version wrote no sums.
func (f *Folder) Verify() (compared int, wrong []error) {
	files, err := f.Files()
	if err != nil {
		return 0, []error{err}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		found, err := f.sumFile(name)
		if err == nil && found != files[name] {
			err = f.changed(name, files[name], found)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return len(files), wrong
}

// bound are the files to which a checkpoint belongs, each with the sums that it may have: two while the config is being changed.
type bound map[string][]string

// bind returns what last.npz says about the files beside it.
func (f *Folder) bind() (string, error) {
	b := bound{configFile: {f.read[configFile]}, datasetFile: {f.read[datasetFile]}}
	if f.atBest != "" {
		sum, err := f.sumFile(f.atBest)
		if err != nil {
			return "", err
		}
		b[f.atBest] = []string{sum}
	}
	text, err := json.Marshal(b)
	return string(text), err
}

// belongs verifies that a checkpoint belongs to the files beside it. text is what bind returned, "" in checkpoints of earlier versions.
func (f *Folder) belongs(text string) error {
	if text == "" {
		return nil
	}
	var b bound
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return fmt.Errorf("%s: %s: %w", f.file(lastFile), boundKey, err)
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		found, known := f.read[name]
		if !known {
			var err error
			if found, err = f.sumFile(name); err != nil {
				return err
			}
		}
		if found != "" && !slices.Contains(b[name], found) { // a missing file has a message of its own
			return changedError(fmt.Sprintf("%s: not the file that %s belongs to (SHA-256 %.12s, found %.12s); put it back as it was when the fit was stopped",
				f.file(name), lastFile, b[name][0], found))
		}
	}
	return nil
}

// alsoBind makes the last checkpoint belong to a config that is about to replace the present one, too.
func (f *Folder) alsoBind(config []byte) error {
	arrays, err := array.ReadNPZ(f.file(lastFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, ok := arrays[boundKey]; !ok {
		return nil // of an earlier version
	}
	text, err := f.text(lastFile, arrays, boundKey)
	if err != nil {
		return err
	}
	if err := f.belongs(text); err != nil {
		return err
	}
	var b bound
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return fmt.Errorf("%s: %s: %w", f.file(lastFile), boundKey, err)
	}
	b[configFile] = append(b[configFile], sumOf(config))
	both, err := json.Marshal(b)
	if err != nil {
		return err
	}
	arrays[boundKey] = array.Scalar(string(both))
	return array.WriteNPZ(f.file(lastFile), arrays)
}
