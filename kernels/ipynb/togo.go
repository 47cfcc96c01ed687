package ipynb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Lines of a Go file that stand for something of a notebook.
const (
	head      = "// Notebook " // first line below the build constraint: metadata of the notebook
	section   = "// %% "       // begins a cell: its kind and, as JSON, what else it has
	command   = "//gonb:"      // a line for gonb or a shell; gonb reads it so, too
	imported  = "//import: "   // a line of an import declaration, which Go wants at the top
	asText    = "//cell: "     // a line of a cell that is no part of a Go file, for the reason that is given above it
	endOfCell = "} // end of the cell's statements"
	constrain = "//go:build ignore"
)

var reMain = regexp.MustCompile(`^(//gonb:)?(%%|%main)([ \t].*)?$`)

// reEscaped matches lines of texts that would be taken for the beginning of a cell; they get a backslash more.
var reEscaped = regexp.MustCompile(`^\\*%%`)

// goFile is a notebook as one Go file.
type goFile struct {
	imports map[string]string // path of each name
	names   map[string]bool   // that cells have declared
	calls   []string          // functions of main
	inits   []string
	body    strings.Builder
}

// ToGo returns a notebook as one Go file of package main: a section for each cell, its statements in a function, texts as comments. The file compiles if the cells do,
// one after another; [FromGo] makes the same cells of it. Outputs are not in it. A cell that a Go file cannot hold is a comment that says why: one in another language,
// one that declares again what an earlier one did. missing returns the imports that a file needs and does not have, as goimports finds them; it may be nil.
func ToGo(data []byte, missing func(source []byte) ([]string, error)) ([]byte, error) {
	nb, err := parse(data)
	if err != nil {
		return nil, err
	}
	g := goFile{imports: map[string]string{}, names: map[string]bool{"main": true}}
	for i, c := range nb.cells {
		fmt.Fprintf(&g.body, "\n%s%s\n", section, c.header())
		if c.kind == "code" {
			g.code(i+1, c.source)
			continue
		}
		for _, line := range strings.Split(c.source, "\n") {
			if reEscaped.MatchString(line) {
				line = `\` + line
			}
			if line != "" {
				line = " " + line
			}
			g.body.WriteString("//" + line + "\n")
		}
	}
	meta, err := nb.meta()
	if err != nil {
		return nil, err
	}
	write := func(imports []string) []byte {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s\n\n%s%s\n\n", constrain, head, meta)
		b.WriteString("// The cells of a notebook. v1lab notebook --to ipynb makes it anew: from the sections that begin with %%, not from imports and main, which are written again.\npackage main\n\n")
		if len(imports) > 0 {
			b.WriteString("import (\n\t" + strings.Join(imports, "\n\t") + "\n)\n")
		}
		b.WriteString(g.body.String())
		b.WriteString("\n" + section + "end\n\nfunc main() {\n")
		for _, call := range append(g.inits, g.calls...) {
			fmt.Fprintf(&b, "\t%s()\n", call)
		}
		b.WriteString("}\n")
		return b.Bytes()
	}
	imports := g.specs()
	if missing != nil {
		found, err := missing(write(imports))
		if err != nil {
			return nil, err
		}
		imports = found
	}
	return write(imports), nil
}

// specs returns the imports of the cells.
func (g *goFile) specs() (specs []string) {
	for name, p := range g.imports {
		spec := strconv.Quote(p)
		if base := baseName(p); name != base {
			if strings.HasPrefix(name, "_") {
				name = "_"
			}
			spec = name + " " + spec
		}
		specs = append(specs, spec)
	}
	slices.Sort(specs)
	return specs
}

// baseName is the name that a package of an import path most likely has.
func baseName(p string) string {
	if base := path.Base(p); !regexp.MustCompile(`^v[0-9]+$`).MatchString(base) {
		return base
	}
	return path.Base(path.Dir(p))
}

// code writes a code cell, the number-th.
func (g *goFile) code(number int, source string) {
	text, why := g.section(number, source)
	if why != "" {
		g.body.WriteString("// (" + why + ")\n")
		for _, line := range strings.Split(source, "\n") {
			g.body.WriteString(strings.TrimRight(asText, " ") + " " + line + "\n")
		}
		return
	}
	g.body.WriteString(text)
}

// section returns the lines of a code cell in the Go file, or why it cannot be part of one.
func (g *goFile) section(number int, source string) (text, why string) {
	lines := strings.Split(source, "\n")
	switch first := strings.TrimPrefix(lines[0], command); {
	case strings.Contains(source, "\r"):
		return "", "this cell has carriage returns"
	case strings.HasPrefix(first, "%%") && !reMain.MatchString(first):
		return "", "this cell is not in Go"
	}
	inText := within(source)
	start := -1 // of the statements
	var out []string
	for i, line := range lines {
		plain := strings.TrimPrefix(line, command)
		special := !inText[i] && (strings.HasPrefix(plain, "%") || strings.HasPrefix(plain, "!"))
		switch {
		case inText[i]:
			if strings.HasPrefix(line, section) {
				return "", "a text in this cell looks like a mark of this file"
			}
			out = append(out, line)
		case special && reMain.MatchString(line):
			if start >= 0 {
				return "", "this cell has two lines %%"
			}
			start = i
			out = append(out, fmt.Sprintf("func cell%d() { %s%s", number, command, line))
		case special && (strings.HasSuffix(line, "\\") || strings.HasPrefix(plain, "%exec") || strings.HasPrefix(plain, "%test") || strings.HasPrefix(plain, "%wasm")):
			return "", "this cell has a command of gonb that this file cannot express"
		case special:
			out = append(out, command+line)
		case start >= 0 && line != "":
			out = append(out, "\t"+line)
		case marked(line):
			out = append(out, command+line)
		default:
			out = append(out, line)
		}
	}
	if start >= 0 {
		out = append(out, endOfCell)
	}
	set := token.NewFileSet()
	const above = "package main\n"
	file, err := parser.ParseFile(set, "cell.go", above+strings.Join(out, "\n")+"\n", parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", "this cell cannot be parsed: " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	names, imports := map[string]bool{}, map[string]string{}
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			first, last := set.Position(d.Pos()).Line-2, set.Position(d.End()).Line-2
			before, after := out[first][:set.Position(d.Pos()).Column-1], strings.TrimSpace(out[last][set.Position(d.End()).Column-1:])
			if strings.TrimSpace(before) != "" || after != "" && !strings.HasPrefix(after, "//") {
				return "", "an import of this cell shares its line with something else"
			}
			for i := first; i <= last; i++ {
				if strings.HasPrefix(out[i], strings.TrimSpace(imported)) {
					return "", "an import of this cell shares its line with something else"
				}
				out[i] = imported + lines[i] // as in the cell: one mark of this file is enough
			}
			for _, spec := range d.Specs {
				s := spec.(*ast.ImportSpec)
				p, err := strconv.Unquote(s.Path.Value)
				if err != nil || p == "C" {
					return "", "this cell uses cgo"
				}
				name := baseName(p)
				if s.Name != nil {
					name = s.Name.Name
				}
				if name == "." {
					return "", "this cell imports names without their package"
				}
				if name == "_" {
					name += p
				}
				if old, has := g.imports[name]; has && old != p {
					return "", fmt.Sprintf("this cell imports another package named %s", name)
				}
				imports[name] = p
			}
		}
		for _, name := range declared(decl) {
			if name != "_" && name != "init" && (g.names[name] || names[name]) {
				return "", fmt.Sprintf("this cell declares %s again", name)
			}
			names[name] = true
		}
	}
	for name := range names {
		g.names[name] = true
		if strings.HasPrefix(name, "init_") && strings.Contains(source, "func "+name+"()") {
			g.inits = append(g.inits, name)
		}
	}
	slices.Sort(g.inits)
	for name, p := range imports {
		g.imports[name] = p
	}
	if start >= 0 {
		g.calls = append(g.calls, fmt.Sprintf("cell%d", number))
	}
	return strings.Join(out, "\n") + "\n", ""
}

// marked reports whether a line of a cell would be taken for one of this file's marks.
func marked(line string) bool {
	for _, mark := range []string{section, command, strings.TrimSpace(imported), strings.TrimSpace(asText), endOfCell} {
		if strings.HasPrefix(line, strings.TrimSpace(mark)) {
			return true
		}
	}
	return strings.HasPrefix(line, "func cell") && strings.Contains(line, "() { "+command)
}

// declared returns the names that a declaration declares in its package; a method's is that of its type and its own.
func declared(decl ast.Decl) (names []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		if len(d.Recv.List) == 1 {
			t := d.Recv.List[0].Type
			if star, ok := t.(*ast.StarExpr); ok {
				t = star.X
			}
			if index, ok := t.(*ast.IndexExpr); ok {
				t = index.X
			}
			if name, ok := t.(*ast.Ident); ok {
				return []string{name.Name + "." + d.Name.Name}
			}
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			}
		}
	}
	return names
}

// within reports of each line of a cell, or of a section of a Go file, whether it begins inside a comment or a raw string.
func within(source string) []bool {
	lines := strings.Split(source, "\n")
	inside := make([]bool, len(lines))
	blanked := slices.Clone(lines)
	for { // a command is no Go, unless it is inside a text; what it quotes must not hide the text's end
		again := false
		for i := range inside {
			inside[i] = false
		}
		src := []byte(strings.Join(blanked, "\n"))
		var s scanner.Scanner
		set := token.NewFileSet()
		file := set.AddFile("", -1, len(src))
		s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
		for {
			pos, tok, literal := s.Scan()
			if tok == token.EOF {
				break
			}
			if n := strings.Count(literal, "\n"); (tok == token.COMMENT || tok == token.STRING) && n > 0 && !strings.HasPrefix(literal, "//") {
				first := file.Line(pos)
				for i := first; i < first+n && i < len(inside); i++ {
					inside[i] = true
				}
			}
		}
		for i, line := range lines {
			plain := strings.TrimPrefix(line, command)
			if !inside[i] && blanked[i] != "" && (strings.HasPrefix(plain, "%") || strings.HasPrefix(plain, "!")) {
				blanked[i], again = "", true
				break
			}
		}
		if !again {
			return inside
		}
	}
}

// header is what stands behind the mark of a cell.
func (c cellData) header() string {
	extra := map[string]json.RawMessage{}
	for key, value := range c.raw {
		if !slices.Contains([]string{"cell_type", "source", "outputs", "execution_count"}, key) && !(key == "metadata" && string(bytes.TrimSpace(value)) == "{}") {
			extra[key] = compact(value)
		}
	}
	text := c.kind
	if len(extra) > 0 {
		data, _ := json.Marshal(extra) //nolint:errcheck // it was JSON before
		text += " " + string(data)
	}
	return text
}

func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}
