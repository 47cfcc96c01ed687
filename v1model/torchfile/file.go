package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// File is the list of a checkpoint's tensors. Their values stay in the file until they are read.
type File struct {
	path    string
	format  string
	names   []string // of tensors, in the order of the file
	others  []string // entries that are not tensors
	tensors map[string]*tensor
	modules []string
}

// Formats of files.
const (
	Zip         = "zip"         // torch.save of PyTorch 1.6 and later
	Legacy      = "legacy"      // torch.save before
	Safetensors = "safetensors" // without the names of modules
)

// Open reads the list of tensors. If the file holds a dictionary with one state dict in it, as training scripts save, that state dict is taken. If all
// names begin with module., as those of torch.nn.DataParallel do, that is removed. Errors are of one line and name the file.
func Open(path string) (*File, error) {
	f := &File{path: path, tensors: map[string]*tensor{}}
	if err := f.open(); err != nil {
		return nil, f.named(err)
	}
	return f, nil
}

func (f *File) open() error {
	file, err := infile.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	start := make([]byte, 265)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	start = start[:n]
	var value any
	switch {
	case bytes.HasPrefix(start, []byte("PK")):
		f.format = Zip
		value, err = openZip(file, info.Size())
	case bytes.HasPrefix(start, legacyMagic):
		f.format = Legacy
		value, err = openLegacy(file, info.Size())
	case len(start) > 8 && start[8] == '{':
		f.format = Safetensors
		value, err = openSafetensors(file, info.Size())
	case len(start) > 262 && string(start[257:262]) == "ustar":
		err = errors.New("tar format of PyTorch before 0.1.10; accepted: the zip format, the legacy format and safetensors")
	default:
		err = fmt.Errorf("not a PyTorch checkpoint: it starts with % x; accepted: the zip format and the legacy format of torch.save, and safetensors", start[:min(n, 8)])
	}
	if err != nil {
		return err
	}
	return f.take(value)
}

// take finds the state dict in what a file holds.
func (f *File) take(value any) error {
	top, ok := value.(*dict)
	if !ok {
		return fmt.Errorf("holds %s, want a state dict: torch.save(model.state_dict(), FILE)", describe(value))
	}
	if !top.hasTensors() {
		var inner []pair
		for _, p := range top.pairs {
			if d, ok := p.value.(*dict); ok && d.hasTensors() {
				inner = append(inner, p)
			}
		}
		switch len(inner) {
		case 0:
			return fmt.Errorf("no tensors: holds a dictionary with %s; want a state dict", list(top.names()))
		case 1:
			top = inner[0].value.(*dict)
		default:
			var names []string
			for _, p := range inner {
				names = append(names, keyText(p.key))
			}
			return fmt.Errorf("several state dicts, %s; save one of them by itself", list(names))
		}
	}
	names := top.names()
	prefix := "module."
	if slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, prefix) }) {
		prefix = ""
	}
	for _, p := range top.pairs {
		key, ok := p.key.(string)
		if !ok {
			return fmt.Errorf("a state dict with the key %s; its keys are names", keyText(p.key))
		}
		key = strings.TrimPrefix(key, prefix)
		if t, ok := p.value.(*tensor); ok {
			f.tensors[key] = t
			f.names = append(f.names, key)
		} else {
			f.others = append(f.others, key)
		}
	}
	if top.metadata != nil {
		f.modules = []string{}
		for _, name := range top.metadata.names() {
			f.modules = append(f.modules, strings.TrimPrefix(name, prefix))
		}
	}
	return nil
}

// Path returns the file's path.
func (f *File) Path() string { return f.path }

// Format returns the file's format: Zip, Legacy or Safetensors.
func (f *File) Format() string { return f.format }

// Names lists the tensors in the order of the file.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Others lists entries of the state dict that are not tensors.
func (f *File) Others() []string { return slices.Clone(f.others) }

// Modules lists the model's modules, those without tensors included, as the state dict's _metadata has them. known is false if the file does not say.
func (f *File) Modules() (names []string, known bool) {
	return slices.Clone(f.modules), f.modules != nil
}

// Has tells whether there is a tensor of that name.
func (f *File) Has(name string) bool { return f.tensors[name] != nil }

// Shape returns a tensor's shape, nil if there is no such tensor or it is a scalar.
func (f *File) Shape(name string) []int {
	if t := f.tensors[name]; t != nil {
		return slices.Clone(t.shape)
	}
	return nil
}

// Read returns a tensor's values, row-major, in their stored type; those of half and bfloat16 as float32.
func (f *File) Read(name string) (array.Array, error) {
	t := f.tensors[name]
	if t == nil {
		return array.Array{}, fmt.Errorf("%s: no tensor %q, found %s", f.path, short(name), list(f.names))
	}
	a, err := t.read(f.path)
	if err != nil {
		return array.Array{}, f.named(fmt.Errorf("tensor %s: %w", short(name), err))
	}
	return a, nil
}

// named puts the file's name in front of an error.
func (f *File) named(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = os.ErrNotExist
	}
	return fmt.Errorf("%s: %w", f.path, err)
}
