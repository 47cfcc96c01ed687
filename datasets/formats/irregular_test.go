package formats_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/datasets/formats"
)

// A pipe that nobody writes to would keep the program waiting, a device may never end.
func TestPipesAndDevicesAreRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "f.npz")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	arrays := filepath.Join(dir, "arrays")
	pictures := filepath.Join(dir, "pictures")
	for _, d := range []string{arrays, pictures} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"images.npy", "responses.npy"} {
		if err := syscall.Mkfifo(filepath.Join(arrays, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(pictures, "a.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(table, []byte("image,n0\na.png,1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	names := []string{"npy:" + arrays, "csv:" + table + "?images=" + pictures}
	for _, f := range formats.All() {
		if f.FromName || f.Scheme == "npy" {
			continue
		}
		for _, path := range []string{pipe, "/dev/zero"} {
			name := f.Scheme + ":" + path
			if f.Scheme == "csv" {
				name += "?images=" + pictures
			}
			names = append(names, name)
		}
	}
	for _, name := range names {
		ended := make(chan error, 1)
		go func() {
			_, err := formats.Open(name)
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: hangs", name)
		}
	}
}
