package formats_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/durable/faulty"
	"v1lab/datasets/hdf5"
	"v1lab/datasets/npy"
	"v1lab/datasets/npz"
	"v1lab/datasets/simulated"
)

// Whichever operation fails while a recording is written, there is the old one, the new one, or, in a folder of files, one that is refused until it is written again.
func TestEveryFaultOfAConversion(t *testing.T) {
	every := 5
	made := func(seed uint64) *datasets.Dataset {
		d, err := simulated.Generate(simulated.Config{Neurons: 3, Images: 6, Val: 2, Test: 2, Repeats: 2, Height: 20, Width: 18, SNR: 1, Types: simulated.TypeNames(), Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before, after := made(1), made(2)
	same := func(a, b *datasets.Dataset) bool {
		return cmp.Equal(a, b, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout", "Spec"))
	}
	for _, c := range []struct {
		name  string
		write func(string, *datasets.Dataset) error
		open  func(datasets.Spec) (*datasets.Dataset, error)
	}{{"r.npz", npz.Write, npz.Open}, {"r.h5", hdf5.Write, hdf5.Open}, {"r", npy.Write, npy.Open}} {
		if c.name == "r" {
			every = 29
		}
		for _, over := range []bool{false, true} {
			at := func(dir string) string { return filepath.Join(dir, "data", c.name) }
			read := func(dir string) (*datasets.Dataset, error) { return c.open(datasets.Spec{Path: at(dir)}) }
			t.Run(fmt.Sprint(c.name, over), func(t *testing.T) {
				faulty.Sweep(t, faulty.Work{
					Every: every,
					Prepare: func(dir string) error {
						err := os.Mkdir(filepath.Join(dir, "data"), 0o755)
						if err == nil && over {
							err = c.write(at(dir), before)
						}
						return err
					},
					Run: func(dir string) error { return c.write(at(dir), after) },
					Whole: func(dir string) error {
						d, err := read(dir)
						switch {
						case errors.Is(err, fs.ErrNotExist) && !over:
							return nil
						case err != nil && strings.Contains(err.Error(), "did not end"):
							return nil
						case err != nil:
							return err
						case !same(d, after) && !(over && same(d, before)):
							return errors.New("neither the old nor the new recording")
						}
						return nil
					},
					Done: func(dir string) error {
						d, err := read(dir)
						if err == nil && !same(d, after) {
							err = errors.New("not the new recording")
						}
						return err
					},
					Named: "data",
				})
			})
		}
	}
}
