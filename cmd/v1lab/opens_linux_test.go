package main

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// opens counts how often a file is opened while do runs, as the kernel sees it.
func opens(t *testing.T, path string, do func()) (n int) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd) //nolint:errcheck // a test's
	// Equal events that follow each other become one: those of closing keep the openings apart.
	if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN|syscall.IN_CLOSE); err != nil {
		t.Fatal(err)
	}
	do()
	for events := make([]byte, 1<<16); ; {
		size, err := syscall.Read(fd, events)
		if errors.Is(err, syscall.EAGAIN) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < size; at += syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[at+12:])) {
			if binary.NativeEndian.Uint32(events[at+4:])&syscall.IN_OPEN != 0 {
				n++
			}
		}
	}
}

// A verb reads the weights of each run once, whatever it makes of them.
func TestWeightsAreReadOnce(t *testing.T) {
	run, dir := copied(t), t.TempDir()
	images, kept := imageFile(t, 3, 16, 16), filepath.Join(run, "insilico")
	for name, args := range map[string][]string{
		"eval":            {"eval"},
		"predict":         {"predict", "--images", images, "--out", filepath.Join(dir, "rates.npy")},
		"features":        {"features", "--out", filepath.Join(dir, "f.npz"), "--figures", dir},
		"cluster":         {"cluster", "--figures", dir},
		"figures":         {"figures", "--out", dir},
		"rf":              {"rf", "--neurons", "1", "--out", filepath.Join(dir, "rf.npz"), "--figures", dir},
		"mei":             {"mei", "--neurons", "1", "--images", "1", "--steps", "2", "--out", filepath.Join(kept, "mei.npz"), "--figures", dir},
		"tune":            {"tune", "--neurons", "1", "--x", "7:9", "--y", "8:9", "--out", filepath.Join(kept, "tune.npz"), "--figures", dir},
		"report":          {"report", "--out", dir},
		"report --browse": {"report", "--browse", "--out", dir},
		"doctor --run":    {"doctor"},
		"export --out":    {"export", "--out", filepath.Join(dir, "w.npz")},
	} {
		n := opens(t, filepath.Join(run, "best", "weights.npz"), func() { works(t, append(args, "--run", run)...) })
		t.Logf("%s: %d", name, n)
		if n != 1 {
			t.Errorf("v1lab %s: weights.npz is opened %d times, want 1", name, n)
		}
	}
}
