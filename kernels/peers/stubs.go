package peers

import (
	"context"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"v1lab/kernels/v1labhome"
)

// library is a shared library of CUDA that PyTorch needs but that was not installed.
type library struct {
	name    string
	version string          // version of its symbols, empty for none
	symbols map[string]bool // symbols that PyTorch needs
}

// cuda matches the names of CUDA's libraries; PyTorch's other libraries belong to the system.
var cuda = regexp.MustCompile(`^lib(cu|nv|nccl)`)

// function matches the names of CUDA's functions.
var function = regexp.MustCompile(`^(cu|nv|nccl)[A-Za-z]`)

// installStubs installs a small library in place of every missing CUDA library that PyTorch's own libraries need. Its functions only return an
// error code. Without a GPU none is ever called; the stubs only let PyTorch load.
func installStubs(ctx context.Context, compiler, dir string) error {
	found, err := v1labhome.Glob(dir, "lib/python3*/site-packages/torch/lib")
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%s holds no PyTorch: remove the folder and try again", dir)
	}
	absent, err := missing(found[0])
	if err != nil {
		return err
	}
	for _, l := range absent {
		if err := l.build(ctx, compiler, found[0]); err != nil {
			return err
		}
	}
	return nil
}

// missing lists the CUDA libraries that libraries in a folder need and that are neither there nor in the packages next to it.
func missing(dir string) ([]*library, error) {
	paths, err := v1labhome.Glob(dir, "*.so*")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	there := map[string]bool{}
	for _, place := range []struct{ dir, pattern string }{{dir, "*"}, {filepath.Join(dir, "..", "..", "nvidia"), "*/lib/*"}} {
		files, err := v1labhome.Glob(place.dir, place.pattern)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			there[filepath.Base(f)] = true
		}
	}
	absent := map[string]*library{}
	for _, path := range paths {
		if err := addNeeded(path, there, absent); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var list []*library
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		list = append(list, absent[name])
	}
	return list, nil
}

// addNeeded adds to absent what one library needs and is missing.
func addNeeded(path string, there map[string]bool, absent map[string]*library) error {
	file, err := elf.Open(path)
	if err != nil {
		return nil //nolint:nilerr // not a library of this system: it needs nothing
	}
	defer file.Close() //nolint:errcheck // only read
	needed, err := file.ImportedLibraries()
	if err != nil {
		return err
	}
	for _, name := range needed {
		if cuda.MatchString(name) && !there[name] && absent[name] == nil {
			absent[name] = &library{name: name, symbols: map[string]bool{}}
		}
	}
	symbols, err := file.ImportedSymbols()
	if err != nil {
		return err
	}
	var plain *library // symbols without a version do not tell their library: any library may define them
	for _, s := range symbols {
		if l := absent[s.Library]; l != nil {
			l.version = s.Version
		}
	}
	for _, name := range needed {
		if l := absent[name]; l != nil && l.version == "" {
			plain = l
		}
	}
	for _, s := range symbols {
		if l := absent[s.Library]; l != nil {
			l.symbols[s.Name] = true
		} else if s.Library == "" && plain != nil && function.MatchString(s.Name) {
			plain.symbols[s.Name] = true
		}
	}
	return nil
}

// build compiles the stub into dir.
func (l *library) build(ctx context.Context, compiler, dir string) error {
	scratch, err := os.MkdirTemp("", "v1lab-peers-")
	if err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // temporary
	source, versions := filepath.Join(scratch, "source.c"), filepath.Join(scratch, "versions")
	var code strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.symbols)) {
		fmt.Fprintf(&code, "int %s(void) { return 1; }\n", name)
	}
	if err := os.WriteFile(source, []byte(code.String()), 0o644); err != nil {
		return err
	}
	args := []string{"-x", "c", "-w", "-fno-builtin", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname," + l.name, "-o", filepath.Join(dir, l.name), source}
	if l.version != "" {
		if err := os.WriteFile(versions, []byte(l.version+" { global: *; };\n"), 0o644); err != nil {
			return err
		}
		args = append(args, "-Wl,--version-script="+versions)
	}
	cmd := exec.CommandContext(ctx, compiler, args...)
	cmd.Stdout = io.Discard
	var messages strings.Builder
	cmd.Stderr = &messages
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s cannot build %s (%w): %.200s", compiler, l.name, err, strings.ReplaceAll(messages.String(), "\n", " "))
	}
	return nil
}
