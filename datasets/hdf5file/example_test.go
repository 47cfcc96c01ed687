package hdf5file_test

import (
	"fmt"

	"v1lab/datasets/hdf5file"
)

func Example() {
	f, err := hdf5file.Open("testdata/latest.h5")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	for _, name := range []string{"chunks/shuffle", "text/variable", "types/compound"} {
		a, err := f.Read(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(name, a.Shape, a.Type())
	}
	unit, ok, err := f.Attribute("chunks/gzip", "unit")
	fmt.Println(unit.Strings(), ok, err)
	// Output:
	// chunks/shuffle [20 15] float64
	// text/variable [3] str
	// testdata/latest.h5: types/compound: not in the file
	// [spikes per second] true <nil>
}
