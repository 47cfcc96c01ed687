package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/doctor"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// asOther makes the test program the doctor of another user.
const asOther = "V1LAB_TEST_AS_OTHER"

func asOtherUser() {
	text, err := json.Marshal(doctor.Run(context.Background(), doctor.Options{Only: []string{"private folder"}}))
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	root, _ := v1labhome.Root()
	_, installErr := kernels.Install(context.Background(), root, kernels.InstallOptions{Binary: "/bin/true"}, io.Discard)
	fmt.Fprint(os.Stderr, installErr)
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// private makes a V1LAB_HOME of its own that shares the prepared parts by hard links, where they are taken as files, and by symbolic
// ones, where the path is written into them or they are built from the checkout.
func private(t *testing.T) string {
	t.Helper()
	self(t)
	if err := ready(); err != nil {
		t.Fatal(err)
	}
	shared, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	toolsDir, err := tools.Dir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	plugin, found, err := pjrt.Locate(pjrt.CPU)
	if err != nil || !found {
		t.Fatal(err)
	}
	python, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(filepath.Dir(shared), "v1lab-test-") // links need the same disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // a test's
	link(t, toolsDir, filepath.Join(dir, filepath.Base(toolsDir)))
	if plugin.Source == pjrt.FromHome {
		link(t, filepath.Join(shared, "pjrt"), filepath.Join(dir, "pjrt"))
	}
	for _, path := range []string{python, filepath.Join(shared, "bin")} {
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(v1labhome.Env, dir)
	return dir
}

// link copies a tree by hard links.
func link(t *testing.T, from, to string) {
	t.Helper()
	if err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Link(path, target)
	}); err != nil {
		t.Fatal(err)
	}
}

// mirror makes the folders of a tree anew that are at most some levels below its own; all else is a symbolic link. That is enough to remove from.
func mirror(t *testing.T, from, to string, levels int) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err == nil {
		err = os.Mkdir(to, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name()); e.IsDir() && levels > 0 {
			mirror(t, path, target, levels-1)
		} else if err := os.Symlink(path, target); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPartsRemoved takes plugin and a tool away: each is named, and setup makes it again.
func TestPartsRemoved(t *testing.T) {
	dir := private(t)
	cache, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	modcache, gocache, _ := strings.Cut(strings.TrimSpace(string(cache)), "\n")
	t.Setenv("GOMODCACHE", modcache)
	t.Setenv("GOCACHE", gocache)
	if user, err := os.UserCacheDir(); err == nil {
		t.Setenv("PIP_CACHE_DIR", filepath.Join(user, "pip")) // so that little is downloaded
	}
	t.Setenv("HOME", t.TempDir()) // no plugin from there
	for _, pattern := range []string{"pjrt/*/*/*.so", "tools-*/gonb"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s in %s: %v", pattern, dir, err)
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	checks := doctor.Run(t.Context(), doctor.Options{Binary: self(t)})
	for name, want := range map[string]string{"XLA plugin": "no CPU plugin is installed", "Go tools": "gonb not in " + dir, "kernel": "not tried because of problems with XLA plugin, Go tools"} {
		if c := byName(t, checks, name); c.OK || !strings.Contains(c.Detail, want) || c.Mend == "" {
			t.Errorf("%+v; want %q", c, want)
		}
	}
	// Setup makes them again and leaves the rest of the private folder as it is.
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tools.Ensure(t.Context(), root, os.Stderr); err != nil {
		t.Fatal(err)
	}
	if _, err := pjrt.Ensure(t.Context(), pjrt.CPU, os.Stderr); err != nil {
		t.Fatal(err)
	}
	for _, c := range doctor.Run(t.Context(), doctor.Options{Only: []string{"Go tools", "XLA plugin"}}) {
		if !c.OK || !strings.Contains(c.Detail, dir) {
			t.Errorf("after setup: %+v", c)
		}
	}
}

// TestHalfDeletedPython takes files of the Jupyter environment away: each loss is named, and setup makes all anew.
func TestHalfDeletedPython(t *testing.T) {
	dir := private(t)
	env, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(env)
	if err != nil {
		t.Fatal(err)
	}
	examined := func() doctor.Check {
		return byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"Jupyter"}}), "Jupyter")
	}
	const site = "lib/python3*/site-packages/"
	for _, test := range []struct {
		what, harm string // a pattern of what is removed; "" for nothing
		want       string
	}{
		{"whole", "", "jupyterlab 4.6.6"},
		{"a package's files", site + "zmq", filepath.Join("site-packages", "zmq") + string(filepath.Separator)},
		{"a package's list", site + "pyzmq-*.dist-info", "package pyzmq-"},
		{"a command", "bin/jupyter", filepath.Join("bin", "jupyter") + " is gone"},
		{"its commands", "bin", "has no Python in it"},
		{"all packages", "lib", "is gone"},
		{"its end", ".complete", "is incomplete"},
		{"all", "", "no Jupyter environment in " + env},
	} {
		t.Run(test.what, func(t *testing.T) {
			if err := os.RemoveAll(env); err != nil { // the link, then what the case before has left
				t.Fatal(err)
			}
			if test.what != "all" {
				mirror(t, real, env, 3)
			}
			if test.harm != "" {
				found, err := filepath.Glob(filepath.Join(env, test.harm))
				if err != nil || len(found) != 1 {
					t.Fatal(found, err)
				}
				if err := os.RemoveAll(found[0]); err != nil {
					t.Fatal(err)
				}
			}
			c := examined()
			if c.OK != (test.what == "whole") || !strings.Contains(c.Detail, test.want) || !strings.Contains(c.Detail, dir) || !c.OK && !strings.Contains(c.Mend, "v1lab demo") {
				t.Errorf("%+v; want %q and the mend", c, test.want)
			}
		})
	}
	t.Setenv("PIP_NO_COMPILE", "1") // which takes most of the time
	if err := jupyter.Ensure(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	if c := examined(); !c.OK || !strings.Contains(c.Detail, env) {
		t.Errorf("after setup: %+v", c)
	}
}

