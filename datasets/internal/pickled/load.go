package pickled

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// Arrays reads arrays from the pickle at path, by their names in the dictionary or as attributes of an object of class want: those in names,
// or all if names is empty. Arrays keep their stored type and are row-major. Entries that are not arrays are ignored, and names that are
// missing are left out. Errors name the file.
func Arrays(path string, want Class, names ...string) (map[string]array.Array, error) {
	content, err := read(path)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	arrays, err := want.load(content, names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return arrays, nil
}

// read checks the start before it reads the whole file into memory.
func read(path string) ([]byte, error) {
	file, err := infile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, 2)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err := checkStart(start[:n]); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// load converts a pickle's bytes to arrays.
func (c Class) load(content []byte, names []string) (map[string]array.Array, error) {
	if err := c.scan(content); err != nil {
		return nil, err
	}
	value, err := c.unpickle(content)
	if err != nil {
		return nil, err
	}
	entries, err := c.entries(value)
	if err != nil {
		return nil, err
	}
	arrays := map[string]array.Array{}
	budget := len(content)
	seen := map[*ndarray]array.Array{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		stored, ok := entries[name].(*ndarray)
		if !ok || len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		a, ok := seen[stored]
		if !ok {
			if a, err = stored.decode(&budget); err != nil {
				return nil, fmt.Errorf("%s: %w", short(name), err)
			}
			seen[stored] = a
		}
		arrays[name] = a
	}
	return arrays, nil
}

// entries returns an object's attributes, or a dictionary's entries whose keys are text.
func (c Class) entries(value any) (map[string]any, error) {
	if object, ok := value.(*object); ok && c != Dictionary {
		return object.attributes, nil
	}
	dict, ok := value.(*types.Dict)
	if !ok || c != Dictionary {
		return nil, fmt.Errorf("holds a %s, want %s", describe(value), c.described())
	}
	entries := map[string]any{}
	for _, e := range *dict {
		if key, ok := e.Key.(string); ok {
			entries[key] = e.Value
		}
	}
	return entries, nil
}

func (c Class) described() string {
	if c == Dictionary {
		return "a dictionary of arrays"
	}
	return "an object of class " + string(c)
}

// unpickle runs the library's stack machine. The library indexes into malformed input without checking, so unpickle recovers from panics.
func (c Class) unpickle(content []byte) (value any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			value, err = nil, fmt.Errorf("damaged pickle: %s", short(fmt.Sprint(cause)))
		}
	}()
	var refused *classError
	u := pickle.NewUnpickler(bytes.NewReader(content))
	u.FindClass = (&finder{want: c, budget: len(content)}).find
	value, err = u.Load()
	switch {
	case errors.As(err, &refused):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("damaged pickle: %s", short(err.Error()))
	}
	return value, nil
}

// List lists the names of at most twenty arrays for an error, each on one line of readable length.
func List(arrays map[string]array.Array) string {
	if len(arrays) == 0 {
		return "none"
	}
	names := slices.Sorted(maps.Keys(arrays))
	for i := range names {
		names[i] = short(names[i])
	}
	if len(names) > 20 {
		names = append(names[:20], "...")
	}
	return strings.Join(names, ", ")
}

// describe returns the type of a value for errors.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case *ndarray:
		return "NumPy array"
	case Class:
		return "class " + string(v)
	default:
		name := fmt.Sprintf("%T", v)
		return strings.ToLower(name[strings.LastIndexAny(name, ".*]")+1:])
	}
}

// short cuts text from a file to one line of readable length.
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
