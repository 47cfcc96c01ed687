package zarr

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/packed"
)

// Format describes zarr:PATH.
var Format = datasets.Format{
	Scheme: "zarr", Example: "zarr:recording.zarr",
	Reads:   "the arrays of `npz` as a Zarr group, version 2 or 3, a folder or a zip file",
	Options: arrayfile.KeyOptions(),
	Open:    Open, Sessions: sessions,
}

// Open reads the group at spec.Path. Arrays have the shapes and types that npz.Open expects. Options: KEY=PATH gives the path of the array
// for a key of package npz; channels=first reads images as [n, channels, height, width]; seed is the seed of a split that is not in the
// group. Errors name the path and the array.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	wanted := arrayfile.ReadOptions(options)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("zarr: no path, want zarr:FOLDER or zarr:FILE.zip")
	}
	g, err := openGroup(spec.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Path, reason(err))
	}
	defer g.store.Close()
	return wanted.Open(spec.Path, "array", g)
}

// sessions lists the groups in a folder that is none.
func sessions(folder string) ([]string, error) {
	for _, mark := range []string{metadata3, group2, array2} {
		if _, err := os.Stat(filepath.Join(folder, mark)); err == nil {
			return nil, nil
		}
	}
	return datasets.SessionsIn(".zarr", ".zip")(folder)
}

// group adapts an open store to package arrayfile.
type group struct {
	path    string
	store   store
	invalid map[string]int // values of the arrays read that are not valid
}

// Files that tell what a folder is. Version 3 has one; version 2 has one for groups and one for arrays.
const (
	metadata3  = "zarr.json"
	group2     = ".zgroup"
	array2     = ".zarray"
	attribute2 = ".zattrs"
)

func openGroup(name string) (*group, error) {
	s, err := openStore(name)
	if err != nil {
		return nil, err
	}
	g := &group{path: name, store: s, invalid: map[string]int{}}
	switch kind, err := g.kind(""); {
	case err != nil:
		s.Close()
		return nil, err
	case kind == "array":
		s.Close()
		return nil, errors.New("a single array, want a group of them, such as the folder that it is in")
	case kind == "":
		s.Close()
		return nil, fmt.Errorf("not a Zarr group: no %s and no %s in it", metadata3, group2)
	}
	return g, nil
}

// kind returns "group", "array", or "" if a folder is neither.
func (g *group) kind(name string) (string, error) {
	if b, err := g.store.get(path.Join(name, metadata3)); err != nil || b != nil {
		if err != nil {
			return "", err
		}
		var node struct {
			Kind string `json:"node_type"`
		}
		if err := parse(b, &node); err != nil {
			return "", fmt.Errorf("%s: %w", path.Join(name, metadata3), err)
		}
		if node.Kind != "group" && node.Kind != "array" {
			return "", fmt.Errorf("%s: node_type %s, want group or array", path.Join(name, metadata3), short(node.Kind))
		}
		return node.Kind, nil
	}
	for _, v2 := range []struct{ file, kind string }{{array2, "array"}, {group2, "group"}} {
		if b, err := g.store.get(path.Join(name, v2.file)); err != nil || b != nil {
			return v2.kind, err
		}
	}
	return "", nil
}

// Names lists the arrays in the group and in groups below it.
func (g *group) Names() ([]string, error) {
	var names []string
	const maxDepth = 8
	var walk func(folder string, depth int) error
	walk = func(folder string, depth int) error {
		children, err := g.store.folders(folder)
		if err != nil || depth > maxDepth {
			return err
		}
		for _, child := range children {
			name := path.Join(folder, child)
			switch kind, err := g.kind(name); {
			case err != nil:
				return err
			case kind == "array":
				names = append(names, name)
			case kind == "group":
				if err := walk(name, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk("", 0); err != nil {
		return nil, g.blame("", err)
	}
	slices.Sort(names)
	return names, nil
}

// Has reports whether there is an array of this name. If that cannot be told, it returns true: reading then reports the error.
func (g *group) Has(name string) bool {
	kind, err := g.kind(name)
	return err != nil || kind == "array"
}

func (g *group) Check(name string) error {
	_, err := g.metadata(name)
	return err
}

func (g *group) metadata(name string) (*metadata, error) {
	if !fs.ValidPath(name) {
		return nil, g.blame(name, errors.New("not a path inside the group"))
	}
	kind, err := g.kind(name)
	switch {
	case err != nil:
	case kind == "":
		err = errors.New("not in the group")
	case kind != "array":
		err = errors.New("a group, want an array")
	default:
		var m *metadata
		if m, err = g.readMetadata(name); err == nil {
			return m, nil
		}
	}
	return nil, g.blame(name, err)
}

func (g *group) Read(names ...string) (map[string]array.Array, error) {
	return arrayfile.Each(names, func(name string) (array.Array, error) {
		m, err := g.metadata(name)
		if err != nil {
			return array.Array{}, err
		}
		a, err := m.read(g.store, name)
		if err != nil {
			return array.Array{}, g.blame(name, err)
		}
		a, g.invalid[name] = m.packing.Unpack(a)
		return a, nil
	})
}

// Notes says which values are missing because they are not valid.
func (g *group) Notes(names []string) ([]datasets.Finding, error) {
	return packed.Notes(names, g.invalid, func(name string) string { return g.path + ": " + short(name) }), nil
}

func (g *group) blame(name string, err error) error {
	if name == "" {
		return fmt.Errorf("%s: %w", g.path, reason(err))
	}
	return fmt.Errorf("%s: %s: %w", g.path, short(name), reason(err))
}

// reason returns an error of the file system without its path, which the caller adds.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// short cuts text from a file to one line of readable length.
func short(text string) string {
	if len(text) > 120 {
		text = text[:120] + "..."
	}
	if quoted := fmt.Sprintf("%q", text); quoted[1:len(quoted)-1] != text {
		return quoted[1 : len(quoted)-1]
	}
	return text
}
