package docgen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// module is the module path, the first part of our import paths.
const module = "v1lab"

// Field is one key of a YAML file or a JSON output, as a struct's field declares it.
type Field struct {
	Key     string // the whole path, such as neurons[].id
	Type    string // such as "list of numbers"
	Comment string
}

// Source reads the declarations of packages of the checkout at Root.
type Source struct {
	Root     string
	packages map[string][]*ast.File
}

// Fields lists the fields of a struct such as v1lab/v1model.Config that have a name in the given tag (json or yaml), including fields of structs
// inside it.
func (s *Source) Fields(of, tag string) ([]Field, error) {
	dot := strings.LastIndex(of, ".")
	if dot < 0 {
		return nil, fmt.Errorf("%q, accepted: IMPORT/PATH.Type", of)
	}
	spec, file, err := s.find(of[:dot], of[dot+1:])
	if err != nil {
		return nil, err
	}
	w := walk{source: s, tag: tag, shown: map[*ast.TypeSpec]string{}}
	if err := w.expand("", of[:dot], file, spec.Type); err != nil {
		return nil, err
	}
	if len(w.fields) == 0 {
		return nil, fmt.Errorf("%s: no field has a tag %s", of, tag)
	}
	return w.fields, nil
}

// files parses a package of the checkout, tests left out.
func (s *Source) files(path string) ([]*ast.File, error) {
	if files, ok := s.packages[path]; ok {
		return files, nil
	}
	dir := filepath.Join(s.Root, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(path, module), "/")))
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if s.packages == nil {
		s.packages = map[string][]*ast.File{}
	}
	s.packages[path] = files
	return files, nil
}

// find returns a type's declaration and the file it is in.
func (s *Source) find(path, name string) (*ast.TypeSpec, *ast.File, error) {
	files, err := s.files(path)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		for _, d := range file.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				if spec := spec.(*ast.TypeSpec); spec.Name.Name == name {
					return spec, file, nil
				}
			}
		}
	}
	return nil, nil, fmt.Errorf("no type %s in %s", name, path)
}

// walk collects fields.
type walk struct {
	source *Source
	tag    string
	fields []Field
	shown  map[*ast.TypeSpec]string // structs whose fields are listed already, with the key under which they are
}

// expand adds the fields of a type that is a struct, with prefix before their keys. It adds nothing for other types.
func (w *walk) expand(prefix, path string, file *ast.File, t ast.Expr) error {
	switch t := t.(type) {
	case *ast.StarExpr:
		return w.expand(prefix, path, file, t.X)
	case *ast.ArrayType:
		if prefix == "" { // a list alone
			return w.expand("[].", path, file, t.Elt)
		}
		return w.expand(strings.TrimSuffix(prefix, ".")+"[].", path, file, t.Elt)
	case *ast.MapType:
		return w.expand(prefix+"*.", path, file, t.Value)
	case *ast.StructType:
		return w.structure(prefix, path, file, t)
	}
	spec, from, at, err := w.declared(path, file, t)
	if err != nil || spec == nil {
		return err
	}
	if _, isStruct := spec.Type.(*ast.StructType); isStruct && prefix != "" {
		if there, ok := w.shown[spec]; ok { // listed already: refer to that key
			last := &w.fields[len(w.fields)-1]
			last.Comment = strings.TrimPrefix(last.Comment+"; keys as in "+there, "; ")
			return nil
		}
		w.shown[spec] = strings.TrimSuffix(prefix, ".")
	}
	return w.expand(prefix, at, from, spec.Type)
}

// structure adds a struct's fields.
func (w *walk) structure(prefix, path string, file *ast.File, t *ast.StructType) error {
	for _, f := range t.Fields.List {
		key, tagged := "", false
		if f.Tag != nil {
			text, err := strconv.Unquote(f.Tag.Value)
			if err != nil {
				return err
			}
			var options string
			options, tagged = reflect.StructTag(text).Lookup(w.tag)
			key, _, _ = strings.Cut(options, ",")
		}
		switch {
		case key == "-":
			continue
		case len(f.Names) == 0 && !tagged: // embedded
			if err := w.embed(prefix, path, file, f.Type); err != nil {
				return err
			}
			continue
		case key == "":
			continue
		}
		kind, err := w.kind(path, file, f.Type)
		if err != nil {
			return err
		}
		w.fields = append(w.fields, Field{Key: prefix + key, Type: kind, Comment: comment(f)})
		if err := w.expand(prefix+key+".", path, file, f.Type); err != nil {
			return err
		}
	}
	return nil
}

