package rebuild

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Way is how a program came about.
type Way string

// The ways in which a program comes about.
const (
	Kept     Way = "kept"     // the same program was built before
	Repeated Way = "repeated" // by the go command's own commands, with the changed cell
	Built    Way = "built"    // by the go command
)

// Builder builds the program of the cell in the folder Dir, which has main.go, go.mod and go.work.
type Builder struct {
	Dir  string
	Keep int // number of programs that are kept, beside the last one

	recipes  map[string]*recipe // by flags, environment and imports
	programs []program          // the last used last
}

// program is a file with a program, and what it was built from.
type program struct{ from, path string }

// Build makes the program at a path, as go build with the flags does in Dir. If the cell does not compile, the error comes with what the go command
// prints about it.
func (b *Builder) Build(path string, flags ...string) (Way, []byte, error) {
	// What stands there may have been built by a repeated command: the go command must not take it for its own.
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return "", nil, err
	}
	c, ok := b.look(flags)
	if !ok {
		output, err := b.goBuild(path, flags)
		return Built, output, err
	}
	if r := b.recipes[c.kind]; r != nil && r.isTrue() {
		from := c.from(r)
		if b.takeKept(from, path) {
			return Kept, nil, nil
		}
		output, done, err := r.repeat(b.Dir, path)
		if done {
			if err == nil {
				b.keep(from, path)
			}
			return Repeated, output, err
		}
	}
	if r := b.recipes[c.kind]; r != nil {
		os.RemoveAll(r.work) //nolint:errcheck // it goes with the kernel
		delete(b.recipes, c.kind)
	}
	r, output, err := b.record(path, flags)
	if err != nil {
		return Built, output, err
	}
	if r != nil {
		if b.recipes == nil {
			b.recipes = map[string]*recipe{}
		}
		b.recipes[c.kind] = r
		b.keep(c.from(r), path)
	}
	return Built, nil, nil
}

func (b *Builder) goBuild(path string, flags []string, more ...string) ([]byte, error) {
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", path}, flags, more)...)
	cmd.Dir = b.Dir
	return cmd.CombinedOutput()
}

// record builds the program and writes down how. Without an error but without a recipe, there is no telling.
func (b *Builder) record(path string, flags []string) (*recipe, []byte, error) {
	start := now()
	log, err := b.goBuild(path, flags, "-x", "-work")
	work, found := workFolder(log)
	if err != nil {
		if found {
			os.RemoveAll(work) //nolint:errcheck // it goes with the kernel
		}
		if i := bytes.LastIndex(log, []byte("\n# "+b.module()+"\n")); i >= 0 { // the compiler's words about the cell come last
			return nil, log[i+1:], err
		}
		output, err := b.goBuild(path, flags) // without the commands
		return nil, output, err
	}
	if !found {
		return nil, nil, nil
	}
	r, ok := read(log, work)
	if !ok || !r.observe(b.Dir, start) {
		os.RemoveAll(work) //nolint:errcheck // it goes with the kernel
		return nil, nil, nil
	}
	return r, nil, nil
}

// module returns the name of the cell's module.
func (b *Builder) module() string {
	mod, _ := os.ReadFile(filepath.Join(b.Dir, "go.mod")) //nolint:errcheck // the go command complains
	return moduleName(string(mod))
}

// takeKept puts a program that was built from the same before at the path.
func (b *Builder) takeKept(from, path string) bool {
	i := slices.IndexFunc(b.programs, func(p program) bool { return p.from == from })
	if i < 0 {
		return false
	}
	p := b.programs[i]
	b.programs = append(slices.Delete(b.programs, i, i+1), p)
	if os.Link(p.path, path) != nil {
		return false
	}
	built := time.Now() // a program that is older than its source is taken for another's
	return os.Chtimes(path, built, built) == nil
}

// keep keeps the program at the path, and removes the one that was not used for longest if there are too many.
func (b *Builder) keep(from, path string) {
	if b.Keep == 0 {
		return
	}
	if len(b.programs) == b.Keep {
		os.Remove(b.programs[0].path) //nolint:errcheck // it goes with the kernel
		b.programs = slices.Delete(b.programs, 0, 1)
	}
	sum := sha256.Sum256([]byte(from))
	kept := fmt.Sprintf("%s.%x", path, sum[:8])
	if err := os.Link(path, kept); err == nil || os.IsExist(err) {
		b.programs = append(b.programs, program{from, kept})
	}
}

// workFolder returns the go command's folder of work, which it names first.
func workFolder(log []byte) (string, bool) {
	for line := range bytes.Lines(log) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "WORK="); ok {
			return path, filepath.IsAbs(path)
		}
	}
	return "", false
}
