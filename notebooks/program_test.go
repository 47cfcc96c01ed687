package notebooks_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
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
// By default it is one, whose turn comes with the number of the week. The others are packages of one program, which is linked once
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
	cmd := program(t, name)
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

// asked is the variable that tells the program of all notebooks which one to run.
const asked = "V1LAB_TEST_NOTEBOOK"

// program returns a command that runs a notebook's cells as one program. All notebooks are packages of one program, which is linked once.
func program(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	path, err := together()
	if err != nil {
		t.Fatalf("the notebooks as one program: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env = append(os.Environ(), asked+"="+name, "TMPDIR="+t.TempDir()) // outside a kernel nobody removes what it leaves there
	return cmd
}

// together builds the program of all notebooks and returns its path.
var together = sync.OnceValues(func() (string, error) {
	paths, err := filepath.Glob("*.ipynb")
	if err != nil {
		return "", err
	}
	sources := map[string]string{} // by their folders below notebooks/joined, which is only seen by the go command
	var imports, cases strings.Builder
	for i, path := range paths {
		name := strings.TrimSuffix(path, ".ipynb")
		cells, err := ipynb.Read(path)
		if err != nil {
			return "", err
		}
		if sources[name], err = joined("cells", "Run", cells); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintf(&imports, "\tcells%d \"v1lab/notebooks/joined/%s\"\n", i, name)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\tcells%d.Run()\n", name, i)
	}
	sources["."] = fmt.Sprintf("package main\n\nimport (\n\t\"os\"\n\n%s)\n\nfunc main() {\n\tswitch name := os.Getenv(%q); name {\n%s\tdefault:\n\t\tpanic(\"no notebook \" + name)\n\t}\n}\n", imports.String(), asked, cases.String())
	return build("notebooks", sources)
})

// programOf builds a program of some cells alone, with flags of go build.
func programOf(name string, cells []string, flags ...string) (string, error) {
	text, err := joined("main", "main", cells)
	if err != nil {
		return "", err
	}
	return build(name, map[string]string{".": text}, flags...)
}

// build builds a program of packages below notebooks/joined, the main one in ".". Goimports first adds what the source lacks, as it does for gonb.
func build(name string, sources map[string]string, flags ...string) (string, error) {
	ctx := context.Background() // tests share what is built
	if err := jupyter.Ensure(ctx, os.Stderr); err != nil {
		return "", err
	}
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	bin, err := tools.Dir(ctx, root)
	if err != nil {
		return "", err
	}
	env, err := tools.Env(ctx, root)
	if err != nil {
		return "", err
	}
	dir, overlay := filepath.Join(scratch, name), map[string]string{}
	fix := []string{filepath.Join(bin, "goimports"), "-w"}
	for folder, text := range sources {
		source := filepath.Join(dir, folder, "cells.go")
		if err := os.MkdirAll(filepath.Dir(source), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			return "", err
		}
		overlay[filepath.Join(root, "notebooks", "joined", folder, "cells.go")] = source
		fix = append(fix, source)
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	replace, target := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "program")
	if err := os.WriteFile(replace, text, 0o644); err != nil {
		return "", err
	}
	link := slices.Concat([]string{"go", "build", "-overlay", replace, "-o", target}, flags, []string{"./notebooks/joined"})
	for _, args := range [][]string{fix, link} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.Env = root, env
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, out)
		}
	}
	return target, nil
}

// reInit is the name of a function that gonb turns into an init function.
var reInit = regexp.MustCompile(`(?m)^func init_\w*\(\)`)

// joined is a package of cells as gonb understands them, with a function that runs them: imports and declarations, then, after %%, what the
// cell does. What a cell needs of the standard library and does not import, goimports adds, as it does for gonb.
func joined(pkg, function string, cells []string) (string, error) {
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
	return fmt.Sprintf("package %s\n\nimport \"github.com/janpfeifer/gonb/gonbui\"\n%s\n%s\nfunc %s() {\n%s\tgonbui.Sync()\n}\n", pkg, imports.String(), declared.String(), function, done.String()), nil
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
