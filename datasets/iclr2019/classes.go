package iclr2019

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// classError refuses a class or function that a pickle names.
type classError struct{ name string }

func (e *classError) Error() string {
	return fmt.Sprintf("pickle of %s, accepted are data.Dataset and NumPy's arrays; nothing was run", short(e.name))
}

// accepted is the allow-list: what a Dataset is pickled with. The first encoding of bytes is protocol 2's.
func accepted(module, name string) bool {
	switch module + "." + name {
	case "data.Dataset", "numpy.ndarray", "numpy.dtype", "_codecs.encode", "__builtin__.bytes", "builtins.bytes",
		"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
		"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return true
	}
	return false
}

// finder hands out this package's stand-ins for classes and functions.
type finder struct {
	budget int // bytes that may still be made of text
}

func (f *finder) find(module, name string) (any, error) {
	if !accepted(module, name) {
		return nil, &classError{module + "." + name}
	}
	switch name {
	case "Dataset", "ndarray":
		return class(module + "." + name), nil
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

// function stands for a function that the machine may call.
type function func(args []any) (any, error)

// Call implements types.Callable.
func (f function) Call(args ...any) (any, error) { return f(args) }

// class stands for a class that the machine may make objects of.
type class string

// PyNew implements types.PyNewable.
func (c class) PyNew(...any) (any, error) {
	if c != "data.Dataset" {
		return nil, fmt.Errorf("an object of class %s without its constructor", string(c))
	}
	return &dataset{attributes: map[string]any{}}, nil
}

// dataset is an object of class data.Dataset: its attributes.
type dataset struct{ attributes map[string]any }

// PyDictSet implements types.PyDictSettable.
func (d *dataset) PyDictSet(key, value any) error {
	name, ok := key.(string)
	if !ok {
		return errors.New("an attribute whose name is not text")
	}
	d.attributes[name] = value
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

// tuple returns the items of a tuple of at least n.
func tuple(value any, n int, what string) ([]any, error) {
	t, ok := value.(*types.Tuple)
	if !ok || t.Len() < n {
		return nil, fmt.Errorf("%s is a %s, want a tuple of at least %d", what, describe(value), n)
	}
	return *t, nil
}
