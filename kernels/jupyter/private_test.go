package jupyter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/datasets/array"
	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/lab/origin"
)

// lab is a JupyterLab that runs in this process's name.
type lab struct {
	port string
	log  *journal
	done chan error
}

// journal is a log that is read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// startLab starts JupyterLab on a folder as v1lab lab does, with further arguments, and waits until it answers.
func startLab(ctx context.Context, t *testing.T, dir string, args ...string) *lab {
	t.Helper()
	binary := self(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	l := &lab{port: port, log: &journal{}, done: make(chan error, 1)}
	go func() {
		l.done <- jupyter.Lab(ctx, jupyter.LabOptions{Dir: dir, Binary: binary, Output: l.log,
			Args: append([]string{"--no-browser", "--allow-root", "--ServerApp.port_retries=0", "--port=" + port}, args...)})
	}()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if status, _ := l.get(t, "/api", ""); status == http.StatusOK {
			return l
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("JupyterLab does not answer: %s", l.log)
		}
	}
}

// get asks for a page, with or without a token; status 0 is no answer.
func (l *lab) get(t *testing.T, path, token string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+l.port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "token "+token)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer reply.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(reply.Body); err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, b.String()
}

var reToken = regexp.MustCompile(`\?token=([0-9a-f]{32,})`)

// token is the one that the messages show.
func (l *lab) token(t *testing.T) string {
	t.Helper()
	m := reToken.FindStringSubmatch(l.log.String())
	if m == nil {
		t.Fatalf("no token in the messages: %s", l.log)
	}
	return m[1]
}

func (l *lab) ended(t *testing.T) {
	t.Helper()
	if err := <-l.done; err != nil {
		t.Errorf("Lab: %v\n%s", err, l.log)
	}
}

