package browser_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/program"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// server is a running v1lab lab.
type server struct {
	address, token string
	mark           string // a variable of all its kernels and cells, as NAME=value
}

// serve starts v1lab lab on a folder, as a person would: it reads address and token from the messages. It has a V1LAB_HOME of its own, in
// which nothing is open yet, with the tools and programs of the real one.
func serve(t *testing.T, dir string, env map[string]string) *server {
	t.Helper()
	if err := jupyter.Ensure(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary, _, err := program.Ensure(t.Context(), root, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	set := fresh(t, root)
	for key, value := range env {
		set[key] = value
	}
	set["V1LAB_TEST_MARK"] = dir
	cmd := exec.Command(binary, "lab", "--", dir, "--no-browser", "--allow-root", fmt.Sprintf("--port=%d", freePort(t)), "--ServerApp.port_retries=0", "--expose-app-in-browser")
	cmd.Env = v1labhome.Environ(os.Environ(), set, "JUPYTER_TOKEN")
	cmd.Dir = root
	messages, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	var mu sync.Mutex
	address := make(chan []string, 1)
	go func() {
		for lines := bufio.NewScanner(messages); lines.Scan(); {
			mu.Lock()
			fmt.Fprintln(&log, lines.Text())
			mu.Unlock()
			if m := reAddress.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case address <- m:
				default:
				}
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); in.Close() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			t.Error("v1lab lab goes on 30 s after Ctrl-C")
		}
		if t.Failed() {
			mu.Lock()
			t.Log(log.String())
			mu.Unlock()
		}
	})
	select {
	case m := <-address:
		s := &server{address: m[1], token: m[2], mark: "V1LAB_TEST_MARK=" + dir}
		for begun := time.Now(); s.status("/api") == 0; time.Sleep(50 * time.Millisecond) { // it says so a moment before it listens
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("nobody listens at %s", s.address)
			}
		}
		return s
	case err := <-ended:
		ended <- err
		t.Fatalf("v1lab lab: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("v1lab lab does not start within a minute")
	}
	return nil
}

var reAddress = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/lab/?\S*\?token=([0-9a-f]+)`)

// fresh makes a V1LAB_HOME without workspaces, and returns the variables that point to it.
func fresh(t *testing.T, root string) map[string]string {
	t.Helper()
	shared, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.MkdirTemp(filepath.Dir(shared), "v1lab-test-") // hard links need the same disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(own) }) //nolint:errcheck // a test's
	python, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	built, err := tools.Dir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(own, filepath.Base(built))
	if err := os.Mkdir(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gonb", "goimports", "gopls"} { // kernels are known by the path of their program
		if err := os.Link(filepath.Join(built, name), filepath.Join(mine, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{python, filepath.Join(shared, "bin"), filepath.Join(shared, "executables")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(dir, filepath.Join(own, filepath.Base(dir))); err != nil {
			t.Fatal(err)
		}
	}
	// All cells are in the page, also those that would have to be scrolled to.
	settings := filepath.Join(own, "jupyter", "settings", "@jupyterlab", "notebook-extension")
	if err := os.MkdirAll(settings, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(settings, "tracker.jupyterlab-settings"), []byte(`{"windowingMode": "none"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	plugin, found, err := pjrt.Locate(pjrt.CPU)
	if err != nil || !found {
		t.Fatal(plugin, err)
	}
	return map[string]string{v1labhome.Env: own, v1labhome.RootEnv: root, "TMPDIR": t.TempDir(), "PJRT_PLUGIN_LIBRARY_PATH": plugin.Path}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// status is what the server answers a request without cookies, 0 if it does not.
func (s *server) status(path string) int {
	reply, err := http.Get(s.address + path)
	if err != nil {
		return 0
	}
	reply.Body.Close() //nolint:errcheck // only the status matters
	return reply.StatusCode
}

// cells returns the running programs that kernels of this server made of cells.
func (s *server) cells(t *testing.T) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(filepath.Base(exe), "gonb_") {
			continue
		}
		environ, err := os.ReadFile(filepath.Join(filepath.Dir(link), "environ"))
		if err != nil || !strings.Contains("\x00"+string(environ), "\x00"+s.mark+"\x00") {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(filepath.Base(filepath.Dir(link)), &pid); err == nil && syscall.Kill(pid, 0) == nil {
			found = append(found, pid)
		}
	}
	return found
}
