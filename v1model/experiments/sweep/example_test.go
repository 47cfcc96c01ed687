package sweep_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/v1model"
	"v1lab/v1model/experiments/sweep"
)

func Example() {
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := sweep.Create(filepath.Join(dir, "mine"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) {
		config, err := v1model.Load("quickstart")
		return sweep.Spec{Data: "npz:recording.npz", Config: "quickstart", Space: []string{"fit.batch=one(16,32)"}, Draws: 2, Seeds: 2}, config, err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := sweep.NewReader(f).Read()
	if err != nil {
		fmt.Println(err)
		return
	}
	for task, err := range f.Tasks(state) { // what workers would do
		fmt.Println("draw", task.Draw, "seed", task.Seed, state.Draws[task.Draw].Values, err)
	}
	// Output:
	// draw 0 seed 0 map[fit.batch:32] <nil>
	// draw 0 seed 1 map[fit.batch:32] <nil>
	// draw 1 seed 0 map[fit.batch:16] <nil>
	// draw 1 seed 1 map[fit.batch:16] <nil>
}
