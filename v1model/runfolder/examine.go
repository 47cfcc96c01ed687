package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"v1lab/datasets/array"
)

// Examination is what Examine found in a run folder.
type Examination struct {
	Finished bool
	Compared int     // files with a sum that were compared with it; 0 of an unfinished fit, and of one by an earlier version
	Arrays   int     // arrays that were read
	Values   int     // numbers in them
	Wrong    []error // each names a file
}

// Examine reads a run folder whole: its text files and every array, whose checksums are verified, and compares files with their sums.
func Examine(path string) (e Examination) {
	wrong := func(err error) {
		if err != nil && !slices.ContainsFunc(e.Wrong, func(w error) bool { return w.Error() == err.Error() }) {
			e.Wrong = append(e.Wrong, err)
		}
	}
	f, err := Open(path)
	if err != nil {
		f = &Folder{Path: path, read: Sums{}}
		if !errors.Is(err, ErrChanged) { // then Verify names it
			wrong(err)
		}
	}
	_, e.Finished, err = f.Result()
	wrong(err)
	_, err = f.Metrics()
	wrong(err)
	files, err := archives(path)
	wrong(err)
	for _, file := range files {
		arrays, err := array.ReadNPZ(file)
		if err != nil {
			wrong(err)
			continue
		}
		for _, a := range arrays {
			e.Arrays, e.Values = e.Arrays+1, e.Values+a.Len()
		}
	}
	if err == nil && e.Wrong == nil { // what a file says of others
		if !e.Finished {
			_, _, _, err := f.LoadCheckpoint(new(any), new(any))
			wrong(err)
		} else {
			_, err := f.Weights()
			wrong(err)
		}
	}
	var changed []error
	e.Compared, changed = f.Verify()
	for _, err := range changed {
		wrong(err)
	}
	return e
}

// archives lists the .npz files of a run folder.
func archives(path string) (files []string, err error) {
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(file) == ".npz" {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("run folder: %w", err)
	}
	return files, err
}

// Find returns the run folders in a folder and below it, or the folder itself if it is one.
func Find(dir string) (runs []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if IsRun(path) {
			runs = append(runs, path)
			return fs.SkipDir
		}
		return nil
	})
	return runs, err
}
