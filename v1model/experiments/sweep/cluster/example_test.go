package cluster_test

import (
	"fmt"
	"strings"

	"v1lab/v1model/experiments/sweep/cluster"
)

func ExampleSlurm_Script() {
	w := cluster.Worker{Out: "/scratch/sweep", Queue: "postgres://lab@db/sweeps", Program: "v1lab", Tasks: 16, CPUs: 4}
	script, err := cluster.Slurm{Worker: w, Name: "sweep", Time: "04:00:00"}.Script()
	for line := range strings.Lines(script) {
		if strings.Contains(line, "array") || strings.HasPrefix(line, "v1lab") {
			fmt.Print(line)
		}
	}
	fmt.Println(err)
	// Output:
	// #SBATCH --array=0-15
	// v1lab sweep work --out /scratch/sweep --queue postgres://lab@db/sweeps &
	// <nil>
}
