package doctor_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"v1lab/kernels/background"
	"v1lab/kernels/doctor"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// asWriter makes the test program write to a run folder until it is killed.
const asWriter = "V1LAB_TEST_AS_WRITER"

// held keeps the folder's lock from being collected.
var held *runfolder.Folder

func init() {
	if path := os.Getenv(asWriter); path != "" {
		config, err := v1model.Load("quickstart")
		if err != nil {
			panic(err)
		}
		if held, err = runfolder.Create(path, config, runfolder.Dataset{Version: runfolder.Version}); err != nil {
			panic(err)
		}
		runtime.GC() // must not free the lock
		select {}
	}
}

// TestFitsInTheBackground: the doctor names those under way and those that were killed or failed, with what goes on with them.
func TestFitsInTheBackground(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir())
	examine := func() doctor.Check {
		return byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"fits in the background"}}), "fits in the background")
	}
	if c := examine(); !c.OK || c.Detail != "none" {
		t.Errorf("%+v; want none", c)
	}
	path := filepath.Join(t.TempDir(), "run")
	t.Setenv(asWriter, path)
	f, err := background.Start(path, self(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := "1 under way: " + path + " (process "; !await(t, func() bool { c := examine(); return c.OK && strings.HasPrefix(c.Detail, want) }) {
		t.Errorf("%+v; want %q", examine(), want)
	}
	process, err := os.FindProcess(f.PID())
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if want := "ended before their time: " + path + " (killed)"; !await(t, func() bool { c := examine(); return !c.OK && c.Detail == want }) {
		t.Errorf("%+v; want %q", examine(), want)
	}
	if c := examine(); !strings.Contains(c.Mend, "v1lab fit --resume --background --out "+path) {
		t.Errorf("%+v; want what goes on", c)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if c := examine(); !c.OK || c.Detail != "none" {
		t.Errorf("without the folder: %+v; want none", c)
	}
}
