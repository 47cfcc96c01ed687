package hermite_test

import (
	"fmt"

	"v1lab/v1model/hermite"
)

func Example() {
	b, err := hermite.New(5, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(b.Functions), "functions; the first three:")
	for _, f := range b.Functions[:3] {
		fmt.Printf("mu %d nu %d %c\n", f.Mu, f.Nu, f.Phase)
	}
	// Output:
	// 15 functions; the first three:
	// mu 0 nu 0 z
	// mu 1 nu 0 r
	// mu 1 nu 0 i
}
