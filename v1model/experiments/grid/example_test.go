package grid_test

import (
	"fmt"
	"os"

	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

func ExampleGrid_Count() {
	dir, err := os.MkdirTemp("", "grid")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	config, err := v1model.Load("quickstart")
	if err != nil {
		fmt.Println(err)
		return
	}
	first := func(uint64) runfolder.Dataset { return runfolder.Dataset{Spec: "npz:first.npz"} }
	second := func(uint64) runfolder.Dataset { return runfolder.Dataset{Spec: "npz:second.npz"} }
	g := grid.Grid{Dir: dir, Seeds: 3, Conditions: []grid.Condition{
		{Name: "main", Config: config, Data: first},
		{Name: "core-kept", Config: config, Data: second, CoreOf: "main"},
	}}
	all, left, err := g.Count()
	fmt.Println(all, left, err)
	// Output: 6 6 <nil>
}
