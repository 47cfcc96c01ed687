package arrayfile_test

import (
	"fmt"
	"maps"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/arrayfile"
)

// inMemory is a file of some format.
type inMemory map[string]array.Array

func (f inMemory) Names() ([]string, error)                       { return slices.Sorted(maps.Keys(f)), nil }
func (f inMemory) Has(name string) bool                           { _, ok := f[name]; return ok }
func (f inMemory) Read(...string) (map[string]array.Array, error) { return f, nil }
func (f inMemory) Check(name string) error {
	if !f.Has(name) {
		return fmt.Errorf("rec: %s: not in the file", name)
	}
	return nil
}

func Example() {
	f := inMemory{
		"stimuli":   array.New(make([]uint8, 10*3*4*5), 10, 3, 4, 5),
		"responses": array.New(make([]float32, 10*2), 10, 2),
	}
	for _, name := range []string{"x:rec?images=stimuli&channels=first", "x:rec?images=stimulus", "x:rec"} {
		spec, _ := datasets.ParseSpec(name)
		arrays, err := arrayfile.ReadOptions(spec.Read()).Load(spec.Path, "array", f)
		fmt.Println(arrays.Values["images"].Shape, err)
	}
	// Output:
	// [10 4 5 3] <nil>
	// [] rec: stimulus: not in the file (option images=stimulus; found responses, stimuli)
	// [] rec: no array "train_images" and no option train_images=NAME, found responses, stimuli
}
