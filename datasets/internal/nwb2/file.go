package nwb2

import (
	"fmt"
	"math/bits"
	"os"
	"path"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/infile"
)

// file is an open NWB file whose objects are known by type.
type file struct {
	*hdf5file.File
	path     string
	datasets []string          // paths of all datasets
	groups   []string          // paths of all groups but the schema's
	types    map[string]string // neurodata_type of groups
	limit    uint64            // bytes that responses may take
}

func newFile(h *hdf5file.File, name string) (*file, error) {
	f := &file{File: h, path: name, types: map[string]string{}}
	stat, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	f.limit = infile.Unpacked(uint64(stat.Size()))
	if f.datasets, err = h.Names(); err != nil {
		return nil, err
	}
	groups, err := h.Groups()
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g == "specifications" || strings.HasPrefix(g, "specifications/") {
			continue
		}
		f.groups = append(f.groups, g)
		if f.types[g], err = f.text(g, "neurodata_type"); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// fault returns an error that names the file and an object in it.
func (f *file) fault(object, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", f.path, short(object), fmt.Errorf(format, args...))
}

// afford refuses responses that would take more memory than any file of this size could fill in earnest.
func (f *file) afford(object string, presentations, neurons int) error {
	high, low := bits.Mul64(uint64(presentations)*4, uint64(neurons))
	if high != 0 || low > f.limit {
		return f.fault(object, "responses of %d neurons to %d presentations need %d bytes, at most %d are accepted for a file of this size", neurons, presentations, low, f.limit)
	}
	return nil
}

// text reads an attribute that is one text, "" if there is none.
func (f *file) text(object, name string) (string, error) {
	a, ok, err := f.Attribute(object, name)
	if err != nil || !ok {
		return "", err
	}
	return strings.Join(a.Strings(), " "), nil
}

// number reads an attribute that is one number.
func (f *file) number(object, name string, fallback float64) (float64, error) {
	a, ok, err := f.Attribute(object, name)
	if err != nil || !ok {
		return fallback, err
	}
	values, err := a.Float64s()
	if err != nil || len(values) != 1 {
		return 0, f.fault(object+"@"+name, "shape %s of %s, want one number", array.FormatShape(a.Shape), a.Type())
	}
	return values[0], nil
}

// ofType lists the groups of some types in alphabetical order.
func (f *file) ofType(types ...string) (paths []string) {
	for _, g := range f.groups {
		if slices.Contains(types, f.types[g]) {
			paths = append(paths, g)
		}
	}
	return paths
}

// has reports whether there is a dataset at a path, which may lead through links.
func (f *file) has(name string) bool {
	if slices.Contains(f.datasets, name) {
		return true
	}
	_, err := f.Info(name)
	return err == nil
}

// children lists the datasets in a group.
func (f *file) children(group string) (names []string) {
	for _, name := range f.datasets {
		if path.Dir(name) == group {
			names = append(names, path.Base(name))
		}
	}
	return names
}

// floats reads numbers of one dimension.
func (f *file) floats(name string) ([]float64, error) {
	a, err := f.Read(name)
	if err != nil {
		return nil, err
	}
	values, err := a.Float64s()
	if err != nil || !isVector(a.Shape) {
		return nil, f.fault(name, "shape %s of %s, want numbers of one dimension", array.FormatShape(a.Shape), a.Type())
	}
	return values, nil
}

// isVector tells whether a shape has one dimension but for those of length 1, which MATLAB keeps.
func isVector(shape []int) bool {
	long := 0
	for _, d := range shape {
		if d != 1 {
			long++
		}
	}
	return len(shape) > 0 && long <= 1
}

// ints reads whole numbers of one dimension.
func (f *file) ints(name string) ([]int, error) {
	a, err := f.Read(name)
	if err != nil {
		return nil, err
	}
	values, err := a.Ints()
	if err != nil {
		return nil, f.fault(name, "%w", err)
	}
	if !isVector(a.Shape) {
		return nil, f.fault(name, "shape %s, want one dimension", array.FormatShape(a.Shape))
	}
	return values, nil
}

// choose returns the candidates whose paths end as an option says. option is its name, what the word for a candidate.
func (f *file) choose(option, wanted, what string, candidates []string) (string, error) {
	wanted = strings.Trim(wanted, "/")
	var found []string
	for _, c := range candidates {
		if c == wanted {
			return c, nil
		}
		if strings.HasSuffix(c, "/"+wanted) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("%s: no %s %q (option %s), found %s", f.path, what, wanted, option, list(candidates))
	}
	return "", fmt.Errorf("%s: option %s=%s could be %s; give more of the path", f.path, option, short(wanted), list(found))
}

// list writes names for an error.
func list(names []string) string {
	const most = 12
	if len(names) == 0 {
		return "none"
	}
	shown := make([]string, 0, most+1)
	for _, n := range names[:min(len(names), most)] {
		shown = append(shown, short(n))
	}
	if n := len(names) - most; n > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(shown, ", ")
}

// short cuts text from a file to one line of readable length.
func short(text string) string {
	const most = 100
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if quoted := fmt.Sprintf("%q", text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}
