package fit

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/runfolder"
)

// limitFiles makes writes beyond a size fail, as they do on a full disk, until the function it returns is called.
func limitFiles(size uint64) (lift func() error, err error) {
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return nil, err
	}
	limit := before
	limit.Cur = size
	lift = func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) }
	return lift, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// fullDisk runs out of room three times, always after step 14, and prints the error of the fit: at the next checkpoint, at the
// next line of metrics, and when an interruption saves. In between it looks whether the checkpoint of step 13 is there, whole.
func fullDisk(backend compute.Backend, path string) error {
	for i, c := range []struct {
		room  uint64
		every time.Duration // between checkpoints
		stop  bool
	}{{4096, time.Nanosecond, false}, {100, time.Hour, false}, {4096, time.Hour, true}} {
		ctx, cancel := context.WithCancel(context.Background())
		var lift func() error
		o := Options{CheckpointEvery: c.every, Progress: func(p Progress) {
			if p.Steps == 14 {
				var err error
				if lift, err = limitFiles(c.room); err != nil {
					panic(err)
				}
				if c.stop {
					cancel()
				}
			}
		}}
		var err error
		if i == 0 {
			_, _, err = Run(ctx, backend, small(), tiny(), path, o)
		} else {
			_, _, err = Resume(ctx, backend, small(), path, o)
		}
		cancel()
		fmt.Println(err)
		if err := lift(); err != nil {
			return err
		}
		folder, err := runfolder.Open(path)
		if err != nil {
			return err
		}
		var s checkpointState
		if _, _, ok, err := folder.LoadCheckpoint(&s, &struct{}{}); err != nil || !ok || s.Schedule.Steps != 13 {
			return errors.Join(err, fmt.Errorf("the checkpoint is that of step %d, want 13", s.Schedule.Steps))
		}
		if _, err := folder.Weights(); err != nil {
			return err
		}
	}
	return nil
}

// When the disk fills up during a fit an error names the file, the last checkpoint is whole, and once there is room the fit goes on
// to the same bits. Another process runs out of room, so that this one can write its test log.
func TestDiskFullKeepsTheLastCheckpoint(t *testing.T) {
	want := unbroken(t)
	path := filepath.Join(t.TempDir(), "run")
	out, err := asChild(t, fullFolder, path).Output()
	if err != nil {
		t.Fatalf("%v after\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	accepted := []string{
		"checkpoint at step 14: " + path + "/checkpoint/last.npz: file too large; the checkpoint before it is whole",
		"run folder: write " + path + "/metrics.jsonl: file too large",
		"interrupted at step 14, and the state could not be saved: checkpoint at step 14: " + path + "/checkpoint/last.npz: file too large; the checkpoint before it is whole",
	}
	if len(lines) != len(accepted) {
		t.Fatalf("errors\n%s", out)
	}
	for i, line := range lines {
		if line != accepted[i] && line != strings.Replace(accepted[i], "last.npz", "best-0.npz", 1) && line != strings.Replace(accepted[i], "last.npz", "best-1.npz", 1) {
			t.Errorf("error %q, want %q", line, accepted[i])
		}
	}
	if _, _, err := Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := want.diff(left(t, path)); d != "" {
		t.Errorf("unbroken and after a full disk differ:\n%s", d)
	}
}
