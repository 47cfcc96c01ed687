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

	"v1lab/v1model/jsonfloat"
)

// Writer is the process that holds a run folder's lock, as it notes itself in the lock file.
type Writer struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	Birth    string    `json:"birth,omitempty"` // start of the process, as the system counts it; "" where that is not known
	Since    time.Time `json:"since"`
	Progress *Progress `json:"progress,omitempty"` // nil before the first step
}

// Progress is where a fit stands.
type Progress struct {
	Steps    int             `json:"steps"`
	MaxSteps int             `json:"max_steps"`
	Stage    int             `json:"stage"` // from 1
	Stages   int             `json:"stages"`
	Best     jsonfloat.Float `json:"best"` // lowest validation loss, NaN before the first
}

// ErrTaken is what errors.Is finds in the error of a run folder that another process made or is writing to: whoever wants the same run may
// Wait and look again.
var ErrTaken = errors.New("run folder taken")

type taken string

func (t taken) Error() string { return string(t) }

func (taken) Is(target error) bool { return target == ErrTaken }

// lookEvery is how often Wait looks.
const lookEvery = 200 * time.Millisecond

// Wait waits until nobody writes to the run folder at path, or ctx ends. It calls report, if not nil, with who does, each time it looks.
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
		case <-time.After(lookEvery):
		}
	}
}

// WriterOf tells who writes to the run folder at path; writing is false if nobody does. Then w is what a writer that was killed noted, and
// zero (no PID) if the last one ended in good order. A writer may be unknown, with no PID, if it is of an older version.
func WriterOf(path string) (w Writer, writing bool, err error) {
	for range 10 {
		if w, writing, err = look(filepath.Join(path, lockFile)); err != nil || !writing || w.PID != 0 {
			break
		}
		time.Sleep(patience / 30) // it has the lock, and is about to sign
	}
	return w, writing, err
}

func look(name string) (w Writer, writing bool, err error) {
	lock := flock.New(name, flock.SetFlag(os.O_RDONLY)) // a probe makes no file
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
		w = Writer{} // it is being written at this moment, or by a program that notes nothing
	}
	return w, !free, nil
}

// Here tells whether the writer is a process of this machine that has not ended since: one that may be sent a signal.
func (w Writer) Here() bool {
	host, err := os.Hostname()
	return err == nil && w.PID > 0 && w.Host == host && w.Birth == birth(w.PID)
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

// patience is how long a writer waits for those who only look whether there is one.
const patience = 300 * time.Millisecond

// acquire takes the lock and notes who holds it.
func (f *Folder) acquire() error {
	lock := flock.New(f.file(lockFile), flock.SetPermissions(0o666)) // as the other files, for colleagues who look
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, patience/30)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("run folder: %w", err)
	}
	if !ok {
		who, _, _ := WriterOf(f.Path) //nolint:errcheck // then it is unknown
		return taken(fmt.Sprintf("run folder %s: another process is writing to it (%v); wait for it or choose another folder", f.Path, who))
	}
	// The lock is on this file for good: what it says is written in place, not to another file that takes its name.
	note, err := os.OpenFile(f.file(lockFile), os.O_RDWR, 0)
	if err != nil {
		return errors.Join(fmt.Errorf("run folder: %w", err), lock.Unlock())
	}
	f.lock, f.note = lock, note
	host, _ := os.Hostname() //nolint:errcheck // then it is unknown
	f.writer = Writer{PID: os.Getpid(), Host: host, Birth: birth(os.Getpid()), Since: time.Now().Round(0)}
	if err := f.sign(); err != nil {
		return errors.Join(fmt.Errorf("run folder: %w", err), f.Close())
	}
	return nil
}

// signed is the length of the note: progress finds room in it, also on a disk that has become full.
const signed = 512

func (f *Folder) sign() error {
	text, err := json.Marshal(f.writer)
	if err != nil {
		return err
	}
	_, err = f.note.WriteAt(append(text, bytes.Repeat([]byte("\n"), max(1, signed-len(text)))...), 0)
	return err
}

// Note lets others see how far the fit is. It is meant to be called often and is no part of the run's record: an error means that they
// don't.
func (f *Folder) Note(p Progress) error {
	f.writer.Progress = &p
	return f.sign()
}

// Close releases the lock.
func (f *Folder) Close() error {
	if f.lock == nil {
		return nil
	}
	err := errors.Join(f.note.Truncate(0), f.note.Close(), f.lock.Unlock())
	f.lock = nil
	return err
}

// birth is when a process was started, in the kernel's ticks, "" if there is none or the system does not say.
func birth(pid int) string {
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
