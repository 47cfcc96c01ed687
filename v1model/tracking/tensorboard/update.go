package tensorboard

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model/runfolder"
)

// Most bytes of an event file that is read: some 400 000 validations.
const mostBytes = 64 << 20

const start = "events.out.tfevents."

// Update adds the validations that the run has and its event file in dir lacks, and returns the file's path. What a killed process left at the file's end
// is taken off. An event file of another run is refused.
func Update(dir string, run *runfolder.Folder) (string, error) {
	metrics, err := run.Metrics()
	if err != nil {
		return "", err
	}
	path, err := fileOf(dir, run)
	if err != nil {
		return path, err
	}
	if err := durable.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return path, fmt.Errorf("event file: %w", err)
	}
	old, err := infile.ReadFile(path, mostBytes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, fmt.Errorf("event file: %w", err)
	}
	began, last := float64(time.Now().UnixNano())/1e9, int64(-1)
	there, used := records(old)
	for i, record := range there {
		e, ok := head(record)
		if !ok || i == 0 && e.version != fileVersion {
			return path, fmt.Errorf("event file %s: record %d is no event of TensorBoard; accepted: a file that v1lab wrote", path, i)
		}
		if i == 0 {
			began = e.wallTime
		}
		last = max(last, e.step)
	}
	var more []byte
	if len(there) == 0 {
		more, last = appendRecord(nil, event{wallTime: began, version: fileVersion}.marshal()), -1
	} else if len(there) == 1 {
		last = -1 // the first event has no step
	}
	for _, m := range metrics {
		if int64(m.Step) > last {
			more = appendRecord(more, event{wallTime: began + m.Seconds, step: int64(m.Step), scalars: []scalar{
				{"loss/train", float32(m.TrainLoss)}, {"loss/validation", float32(m.ValLoss)}, {"penalty", float32(m.Penalty)},
				{"learning_rate", float32(m.LearningRate)}, {"stage", float32(m.Stage)},
			}}.marshal())
		}
	}
	switch {
	case used != len(old): // half a record
		err = durable.WriteFile(path, append(old[:used:used], more...), 0o666)
	case len(more) > 0:
		err = durable.Append(path, more, 0o666)
	}
	if err != nil {
		return path, fmt.Errorf("event file: %w", err)
	}
	return path, nil
}

// fileOf returns the path of a run's event file. Its name has a hash of what the run is, so that another run of that name is noticed.
func fileOf(dir string, run *runfolder.Folder) (string, error) {
	path, err := filepath.Abs(run.Path)
	if err != nil {
		return "", fmt.Errorf("run %s: %w", run.Path, err)
	}
	config := run.Config
	config.Fit.MaxSteps = 0 // may grow
	text, err := config.YAML()
	if err != nil {
		return "", fmt.Errorf("run %s: %w", run.Path, err)
	}
	name := fmt.Sprintf("%s1.v1lab-%x", start, sha256.Sum256([]byte(run.Dataset.Fingerprint+"\n"+string(text))))[:len(start)+8+12]
	own := filepath.Join(dir, filepath.Base(path))
	entries, err := os.ReadDir(own)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("event file: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), start) && e.Name() != name {
			return "", fmt.Errorf("event file: %s is of another run, and this one would be shown with it; accepted: another folder, or another name than %s for the run",
				filepath.Join(own, e.Name()), filepath.Base(path))
		}
	}
	return filepath.Join(own, name), nil
}
