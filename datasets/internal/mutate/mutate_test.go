package mutate_test

import (
	"bytes"
	"fmt"
	"testing"

	"v1lab/datasets/internal/mutate"
)

func Example() {
	files := mutate.Files([]byte("a file of 28 bytes, no more!"), 3, 1)
	fmt.Println(len(files))
	// Output: 3
}

func TestFilesAreDamagedAndRepeatable(t *testing.T) {
	content := bytes.Repeat([]byte("0123 abc\n"), 40)
	first, again := mutate.Files(content, 300, 7), mutate.Files(content, 300, 7)
	same, sizes := 0, map[int]bool{}
	for i := range first {
		if !bytes.Equal(first[i], again[i]) {
			t.Fatalf("copy %d differs with the same seed", i)
		}
		if bytes.Equal(first[i], content) {
			same++
		}
		sizes[len(first[i])] = true
	}
	if same > 15 || len(sizes) < 20 {
		t.Errorf("%d of 300 copies are not damaged, %d sizes", same, len(sizes))
	}
}