// TestSetupRunning: while a setup prepares a part, the doctor does not ask for another one.
func TestSetupRunning(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv("HOME", t.TempDir()) // no plugin from there
	t.Setenv(pjrt.FromEnv, "")
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	env, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	toolsDir, err := tools.Dir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	base, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	plugin := filepath.Join(base, "pjrt", "fastatomstruct-xla-cpu-2026.6.23")
	parts := []string{"Jupyter", "Go tools", "XLA plugin"}
	look := func(running bool) {
		t.Helper()
		for _, c := range doctor.Run(t.Context(), doctor.Options{Only: parts}) {
			if c.OK || strings.HasPrefix(c.Detail, "a setup is running: it ") != running || strings.HasPrefix(c.Mend, "wait until it is done") != running {
				t.Errorf("setup running %v: %+v", running, c)
			}
		}
	}
	look(false)
	ended := errors.New("ended")
	err = v1labhome.EnsureFolderInPlace(t.Context(), env, nil, io.Discard, func(string) error {
		return v1labhome.EnsureFolder(t.Context(), toolsDir, nil, io.Discard, func(string) error {
			return v1labhome.EnsureFolder(t.Context(), plugin, nil, io.Discard, func(string) error {
				look(true)
				return ended
			})
		})
	})
	if !errors.Is(err, ended) {
		t.Error(err)
	}
	look(false)
}

// TestReadOnlyHome examines as a user who may not write V1LAB_HOME: another one, where the tests run as root, whom nothing stops.
func TestReadOnlyHome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(v1labhome.Env, filepath.Join(file, "home"))
	if c := byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"private folder"}}), "private folder"); c.OK || !strings.Contains(c.Detail, file+" is a file") || !strings.Contains(c.Mend, "set V1LAB_HOME") {
		t.Errorf("below a file: %+v", c)
	}

	public, err := os.MkdirTemp("/tmp", "v1lab-other-") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(public) }) //nolint:errcheck // a test's
	readOnly, theirs := filepath.Join(public, "home"), filepath.Join(public, "theirs")
	for dir, mode := range map[string]os.FileMode{public: 0o755, readOnly: 0o555, theirs: 0o777} {
		if err := os.MkdirAll(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(public, "doctor.test")
	data, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(public, "go.mod"), []byte("module v1lab\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Dir = public
	cmd.Env = []string{asOther + "=1", v1labhome.Env + "=" + readOnly, "HOME=" + theirs, "PATH=/usr/bin:/bin", "TMPDIR=" + theirs, "JUPYTER_DATA_DIR=" + theirs}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var setup strings.Builder
	cmd.Stderr = &setup
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, setup.String())
	}
	var checks []doctor.Check
	if err := json.Unmarshal(out, &checks); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if c := byName(t, checks, "private folder"); c.OK || !strings.Contains(c.Detail, "cannot write "+readOnly+": permission denied") || !strings.Contains(c.Mend, "set V1LAB_HOME") {
		t.Errorf("read only: %+v", c)
	}
	if !strings.Contains(setup.String(), readOnly) || !strings.Contains(setup.String(), "permission denied") {
		t.Errorf("setup says %q", setup.String())
	}
}

