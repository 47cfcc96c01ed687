package beside_test

import (
	"fmt"
	"os"
	"testing"

	"v1lab/datasets/internal/beside"
)

// A benchmark of package main would be
//
//	func BenchmarkOpen(b *testing.B) { beside.Read(b, size, open, program, path) }
func Example() {
	result := testing.Benchmark(func(b *testing.B) {
		beside.Read(b, 4<<20, func() error {
			_, err := os.ReadDir(".")
			return err
		}, "print(0.5)")
	})
	fmt.Println(result.N > 0)
	// Output: true
}
