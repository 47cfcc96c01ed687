package main

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"strings"
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
	run, other, dir := copied(t), alike(t, 1), t.TempDir()
	images, kept := imageFile(t, 3, 16, 16), filepath.Join(run, "insilico")
	verbs := [][]string{
		{"eval"},
		{"predict", "--images", images, "--out", filepath.Join(dir, "rates.npy")},
		{"features", "--out", filepath.Join(dir, "f.npz"), "--figures", dir, "--control", other},
		{"cluster", "--figures", dir},
		{"cluster", "--run", other},
		{"figures", "--out", dir},
		{"rf", "--neurons", "1", "--out", filepath.Join(dir, "rf.npz"), "--figures", dir},
		{"mei", "--neurons", "1", "--images", "1", "--steps", "2", "--out", filepath.Join(kept, "mei.npz"), "--figures", dir},
		{"tune", "--neurons", "1", "--x", "7:9", "--y", "8:9", "--out", filepath.Join(kept, "tune.npz"), "--figures", dir},
		{"report", "--out", dir},
		{"report", "--out", dir, "--browse", "--run", other},
		{"doctor"},
		{"export", "--out", filepath.Join(dir, "w.npz")},
	}
	if testing.Short() { // those that open more than one run
		verbs = slices.DeleteFunc(verbs, func(args []string) bool { return !slices.Contains(args, other) })
	}
	for _, args := range verbs {
		args = append(args, "--run", run)
		if n := opens(t, filepath.Join(run, "best", "weights.npz"), func() { works(t, args...) }); n != 1 {
			t.Errorf("v1lab %s: the run's weights are read %d times, want once", strings.Join(args, " "), n)
		}
	}
}
