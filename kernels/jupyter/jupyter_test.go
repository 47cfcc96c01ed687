package jupyter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/jupyter/jupytertest"
	"v1lab/kernels/v1labhome"
)

// TestMain lets the test program stand in for the v1lab binary that the kernel specification calls.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "kernel" && os.Args[2] == "run" {
		if err := kernels.Run(context.Background(), os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if os.Getenv(asHeadless) != "" {
		headless()
	}
	if os.Getenv(asLab) != "" {
		serveLab()
	}
	os.Exit(m.Run())
}

// self is the test program, as the binary of a kernel. Whoever asks for it starts Jupyter, which short tests do not.
func self(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts Jupyter")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var setup = sync.OnceValue(func() error { return jupyter.Ensure(context.Background(), os.Stderr) })

// ready prepares, once, what Jupyter needs.
func ready(t *testing.T) {
	t.Helper()
	self(t)
	if err := setup(); err != nil {
		t.Fatal(err)
	}
}

// notebook writes a notebook of the given code cells and returns its path.
func notebook(t *testing.T, cells ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	jupytertest.Write(t, path, map[string]any{}, cells...)
	return path
}

func execute(t *testing.T, o jupyter.ExecuteOptions) (out, log string, err error) {
	t.Helper()
	var progress bytes.Buffer
	o.Out = filepath.Join(t.TempDir(), "out", "nb.ipynb")
	o.Progress, o.Binary = &progress, self(t)
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Minute
	}
	err = jupyter.Execute(t.Context(), o)
	data, _ := os.ReadFile(o.Out) //nolint:errcheck // absent: the test says what it misses
	if o.HTML {
		page, _ := os.ReadFile(strings.TrimSuffix(o.Out, ".ipynb") + ".html") //nolint:errcheck // as above
		data = append(append(data, htmlMark...), page...)
	}
	return string(data), progress.String(), err
}

// htmlMark parts the notebook from the page in what execute returns.
const htmlMark = "\n=== page ===\n"

const xlaCell = `import (
	"context"
	"github.com/gomlx/gomlx/core/graph"
	"v1lab/kernels/pjrt"
)
%%
backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
if err != nil { panic(err) }
exec, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) })
if err != nil { panic(err) }
out, err := exec.Exec1([]float32{1, 2, 3})
if err != nil { panic(err) }
fmt.Println("sum", out.Value(), backend.Description())`

func TestExecute(t *testing.T) {
	out, log, err := execute(t, jupyter.ExecuteOptions{HTML: true, Params: map[string]string{"out-dir": "here"}, Notebook: notebook(t,
		"%%\nfmt.Println(\"hello\", os.Getenv(\"V1LAB_PARAM_OUT_DIR\"), os.Getenv(\"V1LAB_HEADLESS\"))",
		xlaCell)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hello here 1", "sum 14", "xla:/"} {
		if !strings.Contains(out, want) {
			t.Errorf("executed notebook lacks %q: %s", want, out)
		}
	}
	if !strings.Contains(log, "nb.ipynb: cell 2/2, ") {
		t.Errorf("no progress line of cell 2: %s", log)
	}
	_, page, found := strings.Cut(out, htmlMark)
	if !found || !strings.Contains(page, "hello here 1") {
		t.Error("page lacks the cell's output")
	}
	for _, bad := range []string{`src="http`, `href="http`, "url(http", "cdnjs", "unpkg", "jsdelivr", `from "http`, `import("http`, `from 'http`} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("page fetches from the network: %s", page[max(0, i-80):min(len(page), i+120)])
		}
	}
}

