package runfolder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"v1lab/datasets/durable"
	"v1lab/v1model/jsonfloat"
)

// Writer describes the process that holds a run folder's lock. The process writes it to the lock file.
type Writer struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	Birth    string    `json:"birth,omitempty"` // start of the process in the kernel's ticks; "" if unknown
	Since    time.Time `json:"since"`
	Progress *Progress `json:"progress,omitempty"` // nil before the first step
}

// Progress is where a fit stands.
type Progress struct {
	Steps    int             `json:"steps"`
	MaxSteps int             `json:"max_steps"`
	Stage    int             `json:"stage"` // from 1; 0 for a schedule without stages
	Stages   int             `json:"stages"`
	Best     jsonfloat.Float `json:"best"` // lowest validation loss, NaN before the first
}

// ErrTaken is the error of a run folder that another process made or is writing to; test for it with errors.Is. A caller that wants the same run can Wait
// and try again.
var ErrTaken = errors.New("run folder taken")

type takenError string

func (t takenError) Error() string { return string(t) }

func (takenError) Is(target error) bool { return target == ErrTaken }

// pollInterval is the interval at which Wait reads the lock.
const pollInterval = 200 * time.Millisecond

// Wait waits until no process writes to the run folder at path, or ctx ends. While one does, it calls report, if not nil, with the writer several times a
// second.
func Wait(ctx context.Context, path string, report func(Writer)) error {
	for {
		w, writing, err := WriterOf(path)
		if err != nil || !writing {
			return err
		}
		if report != nil {
			report(w)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// WriterOf returns the process that writes to the run folder at path. writing is false if there is none; then w is the last writer if it was killed, and
// zero (no PID) if it ended normally. A writer of an earlier version is unknown: it has no PID.
func WriterOf(path string) (w Writer, writing bool, err error) {
	for range 10 {
		if w, writing, err = readLock(filepath.Join(path, lockFile)); err != nil || !writing || w.PID != 0 {
			break
		}
		time.Sleep(lockTimeout / 30) // it has the lock and is about to write its note
	}
	return w, writing, err
}

func readLock(name string) (w Writer, writing bool, err error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDONLY)) // creates no file
	free, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return Writer{}, false, nil
	}
	if err != nil {
		return Writer{}, false, fmt.Errorf("run folder: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // read only
	text, err := os.ReadFile(name)
	if err != nil {
		return Writer{}, false, fmt.Errorf("run folder: %w", err)
	}
	if line, _, _ := bytes.Cut(text, []byte("\n")); json.Unmarshal(line, &w) != nil {
		w = Writer{} // the note is being written at this moment, or the program writes none
	}
	return w, !free, nil
}

// IsLocal tells whether the writer is a running process of this machine, to which a signal can be sent.
func (w Writer) IsLocal() bool {
	host, err := os.Hostname()
	return err == nil && w.PID > 0 && w.Host == host && w.Birth == startTicks(w.PID)
}

// String names the writer in an error.
func (w Writer) String() string {
	if w.PID == 0 {
		return "unknown"
	}
	text := fmt.Sprintf("process %d", w.PID)
	if host, err := os.Hostname(); err != nil || host != w.Host {
		text += " on " + w.Host
	}
	text += ", since " + w.Since.Local().Format(time.DateTime)
	if w.Progress != nil {
		text += fmt.Sprintf(", at step %d", w.Progress.Steps)
	}
	return text
}

// lockTimeout is how long a writer waits for readers of the lock.
const lockTimeout = 300 * time.Millisecond

// acquire takes the lock and notes who holds it.
func (f *Folder) acquire() error {
	lock := flock.New(f.file(lockFile), flock.SetPermissions(0o666)) // as the other files, so that other users can read it
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, lockTimeout/30)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("run folder: %w", err)
	}
	if !ok {
		who, _, _ := WriterOf(f.Path) //nolint:errcheck // then it is unknown
		return takenError(fmt.Sprintf("run folder %s: another process is writing to it (%v); wait for it or choose another folder", f.Path, who))
	}
	// The lock belongs to this file, so the note is written in place, not to a new file that replaces it.
	note, err := os.OpenFile(f.file(lockFile), os.O_RDWR, 0)
	if err != nil {
		return errors.Join(fmt.Errorf("run folder: %w", err), lock.Unlock())
	}
	f.lock, f.noteFile = lock, note
	for _, name := range append([]string{configFile, datasetFile, metricsFile, resultFile, lastFile, coreFile, BestFile}, atBestFiles...) {
		durable.Tidy(f.file(name)) // what a writer left that was killed
	}
	host, _ := os.Hostname() //nolint:errcheck // then it is unknown
	f.writer = Writer{PID: os.Getpid(), Host: host, Birth: startTicks(os.Getpid()), Since: time.Now().Round(0)}
	if err := f.writeNote(); err != nil {
		return errors.Join(fmt.Errorf("run folder: %w", err), f.Close())
	}
	return nil
}

// noteLength is the length of the note. It leaves room for progress, so that later notes need no more space on a full disk.
const noteLength = 512

func (f *Folder) writeNote() error {
	text, err := json.Marshal(f.writer)
	if err != nil {
		return err
	}
	_, err = f.noteFile.WriteAt(append(text, bytes.Repeat([]byte("\n"), max(1, noteLength-len(text)))...), 0)
	return err
}

// NoteProgress writes the progress to the lock file, where other processes can read it. It may be called often. An error does not affect the run.
func (f *Folder) NoteProgress(p Progress) error {
	f.writer.Progress = &p
	return f.writeNote()
}

// Close releases the lock.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	err := errors.Join(f.noteFile.Truncate(0), f.noteFile.Close(), f.lock.Unlock())
	f.lock = nil
	return err
}

// startTicks returns when a process was started, in the kernel's ticks; "" if there is no such process or the system does not tell.
func startTicks(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return ""
	}
	// The name, in brackets, may hold anything; the fields after it are counted from 3, and this is field 22.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}
