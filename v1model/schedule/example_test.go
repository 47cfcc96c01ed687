package schedule_test

import (
	"fmt"

	"v1lab/v1model/schedule"
)

func Example() {
	plan, err := schedule.New(schedule.OneCycle, schedule.Settings{PeakRate: 0.01, Warmup: 0.2, Steps: 6, ValidateEvery: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	var state schedule.State
	losses := []float64{3, 2} // of the validations
	for state.Reason == "" {
		fmt.Printf("step %d: %.4f\n", state.Steps+1, plan.Rate(state))
		if state.CountStep(); plan.ValidationDue(state) {
			plan.Record(&state, losses[0])
			losses = losses[1:]
		}
	}
	fmt.Printf("%s, best at step %d", schedule.Why(state.Reason), state.BestStep)
	// Output:
	// step 1: 0.0050
	// step 2: 0.0100
	// step 3: 0.0085
	// step 4: 0.0050
	// step 5: 0.0015
	// step 6: 0.0001
	// all fit.steps made, best at step 6
}
