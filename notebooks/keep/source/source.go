package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Function returns the source of the function that begins on a line of a Go file and of everything in the file that it reaches, as tokens without
// comments and layout. Equal text means equal behaviour for equal inputs. It is an error if the function uses variables from outside of it that are not
// among the arguments of the call that it stands in, or changes them.
func Function(file []byte, line int) (string, error) {
	p, err := parse(file)
	if err != nil {
		return "", err
	}
	function, call, err := p.begins(line)
	if err != nil {
		return "", err
	}
	p.inputs = map[types.Object]bool{}
	if call != nil {
		for _, arg := range call.Args {
			if name, ok := arg.(*ast.Ident); ok {
				p.inputs[p.object(name)] = true
			}
		}
	}
	p.reached[function] = ""
	p.reach(function)
	delete(p.reached, function)
	if len(p.outside) > 0 {
		return "", fmt.Errorf("the function uses %s from outside of it; name it among the inputs: Keep(NAME, func() ..., %s)", strings.Join(p.outside, " and "), strings.Join(p.outside, ", "))
	}
	if len(p.changed) > 0 {
		return "", fmt.Errorf("the function changes %s outside of it, which a stored value could not; return it", strings.Join(p.changed, " and "))
	}
	texts := append([]string{p.tokens(function)}, slices.Sorted(maps.Values(p.reached))...)
	return strings.Join(texts, "\n"), nil
}

// program is a file whose names have been resolved, as far as its imports allow.
type program struct {
	file    []byte
	set     *token.FileSet
	tree    *ast.File
	scope   *types.Scope
	uses    map[*ast.Ident]types.Object
	decls   map[string]ast.Node   // by name, those of the package
	methods map[string][]ast.Node // by the method's name, and by its type's

	inputs           map[types.Object]bool
	reached          map[ast.Node]string // declarations, with their tokens
	outside, changed []string            // variables
}

// noPackage stands in for all imports: names resolve without what they import.
type noPackage struct{}

func (noPackage) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	p.MarkComplete()
	return p, nil
}

func parse(file []byte) (*program, error) {
	p := &program{file: file, set: token.NewFileSet(), decls: map[string]ast.Node{}, methods: map[string][]ast.Node{}, reached: map[ast.Node]string{}}
	var err error
	if p.tree, err = parser.ParseFile(p.set, "", file, parser.SkipObjectResolution); err != nil {
		return nil, err
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Scopes: map[ast.Node]*types.Scope{}}
	config := types.Config{Importer: noPackage{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	_, _ = config.Check(p.tree.Name.Name, p.set, []*ast.File{p.tree}, info) //nolint:errcheck // imports are unknown
	p.uses, p.scope = info.Uses, info.Scopes[p.tree]
	for _, d := range p.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				p.decls[d.Name.Name] = d
				continue
			}
			p.methods[d.Name.Name] = append(p.methods[d.Name.Name], d)
			ast.Inspect(d.Recv, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok {
					p.methods[name.Name] = append(p.methods[name.Name], d)
				}
				return true
			})
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					p.decls[s.Name.Name] = d
				case *ast.ValueSpec:
					for _, name := range s.Names {
						p.decls[name.Name] = d
					}
				}
			}
		}
	}
	return p, nil
}

// begins finds the function that begins on a line, and the call of which it is an argument, if it is one.
func (p *program) begins(line int) (function ast.Node, call *ast.CallExpr, err error) {
	calls := map[ast.Node]*ast.CallExpr{}
	var found []ast.Node
	ast.Inspect(p.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for _, arg := range n.Args {
				calls[arg] = n
			}
		case *ast.FuncLit, *ast.FuncDecl:
			if p.set.Position(n.Pos()).Line == line {
				found = append(found, n)
			}
		}
		return true
	})
	switch len(found) {
	case 0:
		return nil, nil, errors.New("its source is not in the cell's program; pass a function that is written in the call")
	case 1:
		return found[0], calls[found[0]], nil
	}
	return nil, nil, errors.New("two functions begin on its line; begin it on a line of its own")
}

// object is what a name stands for, nil if that is not known. It depends on the places of declarations alone, not on types.
func (p *program) object(name *ast.Ident) types.Object {
	if o := p.uses[name]; o != nil {
		return o
	}
	if s := p.scope.Innermost(name.Pos()); s != nil {
		_, o := s.LookupParent(name.Name, name.Pos())
		return o
	}
	return nil
}

