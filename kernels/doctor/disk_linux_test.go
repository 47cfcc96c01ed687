package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"v1lab/kernels/doctor"
	"v1lab/kernels/python"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// onFullDisk makes the test program a setup in a V1LAB_HOME, its value, on a disk of its own that is nearly full; onShortFiles, in one where
// no file may grow beyond a size, so that writing fails as it does on a full disk but for the reason given.
const (
	onFullDisk   = "V1LAB_TEST_FULL_DISK"
	onShortFiles = "V1LAB_TEST_SHORT_FILES"
)

// noMounts is its exit status where it may not mount.
const noMounts = 3

// fullDisk is what it reports.
type fullDisk struct {
	Check  doctor.Check
	Errors map[string]string // of setting up a part, "" if that succeeded
	Left   []string          // in V1LAB_HOME afterwards
}

func setupOnFullDisk() {
	base, found := os.Getenv(onFullDisk), fullDisk{Errors: map[string]string{}}
	if os.Getenv(onShortFiles) == "" {
		err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") // nobody else sees the disk
		if err == nil {
			err = syscall.Mount("tmpfs", base, "tmpfs", 0, "size=2m")
		}
		if err != nil { // in a container or chroot
			fmt.Fprintln(os.Stderr, err)
			os.Exit(noMounts)
		}
	} else {
		const size = 4096
		signal.Ignore(syscall.SIGXFSZ) // so that a write fails and does not end the program
		err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size})
		// What the go command writes in between is in the folder too.
		for name, folder := range map[string]string{"TMPDIR": "tmp", "GOCACHE": "cache", v1labhome.Env: "home"} {
			folder = filepath.Join(base, folder)
			err = errors.Join(err, os.Mkdir(folder, 0o755), os.Setenv(name, folder))
		}
		base = filepath.Join(base, "home")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	err := os.Setenv(v1labhome.Env, base)
	var root string
	if err == nil {
		root, err = v1labhome.Root()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	found.Check = doctor.Run(context.Background(), doctor.Options{Only: []string{"private folder"}})[0]
	for name, setup := range map[string]func() error{
		"Python": func() error {
			_, err := python.Environment{Name: "small"}.Ensure(context.Background(), os.Stderr)
			return err
		},
		"tools": func() error { _, err := tools.Ensure(context.Background(), root, os.Stderr); return err },
	} {
		if err := setup(); err != nil {
			found.Errors[name] = err.Error()
		}
	}
	left, err := filepath.Glob(filepath.Join(base, "*"))
	found.Left = left
	if err = errors.Join(err, json.NewEncoder(os.Stdout).Encode(found)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestDiskFull: the doctor says what is free and what is needed, and a setup that finds no room says where, in one line, and leaves nothing half
// made. The disk is a small one in a mount namespace. Where the machine forbids those, as in a container or chroot, the setup is one that may
// write short files alone, and the doctor is asked for more room than there is.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if c := doctor.Room(dir, 0, "mend"); !c.OK || !strings.Contains(c.Detail, dir) {
		t.Errorf("room for nothing: %+v", c)
	}
	if c := doctor.Room(dir, math.MaxInt64, "mend"); c.OK || !strings.Contains(c.Detail, dir+", ") || !strings.Contains(c.Detail, " GB free, 9223372036.9 GB needed") || c.Mend != "mend" {
		t.Errorf("room for more than there is: %+v", c)
	}
	reason := syscall.ENOSPC
	found, err := onMountedDisk(t, dir)
	if errors.Is(err, errNoMounts) {
		t.Log(err)
		reason = syscall.EFBIG
		found, err = report(setup(t, dir, onShortFiles))
	} else if c := found.Check; c.OK || !strings.Contains(c.Detail, dir+", 0.0 GB free, ") || !strings.Contains(c.Mend, "set V1LAB_HOME") {
		t.Errorf("%+v; want the disk and the mend", c)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Python", "tools"} {
		if text := found.Errors[part]; !strings.Contains(text, dir) || !strings.Contains(strings.ToLower(text), reason.Error()) || strings.Contains(text, "\n") {
			t.Errorf("setup of %s: %q; want one line with %s and %q", part, text, dir, reason)
		}
	}
	for _, path := range found.Left {
		if filepath.Ext(path) != ".lock" {
			t.Errorf("left: %v", found.Left)
		}
	}
}

var errNoMounts = errors.New("this machine forbids mounts")

// setup is the test program as one that sets up in a folder.
func setup(t *testing.T, dir string, how ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), self(t))
	variables := map[string]string{onFullDisk: dir}
	for _, name := range how {
		variables[name] = "1"
	}
	cmd.Env = v1labhome.Environ(os.Environ(), variables)
	return cmd
}

// onMountedDisk sets up in a mount namespace; errNoMounts says that there may be none.
func onMountedDisk(t *testing.T, dir string) (fullDisk, error) {
	cmd := setup(t, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	found, err := report(cmd)
	forbidden := errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC)
	if forbidden || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == noMounts {
		err = fmt.Errorf("%w: %w", errNoMounts, err)
	}
	return found, err
}

// report runs a setup and reads what it found.
func report(cmd *exec.Cmd) (found fullDisk, err error) {
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, messages.String())
	}
	return found, err
}
