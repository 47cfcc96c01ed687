package readbench_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"v1lab/datasets/internal/readbench"
)

// A benchmark of package main would be
//
//	func BenchmarkOpen(b *testing.B) { readbench.Read(b, size, open, program, path) }
func Example() {
	if err := flag.Set("test.benchtime", "1x"); err != nil {
		fmt.Println(err)
	}
	result := testing.Benchmark(func(b *testing.B) {
		readbench.Read(b, 4<<20, func() error {
			_, err := os.ReadDir(".")
			return err
		}, "print(0.5)")
	})
	fmt.Println(result.N > 0)
	// Output: true
}