// reach adds everything that a piece of code names: declarations, and from them on.
func (p *program) reach(code ast.Node) {
	selected := map[*ast.Ident]bool{} // names of fields, methods and of packages' members
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			selected[n.Sel] = true
			p.add(n.Sel.Name, p.methods[n.Sel.Name]...)
		case *ast.CompositeLit:
			if _, elsewhere := n.Type.(*ast.SelectorExpr); elsewhere {
				for _, e := range n.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok {
						if key, ok := pair.Key.(*ast.Ident); ok {
							selected[key] = true
						}
					}
				}
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, to := range n.Lhs {
					p.changes(code, to)
				}
			}
		case *ast.IncDecStmt:
			p.changes(code, n.X)
		case *ast.Ident:
			if !selected[n] {
				p.name(code, n)
			}
		}
		return true
	})
}

// name follows a name in a piece of code.
func (p *program) name(code ast.Node, name *ast.Ident) {
	switch o := p.object(name).(type) {
	case *types.PkgName:
		p.reached[p.imported(o)] = "import " + o.Imported().Path()
	case *types.Var:
		if !o.IsField() && p.isOutside(code, o) && !p.inputs[o] {
			p.outside = with(p.outside, o.Name())
		}
	case nil: // of a package that is imported with a dot, or a label
		for _, i := range p.tree.Imports {
			if i.Name != nil && i.Name.Name == "." {
				p.reached[i] = "import . " + i.Path.Value
			}
		}
		p.add(name.Name)
	default:
		if o.Parent() == nil || o.Parent() == types.Universe {
			return
		}
		if outer := p.local(o); outer != nil && p.isOutside(code, o) { // a type or constant of the function around it
			if p.reached[outer] == "" {
				p.reached[outer] = p.tokens(outer)
				p.reach(outer)
			}
			return
		}
		p.add(name.Name)
	}
}

// add adds the declaration of a name, its methods if it is a type, and what they reach.
func (p *program) add(name string, more ...ast.Node) {
	if d := p.decls[name]; d != nil {
		more = append(append(more, d), p.methods[name]...)
	}
	for _, d := range more {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			continue // its value counts, as an input
		}
		if _, done := p.reached[d]; !done {
			p.reached[d] = p.tokens(d)
			p.reach(d)
		}
	}
}

// isOutside tells whether something is declared outside of a piece of code, or in it.
func (p *program) isOutside(code ast.Node, o types.Object) bool {
	return o.Pos() < code.Pos() || o.Pos() >= code.End()
}

// local returns the statement that declares a type or constant within a function, nil if it is the package's.
func (p *program) local(o types.Object) (found ast.Node) {
	ast.Inspect(p.tree, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeclStmt); ok && d.Pos() <= o.Pos() && o.Pos() < d.End() {
			found = d
		}
		return true
	})
	return found
}

// imported is the line that imports a package.
func (p *program) imported(o *types.PkgName) ast.Node {
	for _, i := range p.tree.Imports {
		if strings.Trim(i.Path.Value, "\"`") == o.Imported().Path() {
			return i
		}
	}
	return p.tree
}

// changes notes a variable from outside of the code that is assigned to, also in parts: x, x.field, x[i], *x.
func (p *program) changes(code ast.Node, to ast.Expr) {
	for {
		switch e := to.(type) {
		case *ast.SelectorExpr:
			to = e.X
		case *ast.IndexExpr:
			to = e.X
		case *ast.StarExpr:
			to = e.X
		case *ast.ParenExpr:
			to = e.X
		case *ast.Ident:
			if o, ok := p.object(e).(*types.Var); ok && !o.IsField() && p.isOutside(code, o) {
				p.changed = with(p.changed, e.Name)
			}
			return
		default:
			return
		}
	}
}

// with adds a name to a list that does not have it.
func with(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// tokens returns the tokens of a piece of code, which neither comments nor layout change.
func (p *program) tokens(n ast.Node) string {
	from, to := p.set.Position(n.Pos()).Offset, p.set.Position(n.End()).Offset
	text := p.file[from:to]
	var s scanner.Scanner
	set := token.NewFileSet()
	s.Init(set.AddFile("", set.Base(), len(text)), text, nil, 0)
	var b strings.Builder
	for {
		_, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			return strings.TrimSuffix(strings.TrimSuffix(b.String(), " "), " ;")
		case tok == token.SEMICOLON || literal == "":
			literal = tok.String()
		}
		b.WriteString(literal)
		b.WriteByte(' ')
	}
}