// TestKilledKernel kills a kernel of the user's own Jupyter without warning: the doctor names what it left, and cleaning, as every setup
// does it, removes that and nothing of a kernel that lives.
func TestKilledKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("processes are found on Linux only")
		return
	}
	dir := private(t)
	t.Setenv("TMPDIR", t.TempDir())
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMLX_BACKEND", "go") // no plugin needed
	victim, connection := kernel(t, root)
	survivor, _ := kernel(t, root)
	cell := sleeper(t, connection)
	living := temporaries(t)
	if len(living) != 2 {
		t.Fatalf("temporary folders %v; want one per kernel", living)
	}
	if strays, err := v1labhome.Leftovers(); err != nil || len(strays) > 0 || len(kernels.Orphans()) > 0 {
		t.Fatalf("while both live: strays %v, orphans %v, %v", strays, kernels.Orphans(), err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() //nolint:errcheck // it was killed
	leftovers := func() doctor.Check {
		return byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"leftovers"}}), "leftovers")
	}
	named := fmt.Sprintf("process %d (cell)", cell)
	if !await(t, func() bool { return strings.Contains(leftovers().Detail, named) }) || !strings.Contains(leftovers().Mend, "v1lab doctor --clean") {
		t.Errorf("the doctor does not name what the kernel left: %+v", leftovers())
	}
	var removed []string
	if !await(t, func() bool { // a go command of gopls may take its time
		more, err := doctor.Clean()
		if err != nil {
			t.Error(err)
		}
		removed = append(removed, more...)
		return strings.Contains(strings.Join(removed, " "), os.TempDir())
	}) || !strings.Contains(strings.Join(removed, " "), named) {
		t.Errorf("removed %v; want a temporary folder and %s", removed, named)
	}
	if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cell)); err == nil && !strings.Contains(string(state), ") Z ") { // init may take its time
		t.Errorf("the cell still runs: %s", state)
	}
	if c := leftovers(); !c.OK {
		t.Errorf("after cleaning: %+v", c)
	}
	if left := temporaries(t); len(left) != 1 || survivor.ProcessState != nil || syscall.Kill(survivor.Process.Pid, 0) != nil {
		t.Errorf("the other kernel was disturbed: folders %v in %s", left, dir)
	}
}

// sleeper runs a cell that neither ends nor uses the project's packages and returns its process.
func sleeper(t *testing.T, connection string) (pid int) {
	t.Helper()
	python, err := jupyter.Python()
	if err != nil {
		t.Fatal(err)
	}
	const script = `import sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute(sys.argv[2])
sys.stdin.read()`
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(python, "-c", script, connection, fmt.Sprintf("%%%%\nos.WriteFile(%q, []byte(fmt.Sprintln(os.Getpid())), 0o644)\ntime.Sleep(time.Hour)", file))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()    //nolint:errcheck // it has done its work
	defer stdin.Close() //nolint:errcheck // it ends by that
	if !await(t, func() bool {
		text, err := os.ReadFile(file)
		if err == nil {
			_, err = fmt.Sscanf(string(text), "%d\n", &pid)
		}
		return err == nil
	}) {
		t.Fatal("the cell does not run")
	}
	return pid
}

// kernel starts a kernel as the user's Jupyter does and waits until gonb has its folder and gopls. It also returns the connection file.
func kernel(t *testing.T, root string) (*exec.Cmd, string) {
	t.Helper()
	connection := map[string]any{"transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256", "kernel_name": "v1lab"}
	for _, name := range []string{"shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		connection[name] = listener.Addr().(*net.TCPAddr).Port
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(connection)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kernel.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	before := len(gonbFolders(t))
	cmd := exec.Command(self(t), "kernel", "run", file)
	cmd.Env = v1labhome.Environ(os.Environ(), map[string]string{v1labhome.RootEnv: root})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // killed already
		cmd.Wait()         //nolint:errcheck // it was killed
		kernels.Clean()    //nolint:errcheck // a test's
	})
	if !await(t, func() bool { return len(gonbFolders(t)) > before }) {
		t.Fatal("the kernel does not start")
	}
	return cmd, file
}

func temporaries(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "v1lab-kernel-*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func gonbFolders(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "v1lab-kernel-*", "gonb_*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func await(t *testing.T, ready func() bool) bool {
	t.Helper()
	for range 600 {
		if ready() {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

// TestDamagedPlugin: a changed byte is found by the plugin's hash, before it is loaded; a plugin that ends the program that loads it does not end the doctor.
func TestDamagedPlugin(t *testing.T) {
	dir, binary := private(t), self(t)
	examine := func() doctor.Check {
		return byName(t, doctor.Run(t.Context(), doctor.Options{Binary: binary, Only: []string{"XLA plugin"}}), "XLA plugin")
	}
	if c := examine(); !c.OK || !strings.Contains(c.Detail, "cpu:0") {
		t.Errorf("whole: %+v", c)
	}
	files, err := filepath.Glob(filepath.Join(dir, "pjrt/*/*/*.so"))
	if err != nil || len(files) != 1 {
		t.Fatalf("plugins %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.Remove(files[0]); err != nil { // it is a link to the shared one
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], data, 0o755); err != nil {
		t.Fatal(err)
	}
	if c := examine(); c.OK || !strings.Contains(c.Detail, "has changed since it was installed") || !strings.HasPrefix(c.Mend, "rm -r "+filepath.Dir(filepath.Dir(files[0]))) {
		t.Errorf("a changed byte: %+v", c)
	}
	library := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	compile := exec.Command("gcc", "-shared", "-fPIC", "-x", "c", "-o", library, "-")
	compile.Stdin = strings.NewReader("#include <stdlib.h>\n__attribute__((constructor)) static void begin(void) { abort(); }\n")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	t.Setenv(pjrt.FromEnv, library)
	if c := examine(); c.OK || !strings.Contains(c.Detail, library+" ends the program that loads it") || !strings.Contains(c.Mend, pjrt.FromEnv) {
		t.Errorf("a plugin that aborts: %+v", c)
	}
}
