package tfcheckpoint

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// Checkpoint is the list of a checkpoint's variables; values stay in its files until they are read.
type Checkpoint struct {
	prefix  string
	header  header
	entries map[string]entry
}

// Open reads the index of a checkpoint, given its prefix (run/model.ckpt), one of its files, or the folder whose file
// "checkpoint" names it. It verifies the index's checksums and that every variable lies within its data file.
func Open(dirOrPrefix string) (*Checkpoint, error) {
	prefix, err := locate(dirOrPrefix)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{prefix: prefix, entries: map[string]entry{}}
	path := prefix + indexSuffix
	file, err := infile.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file, want a TensorFlow V2 checkpoint (%s and %s)", path, indexSuffix, ".data-00000-of-00001")
	}
	if err != nil {
		return nil, named(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, named(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if err := readTable(file, info.Size(), c.add); err != nil {
		return nil, named(path, err)
	}
	if c.header.shards == 0 {
		return nil, fmt.Errorf("%s: not the index of a TensorFlow V2 checkpoint: it has no header", path)
	}
	return c, c.checkExtents()
}

// add takes one entry of the index; the header's name, which is empty, sorts first.
func (c *Checkpoint) add(key, value []byte) (err error) {
	if len(key) == 0 {
		c.header, err = parseHeader(value)
		return err
	}
	if c.header.shards == 0 {
		return errors.New("not the index of a TensorFlow V2 checkpoint: it does not start with a header")
	}
	e, err := parseEntry(value, c.header.shards)
	if err != nil {
		return fmt.Errorf("damaged index: variable %q: %w", shorten(string(key)), err)
	}
	c.entries[string(key)] = e
	return nil
}

// checkExtents verifies that every variable lies within its data file.
func (c *Checkpoint) checkExtents() error {
	sizes := map[int]int64{}
	for _, name := range c.Names() {
		e := c.entries[name]
		if _, ok := sizes[e.shard]; !ok {
			info, err := os.Stat(c.shard(e.shard))
			if err != nil {
				return named(c.shard(e.shard), err)
			}
			sizes[e.shard] = info.Size()
		}
		if size := sizes[e.shard]; e.offset > size || e.size > size-e.offset {
			return fmt.Errorf("%s: cut short: %d bytes, variable %q ends at byte %d", c.shard(e.shard), size, shorten(name), e.offset+e.size)
		}
	}
	return nil
}

func (c *Checkpoint) shard(i int) string {
	return fmt.Sprintf("%s.data-%05d-of-%05d", c.prefix, i, c.header.shards)
}

// Prefix returns the common prefix of the checkpoint's files.
func (c *Checkpoint) Prefix() string { return c.prefix }

// Names lists the variables in alphabetical order, those of the optimiser included.
func (c *Checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.entries)) }

// Read returns a variable's values in their stored type, row-major, after verifying their checksum.
// Numbers and truth values are read; text, complex and half-precision variables and ones stored in slices are errors.
func (c *Checkpoint) Read(name string) (array.Array, error) {
	e, ok := c.entries[name]
	if !ok {
		return array.Array{}, fmt.Errorf("%s: no variable %q, found %s", c.prefix, name, list(c.Names()))
	}
	t, ok := types[e.dtype]
	if !ok {
		return array.Array{}, fmt.Errorf("%s: variable %q is of type %s, accepted are bool, int8-64, uint8-64, float32 and float64", c.prefix, shorten(name), typeName(e.dtype))
	}
	if e.sliced {
		return array.Array{}, fmt.Errorf("%s: variable %q is stored in slices, accepted are whole variables", c.prefix, shorten(name))
	}
	path := c.shard(e.shard)
	file, err := infile.Open(path)
	if err != nil {
		return array.Array{}, named(path, err)
	}
	defer file.Close()
	raw := make([]byte, e.size)
	if n, err := file.ReadAt(raw, e.offset); n < len(raw) {
		if errors.Is(err, io.EOF) {
			err = errors.New("cut short")
		}
		return array.Array{}, named(path, err)
	}
	if masked(crc32.Checksum(raw, castagnoli)) != e.checksum {
		return array.Array{}, fmt.Errorf("%s: damaged: the checksum of variable %q is wrong", path, shorten(name))
	}
	values, err := t.decode(raw, len(raw)/t.width, c.header.order)
	if err != nil {
		return array.Array{}, fmt.Errorf("%s: variable %q: %w", path, shorten(name), err)
	}
	return array.Array{Shape: slices.Clone(e.shape), Data: values}, nil
}

// list writes names in one line, the first of them if there are many.
func list(names []string) string {
	const shown = 8
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = printable(name)
	}
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > shown:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}