// embed adds the fields of an embedded struct, wherever else they are listed.
func (w *walk) embed(prefix, path string, file *ast.File, t ast.Expr) error {
	if pointer, ok := t.(*ast.StarExpr); ok {
		t = pointer.X
	}
	spec, from, at, err := w.declared(path, file, t)
	if err != nil || spec == nil {
		return err
	}
	return w.expand(prefix, at, from, spec.Type)
}

// declared finds the declaration of a named type of this module. It returns nil for other types and for types with their own JSON form.
func (w *walk) declared(path string, file *ast.File, t ast.Expr) (*ast.TypeSpec, *ast.File, string, error) {
	name := ""
	switch t := t.(type) {
	case *ast.Ident:
		if _, basic := basics[t.Name]; basic {
			return nil, nil, "", nil
		}
		name = t.Name
	case *ast.SelectorExpr:
		package_, ok := t.X.(*ast.Ident)
		if !ok {
			return nil, nil, "", nil
		}
		path, name = importPath(file, package_.Name), t.Sel.Name
	}
	if name == "" || path != module && !strings.HasPrefix(path, module+"/") || path == module+"/v1model/jsonfloat" {
		return nil, nil, "", nil
	}
	spec, from, err := w.source.find(path, name)
	return spec, from, path, err
}

// basics are Go's types in plain words, singular and plural.
var basics = map[string][2]string{
	"string": {"text", "texts"}, "bool": {"true or false", "true or false"}, "any": {"any value", "any values"},
	"int": {"whole number", "whole numbers"}, "int64": {"whole number", "whole numbers"}, "uint64": {"whole number", "whole numbers"},
	"float64": {"number", "numbers"}, "float32": {"number", "numbers"},
}

// kind describes the values of a type in plain words.
func (w *walk) kind(path string, file *ast.File, t ast.Expr) (string, error) {
	one, _, err := w.words(path, file, t)
	return one, err
}

// words returns kind's description for one value and for several.
func (w *walk) words(path string, file *ast.File, t ast.Expr) (one, several string, err error) {
	switch t := t.(type) {
	case *ast.StarExpr:
		return w.words(path, file, t.X)
	case *ast.ArrayType:
		_, several, err := w.words(path, file, t.Elt)
		if size, ok := t.Len.(*ast.BasicLit); ok {
			return size.Value + " " + several, "lists of " + size.Value + " " + several, err
		}
		return "list of " + several, "lists of " + several, err
	case *ast.MapType:
		_, several, err := w.words(path, file, t.Value)
		return several + " by name", several + " by name", err
	case *ast.StructType:
		return "object", "objects", nil
	case *ast.Ident:
		if b, ok := basics[t.Name]; ok {
			return b[0], b[1], nil
		}
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); ok && x.Name == "jsonfloat" {
			return "number or null", "numbers or nulls", nil
		}
	}
	spec, from, at, err := w.declared(path, file, t)
	if err != nil {
		return "", "", err
	}
	if spec == nil {
		return "value", "values", nil
	}
	return w.words(at, from, spec.Type)
}

// comment returns a field's comment as one line: the one above the field, else the one beside it.
func comment(f *ast.Field) string {
	text := f.Doc.Text()
	if text == "" {
		text = f.Comment.Text()
	}
	return strings.Join(strings.Fields(text), " ")
}

// importPath returns the import path of the package that has this name in a file.
func importPath(file *ast.File, name string) string {
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		if i.Name != nil && i.Name.Name == name || i.Name == nil && path[strings.LastIndex(path, "/")+1:] == name {
			return path
		}
	}
	return ""
}
