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
)

// library is a shared library of CUDA that PyTorch names but was not installed.
type library struct {
	name    string
	version string          // of its symbols, empty for none
	symbols map[string]bool // that PyTorch wants of it
}

// cuda matches the names of CUDA's libraries; what else PyTorch names is the system's.
var cuda = regexp.MustCompile(`^lib(cu|nv|nccl)`)

// function matches the names of their functions.
var function = regexp.MustCompile(`^(cu|nv|nccl)[A-Za-z]`)

// standIn puts a small library in the place of each of CUDA's that PyTorch's own libraries name and that is absent: all of its
// functions do nothing but return an error's number. Without a GPU none is ever called; they let the libraries load.
func standIn(ctx context.Context, compiler, dir string) error {
	found, err := filepath.Glob(filepath.Join(dir, "lib", "python3*", "site-packages", "torch", "lib"))
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

// missing lists libraries of CUDA that those in a folder need and that neither it nor the packages beside it have.
func missing(dir string) ([]*library, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.so*"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	there := map[string]bool{}
	for _, pattern := range []string{filepath.Join(dir, "*"), filepath.Join(dir, "..", "..", "nvidia", "*", "lib", "*")} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		for _, f := range files {
			there[filepath.Base(f)] = true
		}
	}
	absent := map[string]*library{}
	for _, path := range paths {
		if err := wants(path, there, absent); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var list []*library
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		list = append(list, absent[name])
	}
	return list, nil
}

// wants adds what one library needs of those that are not there.
func wants(path string, there map[string]bool, absent map[string]*library) error {
	file, err := elf.Open(path)
	if err != nil {
		return nil //nolint:nilerr // another system's library, or none: it needs nothing of these
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
	var plain *library // some libraries give their symbols no version, and nothing says whose a symbol is: any may define it
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

// build compiles the stand-in into dir.
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
