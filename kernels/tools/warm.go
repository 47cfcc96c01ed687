package tools

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/ipynb"
	"v1lab/kernels/program"
	"v1lab/kernels/v1labhome"
)

// common lists packages that most notebooks import.
var common = []string{"fmt", "github.com/gomlx/gomlx/core/graph", "github.com/janpfeifer/gonb/gonbui", "v1lab/kernels/pjrt"}

// Imports returns the packages that the notebooks of the checkout at root import, sorted, and those
// that every notebook may need. It skips cells that do not parse: the kernel reports them.
func Imports(root string) ([]string, error) {
	found := map[string]bool{}
	for _, pkg := range common {
		found[pkg] = true
	}
	files, err := v1labhome.Glob(root, "notebooks/*.ipynb")
	if err != nil {
		return nil, fmt.Errorf("notebooks: %w", err)
	}
	for _, file := range files {
		sources, err := ipynb.Read(file)
		if err != nil {
			return nil, err
		}
		for _, cell := range sources {
			for _, path := range ipynb.Imports(cell) {
				found[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Warm downloads the modules that cells may need and compiles the notebooks' imports exactly as a cell is compiled, so that the first cell
// finds them in the build cache. If there is nothing to do, it takes about a second.
func Warm(ctx context.Context, root string, progress io.Writer) error {
	pkgs, err := Imports(root)
	if err != nil {
		return err
	}
	temp, err := cell(ctx, root, pkgs)
	if err != nil {
		return err
	}
	defer temp.Remove()
	env, err := Env(ctx, root)
	if err != nil {
		return err
	}
	if program.EngineWanted() {
		if _, _, err := program.Ensure(ctx, root, progress); err != nil {
			return err
		}
	}
	stale, err := stale(ctx, temp.Dir, env)
	if err == nil && len(stale) == 0 {
		return nil
	}
	if err != nil { // modules are missing: they are downloaded as the user's GOPROXY says, which cells do not have
		fmt.Fprintln(progress, "downloading the Go modules that cells may need (once)") //nolint:errcheck // progress only
		if _, err := gocmd.Run(ctx, temp.Dir, gocmd.CellEnviron(root), "list", "-deps", ".", "v1lab/..."); err != nil {
			return fmt.Errorf("modules of the checkout: %w", err)
		}
	} else {
		fmt.Fprintf(progress, "compiling %d packages that notebooks use (once)\n", len(stale)) //nolint:errcheck // progress only
	}
	if _, err := gocmd.Run(ctx, temp.Dir, env, "build", "-o", filepath.Join(temp.Dir, "cell"), "."); err != nil {
		return fmt.Errorf("a cell with the packages of the notebooks: %w", err)
	}
	if _, err := gocmd.Run(ctx, temp.Dir, env, "build", "-tags=v1lab_engine", "-o", os.DevNull, "v1lab/notebooks/lab"); err != nil {
		return fmt.Errorf("a cell that asks the engine: %w", err)
	}
	if tools, err := Dir(ctx, root); err == nil { // goimports keeps an index of all modules
		cmd := exec.CommandContext(ctx, filepath.Join(tools, "goimports"), "-w", filepath.Join(temp.Dir, "main.go"))
		cmd.Dir, cmd.Env = temp.Dir, env
		_ = cmd.Run() //nolint:errcheck // only to warm it
	}
	return nil
}

// cell makes what the go command sees as a cell: a main package in a workspace with the checkout. A workspace needs the go.mod of more
// modules than the checkout alone.
func cell(ctx context.Context, root string, pkgs []string) (*v1labhome.Temp, error) {
	temp, err := v1labhome.NewTemp(v1labhome.ForWarming)
	if err != nil {
		return nil, err
	}
	var main strings.Builder
	main.WriteString("package main\n\nimport (\n")
	for _, pkg := range pkgs {
		fmt.Fprintf(&main, "\t_ %q\n", pkg)
	}
	main.WriteString(")\n\nfunc main() {}\n")
	err = os.WriteFile(filepath.Join(temp.Dir, "main.go"), []byte(main.String()), 0o644)
	env := v1labhome.Environ(gocmd.CellEnviron(root), map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local"})
	for _, args := range [][]string{{"mod", "init", "cell"}, {"work", "init"}, {"work", "use", root, "."}} {
		if err == nil {
			_, err = gocmd.Run(ctx, temp.Dir, env, args...)
		}
	}
	if err != nil {
		temp.Remove()
		return nil, fmt.Errorf("cell to compile: %w", err)
	}
	return temp, nil
}

// Stale returns the number of packages that notebooks depend on and that the build cache does not hold.
func Stale(ctx context.Context, root string) (int, error) {
	pkgs, err := Imports(root)
	if err != nil {
		return 0, err
	}
	temp, err := cell(ctx, root, pkgs)
	if err != nil {
		return 0, err
	}
	defer temp.Remove()
	found, err := stale(ctx, temp.Dir, v1labhome.Environ(gocmd.CellEnviron(root), map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local"}))
	return len(found), err
}

// stale lists the packages that a cell depends on and that the build cache does not hold.
func stale(ctx context.Context, dir string, env []string) ([]string, error) {
	const format = `{{if and .Stale (ne .StaleReason "not installed but available in build cache") (ne .Name "main")}}{{.ImportPath}}{{end}}`
	out, err := gocmd.Run(ctx, dir, env, "list", "-deps", "-f", format, ".")
	if err != nil {
		return nil, fmt.Errorf("packages of the notebooks: %w", err)
	}
	return strings.Fields(out), nil
}
