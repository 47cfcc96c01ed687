package insilico_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/v1model/insilico"
)

// interrupted does work that is stopped once and goes on, as v1lab mei and tune do, and keeps the result.
func interrupted(dir string, work func(ctx context.Context, partial string, progress func(insilico.Progress)) (map[string]array.Array, error)) error {
	if err := durable.MkdirAll(filepath.Join(dir, "insilico"), 0o777); err != nil {
		return err
	}
	out := filepath.Join(dir, "insilico", "out.npz")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	arrays, err := work(ctx, out+".partial", func(insilico.Progress) { cancel() })
	if err != nil && errors.Is(err, context.Canceled) {
		arrays, err = work(context.Background(), out+".partial", nil)
	}
	if err != nil {
		return err
	}
	return array.WriteNPZ(out, arrays)
}

// sweep compares what is left with the result without faults.
func sweep(t *testing.T, every int, run func(dir string) error) {
	t.Helper()
	whole := t.TempDir()
	if err := run(whole); err != nil {
		t.Fatal(err)
	}
	want, err := array.ReadNPZ(filepath.Join(whole, "insilico", "out.npz"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(dir string) error {
		got, err := array.ReadNPZ(filepath.Join(dir, "insilico", "out.npz"))
		if err == nil && !reflect.DeepEqual(got, want) {
			err = fmt.Errorf("%s: not the values without a fault", dir)
		}
		return err
	}
	faulty.Sweep(t, faulty.Work{
		Every: every, Run: run,
		Whole: func(dir string) error {
			if err := read(dir); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		},
		Done: func(dir string) error {
			_, err := os.Stat(filepath.Join(dir, "insilico", "out.npz.partial"))
			if err == nil {
				return errors.New("unfinished work is still there")
			}
			return read(dir)
		},
		Named: "insilico",
	})
}

// Whichever operation fails while images or Gabors are searched, the archive is absent or whole, and the work goes on to the same values.
func TestEveryFaultOfASearch(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	sweep(t, 13, func(dir string) error {
		return interrupted(dir, func(ctx context.Context, partial string, progress func(insilico.Progress)) (map[string]array.Array, error) {
			found, err := s.MEIs(ctx, []int{0, 2}, insilico.MEIOptions{Images: 4, MaxSteps: 70, LearningRate: 0.3, Batch: 8, Partial: partial, Progress: progress})
			if err != nil {
				return nil, err
			}
			return found.Arrays(), nil
		})
	})
	if testing.Short() {
		return // the same writer; the search for images has tried it
	}
	grid := insilico.SmallGrid(insilico.Range(8, 11), insilico.Range(8, 10))
	sweep(t, 13, func(dir string) error {
		return interrupted(dir, func(ctx context.Context, partial string, progress func(insilico.Progress)) (map[string]array.Array, error) {
			found, err := s.Tuning(ctx, []int{0, 2}, grid, insilico.Axes{}, insilico.SearchOptions{Partial: partial, Progress: progress})
			if err != nil {
				return nil, err
			}
			return found.Arrays(), nil
		})
	})
}
