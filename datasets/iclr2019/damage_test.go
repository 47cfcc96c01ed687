package iclr2019_test

import (
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets/internal/mutate"
)

// 500 damaged pickles: a recording or one line that names the file, no panic, and memory within the file's measure.
func TestDamagedPickles(t *testing.T) {
	content, err := os.ReadFile("testdata/data_p4.pkl")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "data.pkl")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	mutate.CheckOpen(t, path, 500, 64*uint64(len(content))+4<<20, func() error {
		_, err := open(t, "iclr2019:"+path)
		return err
	})
}
