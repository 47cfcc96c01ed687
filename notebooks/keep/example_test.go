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
	source, err := keep.Function([]byte("package main\n\nfunc six() int {\n\treturn 2 * three\n}\n\nconst three = 3\n"), 3)
	if err != nil {
		panic(err)
	}
	fmt.Println(source)
	if err := keep.Write(dir, "six", "0123456789abcdef", 6, time.Second); err != nil {
		panic(err)
	}
	value, _, err := keep.Read[int](dir, "six", "0123456789abcdef")
	fmt.Println(value, err)
	// Output:
	// func six ( ) int { return 2 * three ; }
	// const three = 3
	// 6 <nil>
}