// TestPrivate: JupyterLab listens on the loopback only, lets nobody in without its token, leaves neither token nor a kernel's key behind, and
// trusts the outputs of notebooks that were executed here and of no others.
func TestPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("JUPYTER_TOKEN", "")
	if err := os.Unsetenv("JUPYTER_TOKEN"); err != nil { // an empty one is none
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: notebook(t, "%%\nfmt.Println(1)"), Out: filepath.Join(dir, "mine.ipynb"), Binary: self(t)}); err != nil {
		t.Fatal(err)
	}
	strangers := strings.ReplaceAll(`{"cells": [{"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {"trusted": true}, "source": "", "outputs":
		[{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>alert(1)</script>%d"}}]}], "metadata": {"trusted": true}, "nbformat": 4, "nbformat_minor": 5}`,
		"%d", fmt.Sprint(time.Now().UnixNano()))
	if err := os.WriteFile(filepath.Join(dir, "strangers.ipynb"), []byte(strangers), 0o644); err != nil {
		t.Fatal(err)
	}
	// Executed, a stranger's notebook keeps nothing of what the stranger put into it as output.
	if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: filepath.Join(dir, "strangers.ipynb"), Out: filepath.Join(dir, "executed.ipynb"), Binary: self(t)}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "executed.ipynb")); err != nil || strings.Contains(string(text), "alert") {
		t.Errorf("%v: the output of a cell that was not run is kept: %s", err, text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := startLab(ctx, t, dir)
	token := l.token(t)
	for path, want := range map[string]int{"/api/contents": http.StatusForbidden, "/api/kernels": http.StatusForbidden, "/api/status": http.StatusForbidden} {
		if status, _ := l.get(t, path, ""); status != want {
			t.Errorf("%s without the token: status %d, want %d", path, status, want)
		}
		if status, _ := l.get(t, path, token); status != http.StatusOK {
			t.Errorf("%s with the token: status %d", path, status)
		}
	}
	for _, address := range elsewhere(t) {
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(address, l.port), time.Second); err == nil {
			conn.Close() //nolint:errcheck // a test's
			t.Errorf("it listens at %s", address)
		}
	}
	for name, want := range map[string]bool{"mine.ipynb": true, "strangers.ipynb": false} {
		_, text := l.get(t, "/api/contents/"+name+"?content=1", token)
		var reply struct {
			Content struct {
				Cells []struct {
					Metadata struct{ Trusted bool }
					Outputs  []any
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &reply); err != nil || len(reply.Content.Cells) != 1 {
			t.Fatalf("%s: %v %s", name, err, text)
		}
		if c := reply.Content.Cells[0]; c.Metadata.Trusted != want || len(c.Outputs) != 1 {
			t.Errorf("%s: trusted %t, %d outputs; want %t and 1", name, c.Metadata.Trusted, len(c.Outputs), want)
		}
	}
	for _, s := range jupyter.Running(t.Context()) {
		if shown, err := json.Marshal(s); err != nil || strings.Contains(string(shown), token) || !s.Guarded {
			t.Errorf("%v: a running server is described with its token, or as without one: %s", err, shown)
		}
	}
	key := l.kernelKey(t, token)
	cancel()
	l.ended(t)
	if strings.Contains(l.log.String(), key) {
		t.Errorf("the messages show the kernel's key: %s", l.log)
	}
	if strings.Contains(l.log.String(), "warning: JupyterLab listens") {
		t.Errorf("a warning about nothing: %s", l.log)
	}
	base, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{filepath.Join(base, "jupyter"), filepath.Join(base, "log"), os.TempDir()} {
		leaks(t, place, token)
		leaks(t, place, key)
	}
	log, err := kernels.LogFile()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(log); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v; want it readable by its user only", log, info.Mode(), err)
	}
}

// kernelKey starts a kernel and returns the key by which messages to it are signed, once it has logged its start.
func (l *lab) kernelKey(t *testing.T, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+l.port+"/api/kernels", strings.NewReader(`{"name": "v1lab"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token "+token)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close() //nolint:errcheck // only the status matters
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "v1lab-run-*", "runtime", "kernel-*.json"))
	if err != nil || len(files) != 1 || reply.StatusCode != http.StatusCreated {
		t.Fatalf("status %d, connection files %v, %v", reply.StatusCode, files, err)
	}
	var connection struct{ Key string }
	text, err := os.ReadFile(files[0])
	if err == nil {
		err = json.Unmarshal(text, &connection)
	}
	info, statErr := os.Stat(files[0])
	if err != nil || statErr != nil || len(connection.Key) < 16 || info.Mode().Perm()&0o077 != 0 {
		t.Fatalf("%s: %v, %v, %v, key %q", files[0], err, statErr, info.Mode(), connection.Key)
	}
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) { // gonb has its folder when it has read all about the connection
		if found, _ := filepath.Glob(filepath.Join(os.TempDir(), "v1lab-run-*", "gonb_*")); len(found) > 0 {
			return connection.Key
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("the kernel does not start: %s", l.log)
		}
	}
}

// TestFolderOfTheUser: who names another top folder, as the container images do, gets that one. Outputs there say if their run has another fit by now.
func TestFolderOfTheUser(t *testing.T) {
	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "mine.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	l := startLab(ctx, t, t.TempDir(), "--ServerApp.root_dir="+mine)
	if status, text := l.get(t, "/api/contents", l.token(t)); status != http.StatusOK || !strings.Contains(text, "mine.txt") {
		t.Errorf("status %d: %s", status, text)
	}
	marked := func(want string) {
		t.Helper()
		status, text := l.get(t, "/api/contents/made.ipynb?content=1", l.token(t))
		if found := strings.Contains(text, want); status != http.StatusOK || !found || strings.Contains(text, "made from") != (want != `"text/html": ""`) {
			t.Errorf("status %d, want %q: %s", status, want, text)
		}
	}
	fit := func(weights ...float32) string {
		run := filepath.Join(mine, "runs", "a b")
		if err := os.MkdirAll(filepath.Join(run, "best"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := array.WriteNPZ(filepath.Join(run, "best", "weights.npz"), map[string]array.Array{"readout/biases": array.New(weights), "core/é": array.New(weights)}); err != nil {
			t.Fatal(err)
		}
		now, err := origin.Fit(run)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	first := fit(1, 2)
	notebook := fmt.Sprintf(`{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"id": "a", "cell_type": "code", "execution_count": 1, "metadata": {}, "source": "", "outputs": [
		{"output_type": "display_data", "data": {"text/html": ""}, "metadata": {"v1lab_made_from": [{"run": "runs/a b", "fit": %q}]}}]}]}`, first)
	if err := os.WriteFile(filepath.Join(mine, "made.ipynb"), []byte(notebook), 0o666); err != nil {
		t.Fatal(err)
	}
	marked(`"text/html": ""`)
	if fit(1, 3) == first {
		t.Error("another fit with the same fingerprint")
	}
	marked("<b>made from an older fit</b>: runs/a b has changed since")
	fit(1, 2)
	marked(`"text/html": ""`)
	if err := os.RemoveAll(filepath.Join(mine, "runs")); err != nil {
		t.Fatal(err)
	}
	marked("<b>made from a fit that is gone</b>: runs/a b has no weights")
	stop()
	l.ended(t)
}

// TestExposed: told to listen for other machines, JupyterLab says what that exposes and to whom, and shows no token in saying so.
func TestExposed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	for who, token := range map[string]string{"whoever reaches it and has the token can run programs as you": "0123456789abcdef", "WHOEVER REACHES IT, without a token or password, can run programs as you": ""} {
		ctx, cancel := context.WithCancel(t.Context())
		l := startLab(ctx, t, dir, "--ip=0.0.0.0", "--IdentityProvider.token="+token)
		var line string
		for begun := time.Now(); line == "" && time.Since(begun) < 5*time.Second; time.Sleep(50 * time.Millisecond) {
			for text := range strings.Lines(l.log.String()) {
				if strings.HasPrefix(text, "warning: JupyterLab listens") {
					line = text
				}
			}
		}
		for _, want := range []string{"0.0.0.0:" + l.port, who, dir, "not encrypted"} {
			if !strings.Contains(line, want) {
				t.Errorf("warning %q lacks %q", line, want)
			}
		}
		if token != "" && strings.Contains(line, token) {
			t.Errorf("the warning shows the token: %s", line)
		}
		cancel()
		l.ended(t)
	}
}

// elsewhere are this machine's addresses that others may reach.
func elsewhere(t *testing.T) (addresses []string) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			addresses = append(addresses, ip.IP.String())
		}
	}
	return addresses
}

// leaks looks for a secret in all files below a folder.
func leaks(t *testing.T, dir, secret string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil //nolint:nilerr // another kernel's, gone meanwhile
		}
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s keeps a token or key", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
