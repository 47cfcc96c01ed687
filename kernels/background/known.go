package background

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"v1lab/datasets/durable"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/runfolder"
)

// Known is a fit that was started in the background with this V1LAB_HOME.
type Known struct {
	Path   string
	Writer runfolder.Writer // zero if it is not running
	Ended  *Ended           // nil if it is running
}

// All returns the background fits that are running or that ended before they were complete.
func All() ([]Known, error) {
	notes, err := notes()
	if err != nil {
		return nil, err
	}
	var all []Known
	for _, note := range notes {
		k, err := known(note)
		if err != nil {
			return nil, err
		}
		if k != nil {
			all = append(all, *k)
		}
	}
	return all, nil
}

// known reads a note; it returns nil if the fit is complete or its folder is gone.
func known(note string) (*Known, error) {
	text, err := os.ReadFile(note)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // removed meanwhile
	}
	if err != nil {
		return nil, fmt.Errorf("note of a fit: %w", err)
	}
	path := strings.TrimSuffix(string(text), "\n")
	if _, err := os.Stat(path); err != nil {
		return nil, nil //nolint:nilnil,nilerr // deleted, or on a disk that is not there now
	}
	w, writing, err := runfolder.WriterOf(path)
	if err != nil {
		return nil, err
	}
	if writing {
		return &Known{Path: path, Writer: w}, nil
	}
	f := Fit{Path: path, since: w.Since}
	_, err = f.outcome(w)
	if err == nil {
		return nil, nil //nolint:nilnil // it is complete
	}
	var e *Ended
	if !errors.As(err, &e) { // its folder cannot be read
		e = &Ended{Path: path, Last: err.Error()}
	}
	if log, err := os.Stat(filepath.Join(path, runfolder.LogFile)); !e.Killed && e.Last == silent && err == nil && time.Since(log.ModTime()) < time.Minute {
		return nil, nil //nolint:nilnil // it is about to start
	}
	return &Known{Path: path, Ended: e}, nil
}

// remember writes a note about the fit in a run folder, and removes the notes of complete fits.
func remember(path string) error {
	all, err := notes()
	if err != nil {
		return err
	}
	for _, note := range all {
		if k, err := known(note); err == nil && k == nil {
			_ = os.Remove(note) //nolint:errcheck // the next call removes it
		}
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return err
	}
	dir, err := notesDir()
	if err != nil {
		return err
	}
	if err := v1labhome.MkdirAll(dir); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, v1labhome.PathHash(path)), []byte(path+"\n"), 0o644)
}

func notesDir() (string, error) {
	base, err := v1labhome.Dir()
	return filepath.Join(base, "fits"), err
}

func notes() ([]string, error) {
	dir, err := notesDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("notes of fits: %w", err)
	}
	var paths []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") { // one that is being written
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}
