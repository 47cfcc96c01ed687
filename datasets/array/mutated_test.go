package array_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
)

// An .npz archive has a checksum of every array: of 300 damaged copies, none gives another value under a name that the archive has.
func TestDamagedArchivesChangeNoValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	want := map[string]array.Array{"images": array.New([]float32{1, 2.5, -3, 4, 5, 6}, 2, 3), "ids": array.New([]string{"a", "bc"}), "n": array.New([]int64{7})}
	if err := array.WriteNPZ(path, want); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for i, damaged := range mutate.Files(content, 300, 3) {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := array.ReadNPZ(path)
		if err != nil {
			mutate.CheckError(t, err, path)
			continue
		}
		read++
		for name, a := range got {
			if original, ok := want[name]; ok && !reflect.DeepEqual(a, original) {
				t.Errorf("damaged copy %d: %s is %v, want %v", i, name, a, original)
			}
		}
	}
	t.Logf("%d of 300 were read, all with the same values", read)
}
