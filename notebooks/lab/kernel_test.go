package lab_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// The test program stands in for the v1lab binary that the kernel specification calls.
func init() {
	if len(os.Args) == 4 && os.Args[1] == "kernel" && os.Args[2] == "run" {
		fmt.Fprintln(os.Stderr, kernels.Run(context.Background(), os.Args[3]))
		os.Exit(1)
	}
}

// notebook is a kernel as JupyterLab drives it.
type notebook struct {
	t      *testing.T
	stdin  io.WriteCloser
	events chan event
	pid    int    // of the kernel
	said   string // what the cells have shown
}

type event struct {
	Done, Cell, Text string
	PID              int
}

var setup = sync.OnceValue(func() error { return jupyter.Ensure(context.Background(), os.Stderr) })

// privateHome is a V1LAB_HOME that shares all that is prepared, but no notes of fits.
func privateHome(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts kernels, and fits in the background")
	}
	if err := setup(); err != nil {
		t.Fatal(err)
	}
	shared, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(shared)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, e := range entries {
		if e.Name() != "fits" && e.Name() != "root" {
			if err := os.Symlink(filepath.Join(shared, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv(v1labhome.Env, dir)
}

// open starts a kernel that ends with the test, with dir as its working folder.
func open(t *testing.T, dir string) *notebook {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Dir: data, Binary: must(os.Executable())(t)}, io.Discard); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(must(jupyter.Python())(t), "testdata/drive.py")
	cmd.Env = v1labhome.Environ(os.Environ(), map[string]string{"JUPYTER_PATH": data, "JUPYTER_DATA_DIR": t.TempDir(), "JUPYTER_RUNTIME_DIR": t.TempDir(), "TMPDIR": t.TempDir()})
	cmd.Stderr = os.Stderr
	n := &notebook{t: t, stdin: must(cmd.StdinPipe())(t), events: make(chan event, 1000)}
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.stdin.Close() //nolint:errcheck // it ends by that
		cmd.Wait()      //nolint:errcheck // whatever happened
	})
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var e event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				n.events <- e
			}
		}
		close(n.events)
	}()
	n.do("start", "dir", dir)
	return n
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// do gives the driver a verb and waits for its answer.
func (n *notebook) do(verb string, more ...string) {
	n.t.Helper()
	job := map[string]string{"do": verb}
	for i := 0; i < len(more); i += 2 {
		job[more[i]] = more[i+1]
	}
	text := must(json.Marshal(job))(n.t)
	if _, err := n.stdin.Write(append(text, '\n')); err != nil {
		n.t.Fatal(err)
	}
	n.until(verb, func(e event) bool { return e.Done == verb })
}

// cell starts a cell, afresh in what it says.
func (n *notebook) cell(code string) {
	n.t.Helper()
	n.said = ""
	n.do("run", "code", "import \"v1lab/notebooks/lab\"\n%%\n"+code)
}

// until waits for an event and keeps what is shown.
func (n *notebook) until(what string, found func(event) bool) event {
	n.t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		select {
		case e, ok := <-n.events:
			if !ok {
				n.t.Fatalf("the driver ended before %s; cells said %s", what, n.said)
			}
			n.said += e.Text + "\n"
			if e.PID != 0 {
				n.pid = e.PID
			}
			if found(e) {
				return e
			}
		case <-limit:
			n.t.Fatalf("no %s; cells said %s", what, n.said)
		}
	}
}

// ended waits for the end of the cell and wants it to be a good or bad one, and to have said something.
func (n *notebook) ended(status, want string) {
	n.t.Helper()
	if e := n.until("end of the cell", func(e event) bool { return e.Cell != "" }); e.Cell != status {
		n.t.Fatalf("the cell ended with %q, want %q: %s", e.Cell, status, n.said)
	}
	if !strings.Contains(n.said, want) { // what it shows comes another way than its end
		n.until(fmt.Sprintf("%q", want), func(event) bool { return strings.Contains(n.said, want) })
	}
}

// shown waits until a cell has shown something.
func (n *notebook) shown(want string) {
	n.t.Helper()
	n.until(fmt.Sprintf("%q", want), func(e event) bool {
		if e.Cell != "" {
			n.t.Fatalf("the cell ended with %q without %q: %s", e.Cell, want, n.said)
		}
		return strings.Contains(n.said, want)
	})
}

// children are the processes that a process started.
func children(t *testing.T, pid int) (found []int) {
	t.Helper()
	stats := must(filepath.Glob("/proc/[0-9]*/stat"))(t)
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // ended meanwhile
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent == pid && fields[0] != "Z" {
			found = append(found, must(strconv.Atoi(filepath.Base(filepath.Dir(name))))(t))
		}
	}
	return found
}

// kill ends the kernel as nobody should, and its gopls, which it leaves; the cell is left to itself.
func (n *notebook) kill() (cell int) {
	n.t.Helper()
	cell = n.cellOf()
	left := children(n.t, n.pid)
	n.do("kill")
	for _, pid := range left {
		if pid != cell {
			_ = syscall.Kill(pid, syscall.SIGTERM) //nolint:errcheck // ended meanwhile
		}
	}
	return cell
}

// slow lets the kernel end slowly: its gopls answers nothing any more.
func (n *notebook) slow() {
	n.t.Helper()
	for _, pid := range children(n.t, n.pid) {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && strings.HasPrefix(filepath.Base(exe), "gopls") {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				n.t.Fatal(err)
			}
			return
		}
	}
	n.t.Fatalf("kernel %d has no gopls", n.pid)
}

// cellOf is the process of the cell that a kernel runs.
func (n *notebook) cellOf() int {
	n.t.Helper()
	for _, pid := range children(n.t, n.pid) {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && strings.HasPrefix(filepath.Base(exe), "gonb_") {
			return pid
		}
	}
	n.t.Fatalf("kernel %d runs no cell", n.pid)
	return 0
}

// alive tells whether a process does anything: one that has ended may wait long for init to notice.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.HasPrefix(string(text[strings.LastIndexByte(string(text), ')')+1:]), " Z")
}

// gone waits for the end of processes.
func gone(t *testing.T, limit time.Duration, pids ...int) {
	t.Helper()
	begun := time.Now()
	for _, pid := range pids {
		for alive(pid) {
			if time.Since(begun) > limit {
				exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)) //nolint:errcheck // for the message
				t.Fatalf("process %d (%s) is still there after %v", pid, exe, limit)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
