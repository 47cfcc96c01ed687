package iclr2019

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"

	"v1lab/datasets/array"
)

// load turns a pickle's bytes into the arrays of the object in it.
func load(content []byte) (map[string]array.Array, error) {
	if err := scan(content); err != nil {
		return nil, err
	}
	value, err := unpickle(content)
	if err != nil {
		return nil, err
	}
	object, ok := value.(*dataset)
	if !ok {
		return nil, fmt.Errorf("holds a %s, want an object of class data.Dataset", describe(value))
	}
	arrays := map[string]array.Array{}
	// An honest file stores every array's values once; one that refers to the same bytes again and again could unfold without end.
	budget := len(content)
	seen := map[*ndarray]array.Array{}
	for name, value := range object.attributes {
		stored, ok := value.(*ndarray)
		if !ok {
			continue
		}
		a, ok := seen[stored]
		if !ok {
			if budget -= len(stored.raw); budget < 0 {
				return nil, errors.New("arrays of more bytes than the file has")
			}
			if a, err = stored.decode(); err != nil {
				return nil, fmt.Errorf("%s: %w", short(name), err)
			}
			seen[stored] = a
		}
		arrays[name] = a
	}
	return arrays, nil
}

// unpickle runs the library's stack machine, which indexes into malformed input without looking, hence the recovery.
func unpickle(content []byte) (value any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			value, err = nil, fmt.Errorf("damaged pickle: %s", short(fmt.Sprint(cause)))
		}
	}()
	var refused *classError
	u := pickle.NewUnpickler(bytes.NewReader(content))
	u.FindClass = (&finder{budget: len(content)}).find
	value, err = u.Load()
	switch {
	case errors.As(err, &refused):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("damaged pickle: %s", short(err.Error()))
	}
	return value, nil
}

// describe names the type of a value for errors.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case *ndarray:
		return "NumPy array"
	case class:
		return "class " + string(v)
	default:
		name := fmt.Sprintf("%T", v)
		return strings.ToLower(name[strings.LastIndexAny(name, ".*]")+1:])
	}
}

// short keeps text from a file on one line of a readable length.
func short(text string) string {
	const most = 120
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	quoted := strconv.Quote(text)
	if quoted[1:len(quoted)-1] == text {
		return text
	}
	return quoted
}
