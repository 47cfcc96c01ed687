package rebuild

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cell is the source of a program.
type cell struct {
	source []byte
	kind   string // flags, environment and imports: what decides how it is built
}

// look reads the cell. It is not ok if the folder has more that may be compiled than main.go, or if that file is not plain Go.
func (b *Builder) look(flags []string) (c cell, ok bool) {
	entries, err := os.ReadDir(b.Dir)
	if err != nil {
		return c, false
	}
	for _, e := range entries {
		if e.Name() != "main.go" && compiled[filepath.Ext(e.Name())] {
			return c, false
		}
	}
	if c.source, err = os.ReadFile(filepath.Join(b.Dir, "main.go")); err != nil {
		return c, false
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", c.source, parser.ImportsOnly)
	if err != nil {
		return c, false
	}
	var imports []string
	for _, spec := range file.Imports {
		if spec.Path.Value == `"C"` || spec.Path.Value == `"embed"` {
			return c, false
		}
		imports = append(imports, spec.Path.Value)
	}
	slices.Sort(imports)
	c.kind = strings.Join(slices.Concat(flags, []string{"with"}, settings(), []string{"imports"}, slices.Compact(imports)), "\n")
	for _, other := range []string{"-overlay", "-modfile", "-toolexec", "-mod=", "GOWORK=/", "GOWORK=off"} {
		if strings.Contains(c.kind, other) { // files beside those of the recipe
			return c, false
		}
	}
	return c, !bytes.Contains(c.source, []byte("//go:"))
}

// compiled are the ends of names of files that the go command compiles or links.
var compiled = map[string]bool{}

func init() {
	for _, end := range strings.Fields(".go .c .cc .cpp .cxx .m .h .hh .hpp .hxx .f .F .for .f90 .s .S .sx .swig .swigcxx .syso") {
		compiled[end] = true
	}
}

// settings returns the variables of the environment that may change what the go command makes.
func settings() []string {
	var found []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "GO") && !strings.HasPrefix(name, "GONB_") && !strings.HasPrefix(name, "GOMLX_") || strings.HasPrefix(name, "CGO") || slices.Contains([]string{"PATH", "HOME", "CC", "CXX", "AR", "FC", "PKG_CONFIG"}, name) {
			found = append(found, v)
		}
	}
	slices.Sort(found)
	return found
}

// from tells what a program is built from by a recipe.
func (c cell) from(r *recipe) string {
	sum := sha256.New()
	for _, part := range []string{c.kind, r.state, string(c.source)} {
		part := sha256.Sum256([]byte(part))
		sum.Write(part[:]) //nolint:errcheck // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))
}
