package queue_test

import (
	"fmt"

	"v1lab/v1model/experiments/sweep/queue"
)

func ExampleCheck() {
	fmt.Println(queue.Check("postgres://lab@db.example/sweeps"))
	fmt.Println(queue.Check("mysql://lab:secret@db.example/sweeps"))
	// Output:
	// <nil>
	// queue mysql://lab:...@db.example/sweeps: accepted: postgres://USER@HOST/DATABASE, or none for a file in the sweep's folder
}