func TestFailingCells(t *testing.T) {
	for _, test := range []struct {
		name, cell string
		timeout    time.Duration
		want       []string
	}{
		{name: "compiler", cell: "%%\nvar n int = \"text\"\nfmt.Println(n, missing)", want: []string{"cannot use \"text\"", "undefined: missing"}},
		{name: "panic", cell: "%%\npanic(\"on purpose\")", want: []string{"panic: on purpose", "exit status 2"}},
		{name: "shell line", cell: "!echo before >&2; false", want: []string{"before", "exit status 1"}},
		{name: "shell line, then another", cell: "!echo before >&2; exit 3\n!echo after >&2", want: []string{"before", "exit status 3", "after"}},
		{name: "shell line, then Go", cell: "!exit 4\n%%\nfmt.Fprintln(os.Stderr, \"after\")", want: []string{"exit status 4", "after"}},
		{name: "shell line that is killed", cell: "//gonb:!kill -9 $$\n%%\nfmt.Fprintln(os.Stderr, \"after\")", want: []string{"signal: killed", "after"}},
		{name: "script", cell: "%%bash\necho before >&2\nexit 5", want: []string{"before", "exit status 5"}},
		{name: "interpreter that is missing", cell: "%%script nothing-of-that-name\nx", want: []string{"nothing-of-that-name"}},
		{name: "unknown magic", cell: "%nothing\n%%\nfmt.Fprintln(os.Stderr, \"after\")", want: []string{`"%nothing" unknown`, "after"}},
		{name: "too long", cell: "%%\ntime.Sleep(time.Hour)", timeout: 3 * time.Second, want: []string{"longer than 3 s"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, _, err := execute(t, jupyter.ExecuteOptions{Timeout: test.timeout, Notebook: notebook(t, "!echo first", test.cell, "%%\nfmt.Println(\"never\")")})
			var failed *jupyter.CellError
			if !errors.As(err, &failed) {
				t.Fatalf("error %v, want a CellError", err)
			}
			if failed.Cell != 2 || failed.Of != 3 {
				t.Errorf("cell %d of %d failed, want 2 of 3", failed.Cell, failed.Of)
			}
			if failed.Source != test.cell {
				t.Errorf("source %q, want %q", failed.Source, test.cell)
			}
			for _, want := range test.want {
				if !strings.Contains(failed.Output, want) {
					t.Errorf("output %q lacks %q", failed.Output, want)
				}
			}
			var saved struct {
				Cells []struct{ Outputs []any }
			}
			if err := json.Unmarshal([]byte(out), &saved); err != nil {
				t.Fatalf("saved notebook: %v", err)
			}
			if len(saved.Cells) != 3 || len(saved.Cells[0].Outputs) != 1 || len(saved.Cells[2].Outputs) != 0 {
				t.Errorf("the notebook as far as it went was not saved: %s", out)
			}
		})
	}
}

// TestCellsThatOnlyLookFailed: what a program says about others is no failure of its own.
func TestCellsThatOnlyLookFailed(t *testing.T) {
	if _, _, err := execute(t, jupyter.ExecuteOptions{Notebook: notebook(t,
		"%%\nfmt.Fprintln(os.Stderr, \"exit status 1\")", "!false || echo not so bad >&2", "%%bash\nfalse\ntrue")}); err != nil {
		t.Error(err)
	}
}

