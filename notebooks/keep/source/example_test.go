package source_test

import (
	"fmt"

	"v1lab/notebooks/keep/source"
)

func Example() {
	text, err := source.Function([]byte("package main\n\nfunc six() int {\n\treturn 2 * three\n}\n\nconst three = 3\n"), 3)
	if err != nil {
		panic(err)
	}
	fmt.Println(text)
	// Output:
	// func six ( ) int { return 2 * three ; }
	// const three = 3
}
