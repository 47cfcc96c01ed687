package mat

import (
	"fmt"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/matfile"
)

// level5 is a file as save writes it by default.
type level5 struct {
	*matfile.File
	path string
}

// field returns a name as MATLAB writes it.
func field(name string) string { return strings.ReplaceAll(name, "/", ".") }

func (f level5) Has(name string) bool { return f.Check(name) == nil }

// Check checks only that the variable exists; Read finds out which fields a struct has.
func (f level5) Check(name string) error {
	variable, _, _ := strings.Cut(field(name), ".")
	_, err := f.Info(variable)
	return err
}

func (f level5) Read(names ...string) (map[string]array.Array, error) {
	fields := make([]string, len(names))
	for i, name := range names {
		fields[i] = field(name)
	}
	read, err := f.File.Read(fields...)
	if err != nil {
		return nil, err
	}
	arrays := map[string]array.Array{}
	for i, name := range names {
		if arrays[name] = read[fields[i]]; arrays[name].Len() == 0 {
			return nil, fmt.Errorf("%s: %s: %w", f.path, name, errEmpty)
		}
	}
	return arrays, nil
}

func (f level5) isCell(name string) bool {
	info, err := f.Info(field(name))
	return err == nil && info.Class == "cell"
}