// TestCancel stops a run in the middle of a cell: the notebook is saved and the cell's process ends.
func TestCancel(t *testing.T) {
	binary := self(t)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	pidFile := filepath.Join(t.TempDir(), "pid")
	go func() {
		for ctx.Err() == nil {
			if data, err := os.ReadFile(pidFile); err == nil && len(data) > 0 {
				cancel()
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	cell := fmt.Sprintf("%%%%\nos.WriteFile(%q, []byte(fmt.Sprint(os.Getpid())), 0o644)\ntime.Sleep(time.Hour)", pidFile)
	out := filepath.Join(t.TempDir(), "out.ipynb")
	err := jupyter.Execute(ctx, jupyter.ExecuteOptions{Notebook: notebook(t, "!echo first", cell), Out: out, Binary: binary})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cell 2 of 2") {
		t.Errorf("error %v, want a cancelled context in cell 2 of 2", err)
	}
	if saved, err := os.ReadFile(out); err != nil || !bytes.Contains(saved, []byte("first\\n")) {
		t.Errorf("the notebook as far as it went was not saved: %v", err)
	}
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	for wait := 0; ; wait++ {
		if _, err := os.Stat("/proc/" + string(pid)); err != nil {
			break
		}
		if wait > 100 {
			t.Fatalf("process %s of the cell still runs", pid)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if strays, err := v1labhome.Leftovers(); err != nil || len(strays) > 0 {
		t.Errorf("left behind: %v, %v", strays, err)
	}
}

// trapped makes a folder with a file json.py, which Python would import in place of its own module.
func trapped(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	sprung := filepath.Join(dir, "sprung")
	if err := os.WriteFile(filepath.Join(dir, "json.py"), fmt.Appendf(nil, "open(%q, 'w').close()\nraise SystemExit\n", sprung), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := os.Stat(sprung); err == nil {
			t.Error("json.py of the working folder was run")
		}
	})
	return dir
}

// TestFilesOfTheWorkingFolderAreNotRun looks at JupyterLab's settings, runs a notebook and tries a kernel in a folder with a module of its own.
func TestFilesOfTheWorkingFolderAreNotRun(t *testing.T) {
	ready(t)
	dir := trapped(t)
	t.Setenv(v1labhome.RootEnv, here(t))
	t.Chdir(dir)
	if _, err := jupyter.Configured(t.Context()); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "nb.ipynb")
	if err := os.Rename(notebook(t, "%%\nfmt.Println(6*7)"), path); err != nil {
		t.Fatal(err)
	}
	if out, _, err := execute(t, jupyter.ExecuteOptions{Notebook: path}); err != nil || !strings.Contains(out, "42") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := jupyter.Probe(t.Context(), self(t), "%%\nfmt.Println(6*7)", time.Minute); err != nil {
		t.Error(err)
	}
}

// A kernel starts where its log can't be written, as for the second user of a V1LAB_HOME.
func TestKernelWithoutLog(t *testing.T) {
	ready(t)
	shared, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	entries, err := os.ReadDir(shared)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "log" {
			continue
		}
		if err := os.Symlink(filepath.Join(shared, e.Name()), filepath.Join(home, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(home, "log"), nil, 0o644); err != nil { // no folder
		t.Fatal(err)
	}
	t.Setenv(v1labhome.Env, home)
	if _, err := jupyter.Probe(t.Context(), self(t), "%%\nfmt.Println(6*7)", time.Minute); err != nil {
		t.Error(err)
	}
}

// A notebook that is run in place keeps its mode, so that what is private stays so, and a link to it stays a link.
func TestExecutedInPlace(t *testing.T) {
	ready(t)
	file := notebook(t, "%%\nfmt.Println(6*7)")
	link := filepath.Join(filepath.Dir(file), "link.ipynb")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Base(file), link); err != nil {
		t.Fatal(err)
	}
	if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: link, Out: link, Binary: self(t), Timeout: 5 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "nb.ipynb" {
		t.Errorf("link: %q, %v", to, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "42") {
		t.Errorf("%s, %v", text, err)
	}
}

// here is the checkout that this test belongs to.
func here(t *testing.T) string {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestLab starts the server, asks it for a kernel and stops it.
func TestLab(t *testing.T) {
	binary := self(t)
	dir := trapped(t)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	done := make(chan error, 1)
	go func() {
		done <- jupyter.Lab(ctx, jupyter.LabOptions{Dir: dir, Binary: binary, Output: &log,
			Args: []string{"--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--port=" + port, "--IdentityProvider.token=t"}})
	}()
	ask := func(method, path, body string) string {
		request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path+"?token=t", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			return ""
		}
		defer reply.Body.Close()
		data, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var specs string
	for wait := 0; specs == "" && wait < 300; wait++ {
		time.Sleep(100 * time.Millisecond)
		specs = ask("GET", "/api/kernelspecs", "")
	}
	if !strings.Contains(specs, `"Go (v1lab)"`) || strings.Contains(specs, "ipykernel") {
		t.Errorf("kernels offered: %s", specs)
	}
	if page := ask("GET", "/lab", ""); !strings.Contains(page, "JupyterLab") {
		t.Errorf("no JupyterLab page: %.300s", page)
	}
	if kernel := ask("POST", "/api/kernels", `{"name": "v1lab"}`); !strings.Contains(kernel, `"name": "v1lab"`) {
		t.Errorf("no kernel started: %s", kernel)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Lab: %v\n%s", err, log.String())
	}
	if strays, err := v1labhome.Leftovers(); err != nil || len(strays) > 0 {
		t.Errorf("left behind: %v, %v", strays, err)
	}
}

func TestExecuteErrors(t *testing.T) {
	good := notebook(t, "%%")
	text := filepath.Join(t.TempDir(), "x.ipynb")
	if err := os.WriteFile(text, []byte("no json"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		o    jupyter.ExecuteOptions
		want string
	}{
		{"missing", jupyter.ExecuteOptions{Notebook: "no.ipynb", Out: "x"}, "notebook no.ipynb does not exist"},
		{"no output", jupyter.ExecuteOptions{Notebook: good}, "give the path of the executed notebook"},
		{"parameter", jupyter.ExecuteOptions{Notebook: good, Out: "x", Params: map[string]string{"a b": ""}}, `parameter "a b"`},
		{"no notebook", jupyter.ExecuteOptions{Notebook: text, Out: filepath.Join(t.TempDir(), "x")}, "is no notebook"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.o.Notebook == text { // only Jupyter can tell
				test.o.Binary = self(t)
			}
			if err := jupyter.Execute(t.Context(), test.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestSpecification compares our list with Jupyter's own.
func TestSpecification(t *testing.T) {
	ready(t)
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	prefix := t.TempDir()
	t.Setenv("JUPYTER_PATH", filepath.Join(prefix, "share", "jupyter"))
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	for _, o := range []kernels.InstallOptions{
		{Prefix: prefix, Binary: self(t)},
		{Prefix: prefix, Binary: self(t)}, // again
		{Name: "other", DisplayName: "Go (other)", Binary: self(t), Env: map[string]string{"GOMLX_BACKEND": "go"}},
	} {
		if _, err := kernels.Install(t.Context(), root, o, os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
	ours, err := kernels.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	python, err := jupyter.Python()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-m", "jupyter", "kernelspec", "list", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs struct {
		Specs map[string]struct {
			Dir  string `json:"resource_dir"`
			Spec struct {
				Argv        []string          `json:"argv"`
				DisplayName string            `json:"display_name"`
				Env         map[string]string `json:"env"`
				Interrupt   string            `json:"interrupt_mode"`
			} `json:"spec"`
		} `json:"kernelspecs"`
	}
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	if len(ours) != 2 {
		t.Errorf("%d specifications, want 2: %v", len(ours), ours)
	}
	for _, spec := range ours {
		other, ok := theirs.Specs[spec.Name]
		if !ok || other.Dir != spec.Dir || other.Spec.DisplayName != spec.DisplayName || strings.Join(other.Spec.Argv, " ") != strings.Join(spec.Argv, " ") ||
			other.Spec.Interrupt != "message" || other.Spec.Env["V1LAB_ROOT"] != root {
			t.Errorf("Jupyter sees %+v, we see %+v", other, spec)
		}
	}
	if _, err := kernels.Remove(t.Context(), "other"); err != nil {
		t.Error(err)
	}
	if _, err := kernels.Remove(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), `no v1lab kernel "other" is installed; installed are ["v1lab"]`) {
		t.Errorf("second removal: error %v", err)
	}
}
