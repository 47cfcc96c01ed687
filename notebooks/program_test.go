package notebooks_test

import (
	"encoding/base64"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/kernels/ipynb"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/display/displaytest"
)

// chosen names the notebooks that the real kernel runs, cell by cell, besides the quickstart: all, or names without .ipynb, with commas between.
// By default it is one, whose turn comes with the number of the week. The others run as one program each, which is compiled and linked once
// instead of once a cell.
const chosen = "V1LAB_TEST_NOTEBOOKS"

// withKernel tells whether the real kernel runs a notebook.
func withKernel(t *testing.T, name string) bool {
	t.Helper()
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	var names []string
	for _, path := range paths {
		if n := strings.TrimSuffix(path, ".ipynb"); n != "quickstart" {
			names = append(names, n)
		}
	}
	switch value := os.Getenv(chosen); value {
	case "all":
		return true
	case "":
		_, week := time.Now().UTC().ISOWeek()
		return name == names[week%len(names)]
	default:
		asked := strings.Split(value, ",")
		for _, a := range asked {
			if !slices.Contains(names, a) {
				t.Fatalf("%s: found %q; accepted: all, or some of %s", chosen, a, strings.Join(names, ","))
			}
		}
		return slices.Contains(asked, name)
	}
}

// executed runs a notebook with parameters, from the first cell to the last, and returns its cells with what they show: with the real kernel, or
// as one program, all of whose outputs are in one cell then.
func executed(t *testing.T, name string, params map[string]string) []cell {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the notebook's cells")
	}
	if withKernel(t, name) {
		out := filepath.Join(t.TempDir(), name+".ipynb")
		if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: name + ".ipynb", Out: out, Params: params, Progress: os.Stderr}); err != nil {
			t.Fatal(err)
		}
		return read(t, out)
	}
	cmd := exec.CommandContext(t.Context(), program(t, name))
	cmd.Env = os.Environ()
	for name, value := range params {
		cmd.Env = append(cmd.Env, v1labhome.ParamVariable(name)+"="+value)
	}
	shown, err := displaytest.Run(cmd)
	if err != nil {
		t.Fatalf("%s: %v, after %s", name, err, shown.Stdout)
	}
	one := cell{Kind: "code", Source: []string{"all cells of " + name}}
	for kind, text := range map[string]string{"stdout": shown.Stdout, "stderr": shown.Stderr} {
		if text != "" {
			one.Outputs = append(one.Outputs, output{Kind: "stream", Name: kind, Text: text})
		}
	}
	for _, m := range shown.Messages {
		data := map[string]any{}
		for kind, value := range m.Data {
			if picture, ok := value.([]byte); ok { // as a notebook's file has it
				value = base64.StdEncoding.EncodeToString(picture)
			}
			data[string(kind)] = value
		}
		one.Outputs = append(one.Outputs, output{Kind: "display_data", Data: data})
	}
	return []cell{one}
}

// programs are those that were built, by notebook.
var programs sync.Map

// program builds the program of a notebook's cells, once, and returns its path.
func program(t *testing.T, name string) string {
	t.Helper()
	built, _ := programs.LoadOrStore(name, sync.OnceValues(func() (string, error) { return build(t, name) }))
	path, err := built.(func() (string, error))()
	if err != nil {
		t.Fatalf("%s.ipynb as one program: %v", name, err)
	}
	return path
}

func build(t *testing.T, name string) (string, error) {
	cells, err := ipynb.Read(name + ".ipynb")
	if err != nil {
		return "", err
	}
	return buildCells(t, name, cells)
}

// buildCells builds a program of some cells with flags of go build.
func buildCells(t *testing.T, name string, cells []string, flags ...string) (string, error) {
	if err := jupyter.Ensure(t.Context(), os.Stderr); err != nil {
		return "", err
	}
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	bin, err := tools.Dir(t.Context(), root)
	if err != nil {
		return "", err
	}
	env, err := tools.Env(t.Context(), root)
	if err != nil {
		return "", err
	}
	text, err := joined(cells)
	if err != nil {
		return "", err
	}
	source := filepath.Join(scratch, name+".go")
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		return "", err
	}
	for _, args := range [][]string{{filepath.Join(bin, "goimports"), "-w", source}, slices.Concat([]string{"go", "build", "-o", strings.TrimSuffix(source, ".go")}, flags, []string{source})} {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir, cmd.Env = root, env
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, out)
		}
	}
	return strings.TrimSuffix(source, ".go"), nil
}

// reInit is the name of a function that gonb turns into an init function.
var reInit = regexp.MustCompile(`(?m)^func init_\w*\(\)`)

// joined is a program of cells as gonb understands them: imports and declarations, then, after %%, what the cell does. What a cell needs of
// the standard library and does not import, goimports adds, as it does for gonb.
func joined(cells []string) (string, error) {
	var imports, declared, done strings.Builder
	seen := map[string]bool{}
	for i, c := range cells {
		before, body, _ := strings.Cut(c, "%%\n")
		const head = "package main\n"
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, fmt.Sprintf("cell %d", i+1), head+before, parser.ImportsOnly)
		if err != nil {
			return "", err
		}
		rest := before
		if n := len(file.Decls); n > 0 {
			rest = (head + before)[set.Position(file.Decls[n-1].End()).Offset:]
		}
		for _, spec := range file.Imports {
			line := spec.Path.Value
			if spec.Name != nil {
				line = spec.Name.Name + " " + line
			}
			if !seen[line] {
				seen[line] = true
				fmt.Fprintf(&imports, "import %s\n", line)
			}
		}
		declared.WriteString(reInit.ReplaceAllString(rest, "func init()") + "\n")
		fmt.Fprintf(&done, "\tfunc() { // cell %d\n%s\n}()\n", i+1, body)
	}
	return fmt.Sprintf("package main\n\nimport \"github.com/janpfeifer/gonb/gonbui\"\n%s\n%s\nfunc main() {\n%s\tgonbui.Sync()\n}\n", imports.String(), declared.String(), done.String()), nil
}

// scratch is a folder for what tests share.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "v1lab-notebooks-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(scratch) //nolint:errcheck // a temporary folder
	os.Exit(status)
}
