package tracking_test

import (
	"fmt"

	"v1lab/v1model/tracking"
)

// Fits are sent while they are made; say is called with what goes wrong.
func ExampleFollow() {
	server, err := tracking.NewServer("http://localhost:5000")
	if err != nil {
		fmt.Println(err)
		return
	}
	follower := tracking.Follow("runs/first", tracking.Targets{Server: server}, func(text string) { fmt.Println(text) })
	// Here the fit is made, in runs/first. There is none, so nothing is sent.
	follower.End(tracking.Running)
	fmt.Println(server)
	// Output: http://localhost:5000
}
