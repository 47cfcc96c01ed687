package kinds

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// About describes a kind to people.
type About struct {
	Name    string // its name in configurations
	Summary string // one line: the formula, or what is special about it, with its source
	Source  string // import path or notebook that defines it; Register fills in the caller's package
}

// Registry holds the kinds of one part by name. A registry is filled by init functions and only read afterwards.
type Registry[T any] struct {
	field string
	home  string // the package that made the registry
	kinds map[string]entry[T]
}

type entry[T any] struct {
	about About
	kind  T
}

// New makes an empty registry for the kinds that a field of the configuration names, such as readout.kind.
func New[T any](field string) *Registry[T] {
	return &Registry[T]{field: field, home: packageOf(2), kinds: map[string]entry[T]{}}
}

// Register adds a kind. It panics if the name is empty or taken, as that is a mistake in the program: call it from an init function.
func (r *Registry[T]) Register(about About, kind T) {
	r.RegisterFrom(2, about, kind)
}

// RegisterFrom is Register for a function that wraps it. skip is the number of stack frames up to the package to record.
func (r *Registry[T]) RegisterFrom(skip int, about About, kind T) {
	if about.Source == "" {
		about.Source = packageOf(skip + 1)
	}
	if about.Name == "" {
		panic(fmt.Sprintf("%s: a kind of %s has no name", r.field, about.Source))
	}
	if there, taken := r.kinds[about.Name]; taken {
		panic(fmt.Sprintf("%s: %q is registered by %s and by %s", r.field, about.Name, there.about.Source, about.Source))
	}
	r.kinds[about.Name] = entry[T]{about, kind}
}

// Find returns the kind with a name. If there is none, the error lists the registered names, and the source from the run folder, unless it is empty.
func (r *Registry[T]) Find(name, source string) (T, error) {
	e, ok := r.kinds[name]
	switch {
	case ok:
		return e.kind, nil
	case source != "":
		return e.kind, fmt.Errorf("%s: %q is defined in %s, which this program does not have; accepted: a program that imports it, or %s", r.field, name, source, r.names())
	}
	return e.kind, fmt.Errorf("%s: %q, accepted: %s", r.field, name, r.names())
}

// About returns the description of the kind with a name; ok is false if there is none.
func (r *Registry[T]) About(name string) (about About, ok bool) {
	e, ok := r.kinds[name]
	return e.about, ok
}

// SourceElsewhere returns the package or notebook that defines a kind; empty if the kind is not registered, or comes from the package that made
// the registry.
func (r *Registry[T]) SourceElsewhere(name string) string {
	if about, ok := r.About(name); ok && about.Source != r.home {
		return about.Source
	}
	return ""
}

// All lists the descriptions of all kinds, sorted by name.
func (r *Registry[T]) All() []About {
	var all []About
	for _, name := range r.Names() {
		all = append(all, r.kinds[name].about)
	}
	return all
}

// Names lists the names of all kinds, sorted.
func (r *Registry[T]) Names() []string { return slices.Sorted(maps.Keys(r.kinds)) }

func (r *Registry[T]) names() string { return strings.Join(r.Names(), ", ") }

// Text writes a kind's configuration, a struct, in one line that is equal for equal configurations; fingerprints contain it. It is the format of "%+v" with
// two exceptions: a pointer shows the value it points at, and the fields Options and Source, and those with the tag `text:"ifset"`, are left out if they are
// empty, because earlier versions did not have them.
func Text(config any) string {
	v := reflect.ValueOf(config)
	var fields []string
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		if (name == "Options" || name == "Source" || v.Type().Field(i).Tag.Get("text") == "ifset") && field.IsZero() {
			continue
		}
		if field.Kind() == reflect.Pointer && !field.IsNil() {
			field = field.Elem()
		}
		fields = append(fields, fmt.Sprintf("%s:%+v", name, field))
	}
	return "{" + strings.Join(fields, " ") + "}"
}

// packageOf is the import path of a caller's package.
func packageOf(skip int) string {
	pc, _, _, ok := runtime.Caller(skip)
	if !ok {
		return "unknown"
	}
	name := runtime.FuncForPC(pc).Name() // such as v1lab/v1model/readout.init.0
	slash := strings.LastIndex(name, "/") + 1
	dot := strings.Index(name[slash:], ".")
	return name[:slash+dot]
}
