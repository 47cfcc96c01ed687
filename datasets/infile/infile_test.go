package infile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"v1lab/datasets/infile"
)

func Example() {
	_, err := infile.Open("/dev/zero")
	fmt.Println(err)
	fmt.Println(infile.Unpacked(1 << 20))
	// Output:
	// open /dev/zero: not a regular file: a device
	// 276824064
}

func TestOnlyFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(in("file"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(in("pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", in("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for link, to := range map[string]string{"link": "file", "pipe-link": "pipe"} {
		if err := os.Symlink(to, in(link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]string{"file": "", "link": "", "pipe": "a pipe", "pipe-link": "a pipe", "socket": "a socket"} {
		_, err := infile.ReadFile(in(name), 7)
		_, rooted := infile.OpenIn(root, name)
		for _, err := range []error{err, rooted} {
			if want == "" && err != nil || want != "" && (!errors.Is(err, infile.ErrIrregular) || !strings.HasSuffix(err.Error(), want) || !errors.As(err, new(*fs.PathError))) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
	if _, err := infile.Open("/dev/null"); !errors.Is(err, infile.ErrIrregular) {
		t.Error(err)
	}
	if _, err := infile.ReadFile(in("file"), 6); err == nil || !strings.HasSuffix(err.Error(), "more than 6 bytes") {
		t.Error(err)
	}
	if _, err := infile.Open(in("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestUnpackedEnds(t *testing.T) {
	if infile.Unpacked(math.MaxUint64) != math.MaxUint64 || infile.Unpacked(math.MaxUint64/200) != math.MaxUint64 || infile.Unpacked(0) != 64<<20 {
		t.Error("wrapped round")
	}
}
