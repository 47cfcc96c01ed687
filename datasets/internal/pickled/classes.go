package pickled

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// classError refuses a class or function named by a pickle.
type classError struct {
	name string
	want Class
}

func (e *classError) Error() string {
	and := ""
	if e.want != Dictionary {
		and = string(e.want) + " and "
	}
	return fmt.Sprintf("pickle of %s, accepted are %sNumPy's arrays; nothing was run", short(e.name), and)
}

// accepts is the allow-list: what NumPy pickles arrays with, and the class itself. Protocol 2 encodes bytes with _codecs.encode.
func (c Class) accepts(module, name string) bool {
	switch full := module + "." + name; full {
	case "numpy.ndarray", "numpy.dtype", "_codecs.encode", "__builtin__.bytes", "builtins.bytes",
		"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
		"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return true
	default:
		return c != Dictionary && full == string(c)
	}
}

// finder returns this package's substitutes for classes and functions.
type finder struct {
	want   Class
	budget int // bytes that may still be encoded from text
}

func (f *finder) find(module, name string) (any, error) {
	if !f.want.accepts(module, name) {
		return nil, &classError{module + "." + name, f.want}
	}
	if full := Class(module + "." + name); full == f.want || name == "ndarray" {
		return full, nil
	}
	switch name {
	case "dtype":
		return function(newType), nil
	case "_reconstruct":
		return function(reconstruct), nil
	case "scalar":
		return function(scalar), nil
	case "bytes":
		return function(emptyBytes), nil
	default:
		return function(f.encode), nil
	}
}

// function substitutes a function that the machine may call.
type function func(args []any) (any, error)

// Call implements types.Callable.
func (f function) Call(args ...any) (any, error) { return f(args) }

// Class is the class of the object in a pickle, in Python's form: module.name.
type Class string

// Dictionary stands for a plain dictionary instead of an object.
const Dictionary Class = ""

// PyNew implements types.PyNewable of the pickle library.
func (c Class) PyNew(...any) (any, error) {
	if c == "numpy.ndarray" {
		return nil, fmt.Errorf("an object of class %s without its constructor", string(c))
	}
	return &object{c, map[string]any{}}, nil
}

// object holds the attributes of an object of an accepted class.
type object struct {
	class      Class
	attributes map[string]any
}

// PyDictSet implements types.PyDictSettable.
func (o *object) PyDictSet(key, value any) error {
	name, ok := key.(string)
	if !ok {
		return errors.New("an attribute whose name is not text")
	}
	o.attributes[name] = value
	return nil
}

// encode is _codecs.encode(text, "latin1"), which protocol 2 writes for bytes.
func (f *finder) encode(args []any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("_codecs.encode with %d arguments, want 2", len(args))
	}
	text, ok := args[0].(string)
	encoding, also := args[1].(string)
	if !ok || !also || strings.ReplaceAll(encoding, "-", "") != "latin1" {
		return nil, errors.New("_codecs.encode, want text and latin1")
	}
	if f.budget -= len(text); f.budget < 0 {
		return nil, errors.New("the same text is encoded again and again")
	}
	raw := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("bytes written as text with the character %q, want those up to 0xff", r)
		}
		raw = append(raw, byte(r))
	}
	return raw, nil
}

// emptyBytes is bytes(), which protocol 2 writes for no bytes.
func emptyBytes(args []any) (any, error) {
	if len(args) != 0 {
		return nil, fmt.Errorf("bytes with %d arguments, want none", len(args))
	}
	return []byte{}, nil
}

// tuple returns the items of a tuple that must have at least n.
func tuple(value any, n int, what string) ([]any, error) {
	t, ok := value.(*types.Tuple)
	if !ok || t.Len() < n {
		return nil, fmt.Errorf("%s is a %s, want a tuple of at least %d", what, describe(value), n)
	}
	return *t, nil
}
