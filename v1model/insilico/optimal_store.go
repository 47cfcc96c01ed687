package insilico

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
)

// searchFile is the file of an unfinished search. It holds the best Gabors so far, of all neurons that are searched for, and the first index that is left.
type searchFile struct {
	path string // empty: none
	key  string // identifies what the result depends on: weights, grid and, of some neurons, which
}

func (f searchFile) save(start int, best []float32, number []int32) error {
	numbers := make([]int64, len(number))
	for i, n := range number {
		numbers[i] = int64(n)
	}
	if err := array.WriteNPZ(f.path, map[string]array.Array{"key": array.Scalar(f.key), "start": array.Scalar(start), "best": array.New(best), "number": array.New(numbers)}); err != nil {
		return fmt.Errorf("unfinished search: %w", err)
	}
	return nil
}

// load fills best and number, and returns the index to continue from; 0 if there is no file.
func (f searchFile) load(best []float32, number []int32, all int) (start int, err error) {
	if f.path == "" {
		return 0, nil
	}
	if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	arrays, err := array.ReadNPZ(f.path, "key", "start", "best", "number")
	if err != nil {
		return 0, fmt.Errorf("unfinished search: %w; remove the file to begin anew", err)
	}
	if text := arrays["key"].Strings(); len(text) != 1 || text[0] != f.key {
		return 0, fmt.Errorf("unfinished search: %s is of another run or another grid, or of other neurons; go on with those, or remove the file to begin anew", f.path)
	}
	r := reader{arrays: arrays}
	starts, rates, numbers := r.ints("start"), r.float32s("best"), r.ints("number")
	if r.err == nil && (len(starts) != 1 || starts[0] < 0 || starts[0] > all || len(rates) != len(best) || len(numbers) != len(number)) {
		r.err = fmt.Errorf("start %v, %d rates and %d numbers; accepted: one from 0 to %d, %d and %d", starts, len(rates), len(numbers), all, len(best), len(number))
	}
	if r.err != nil {
		return 0, fmt.Errorf("unfinished search: %s: %w; remove the file to begin anew", f.path, r.err)
	}
	copy(best, rates)
	for i, n := range numbers {
		number[i] = int32(n)
	}
	return starts[0], nil
}

// interrupted saves the search and returns an error that tells how much is done.
func (f searchFile) interrupted(cause error, start, all int, best []float32, number []int32) error {
	if f.path == "" {
		return fmt.Errorf("stopped after %d of %d Gabors: %w", start, all, cause)
	}
	if err := f.save(start, best, number); err != nil {
		return err
	}
	return fmt.Errorf("stopped after %d of %d Gabors, kept in %s: %w", start, all, f.path, cause)
}

func (f searchFile) remove() error {
	if f.path == "" {
		return nil
	}
	durable.Tidy(f.path)
	if err := durable.Remove(f.path); err != nil {
		return fmt.Errorf("unfinished search: %w", err)
	}
	return nil
}
