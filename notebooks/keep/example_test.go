package keep_test

import (
	"fmt"
	"os"
	"time"

	"v1lab/notebooks/keep"
)

func Example() {
	dir, err := os.MkdirTemp("", "kept")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := keep.Write(dir, "six", "0123456789abcdef", 6, time.Second); err != nil {
		panic(err)
	}
	value, _, err := keep.Read[int](dir, "six", "0123456789abcdef")
	fmt.Println(value, err)
	// Output:
	// 6 <nil>
}
