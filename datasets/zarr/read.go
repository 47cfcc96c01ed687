package zarr

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
	"v1lab/datasets/internal/elements"
)

// chunk is what is read at once: a file, or a part of a file that is a shard.
type chunk struct {
	file   *object
	parts  []part
	stored uint64 // bytes of all parts
}

// part is the range of one chunk's bytes in a file, and the chunk's first element.
type part struct {
	from, n uint64
	at      []int
}

// read reads the values of an array.
func (m *metadata) read(s store, name string) (array.Array, error) {
	objects, err := s.objects(name)
	if err != nil {
		return array.Array{}, err
	}
	chunks, stored, err := m.chunks(objects)
	if err != nil {
		return array.Array{}, err
	}
	n := product(m.shape)
	size := uint64(n) * uint64(m.kind.memory())
	if m.kind.text != "" {
		size += uint64(n) * uint64(16+m.kind.width)
	}
	each := uint64(product(m.chunk.shape)) * uint64(max(m.kind.width, m.kind.memory()))
	if most := infile.Unpacked(stored); max(size, each) > most {
		return array.Array{}, fmt.Errorf("shape %s of %s in chunks of %s needs %d bytes, %d are in the store and at most %d accepted",
			array.FormatShape(m.shape), m.kind.name, array.FormatShape(m.chunk.shape), max(size, each), stored, most)
	}
	found := uint64(0)
	for _, c := range chunks {
		found += uint64(len(c.parts))
	}
	if err := infile.Room(size); err != nil {
		return array.Array{}, fmt.Errorf("shape %s of %s %w", array.FormatShape(m.shape), m.kind.name, err)
	}
	inMemory := m.kind.name
	if m.kind.text != "" {
		inMemory = "uint32" // indices in the list of texts
	}
	raw, values, err := elements.Make(inMemory, n)
	if err != nil {
		return array.Array{}, err
	}
	if want := m.count(); found < want && n > 0 {
		if m.noFill {
			return array.Array{}, fmt.Errorf("%d of %d chunks are missing, and there is no fill_value", want-found, want)
		}
		prefill(raw, m.fill)
	}
	r := &reader{metadata: m, raw: raw, stored: stored, texts: []string{m.text}}
	if err := r.run(chunks, each); err != nil {
		return array.Array{}, err
	}
	a := array.Array{Shape: slices.Clone(m.shape), Data: values}
	if m.kind.text != "" {
		text := make([]string, n)
		for i, place := range values.([]uint32) {
			text[i] = r.texts[place]
		}
		a.Data = text
	}
	return a, nil
}

// count returns the number of chunks of the array.
func (m *metadata) count() uint64 {
	n := uint64(1)
	for i, size := range m.chunk.shape {
		n *= (uint64(m.shape[i]) + uint64(size) - 1) / uint64(size)
	}
	return n
}

// prefill fills raw with the bytes of one value.
func prefill(raw, value []byte) {
	if len(value) == 0 {
		return
	}
	for n := copy(raw, value); n < len(raw); {
		n += copy(raw[n:], raw[:n])
	}
}

// chunks lists the stored chunks that overlap the shape, and the total of their bytes in the store.
func (m *metadata) chunks(objects []object) (list []chunk, stored uint64, err error) {
	strange := ""
	for i := range objects {
		o := &objects[i]
		at, ok := m.keys.parse(o.key, len(m.shape))
		if !ok {
			if base := path.Base(o.key); !strings.HasPrefix(base, ".") && base != metadata3 {
				strange = o.key
			}
			continue
		}
		inside := true
		for axis, n := range at {
			if n > (m.shape[axis]-1)/m.grid[axis] || m.shape[axis] == 0 {
				inside = false // left over from before the array shrank
				break
			}
			at[axis] = n * m.grid[axis]
		}
		if !inside {
			continue
		}
		c := chunk{file: o, stored: o.size, parts: []part{{from: 0, n: o.size, at: at}}}
		if m.shard != nil {
			if c.parts, err = m.shardParts(o, at); err != nil {
				return nil, 0, fmt.Errorf("chunk %s: %w", short(o.key), err)
			}
		}
		stored += o.stored
		if m.shard == nil || !o.ranges {
			list = append(list, c)
			continue
		}
		for _, p := range c.parts { // each can be read separately
			list = append(list, chunk{file: o, parts: []part{p}, stored: p.n})
		}
	}
	if len(list) == 0 && strange != "" {
		example := strings.Join(slices.Repeat([]string{"0"}, len(m.shape)), m.keys.separator)
		return nil, 0, fmt.Errorf("no chunks, but a file %s: want names such as %s", short(strange), strings.TrimPrefix(m.keys.prefix+m.keys.separator+example, m.keys.separator))
	}
	return list, stored, nil
}

// shardParts lists the chunks in the shard whose first element is at.
func (m *metadata) shardParts(o *object, at []int) ([]part, error) {
	readAt, size := o.readAt, o.size
	if !o.ranges { // compressed as a whole
		b, err := m.whole(o)
		if err != nil {
			return nil, err
		}
		readAt = func(to []byte, from int64) error { copy(to, b[from:]); return nil }
	}
	inside := make([]int, len(at)) // chunks along each axis
	for i := range inside {
		inside[i] = m.grid[i] / m.chunk.shape[i]
	}
	places, err := m.shard.index(uint64(product(inside)), size, readAt)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, p := range places {
		first := slices.Clone(at)
		outside := false
		rest := int(p.number)
		for i := len(first) - 1; i >= 0; i-- {
			first[i] += rest % inside[i] * m.chunk.shape[i]
			rest /= inside[i]
			outside = outside || first[i] >= m.shape[i]
		}
		if !outside {
			parts = append(parts, part{from: p.at, n: p.n, at: first})
		}
	}
	return parts, nil
}

// maxStored returns the most bytes that a chunk, or a shard of chunks, of so many bytes may take in the store: incompressible data grow a little.
func (m *metadata) maxStored(bytes uint64) uint64 { return 2*bytes + 1<<16 }

// whole reads a file.
func (m *metadata) whole(o *object) ([]byte, error) {
	most := infile.Unpacked(o.stored)
	if m.kind.text == "" {
		most = min(most, m.maxStored(uint64(product(m.grid))*uint64(m.kind.width))+16*uint64(product(m.grid)))
	}
	if o.size > most {
		return nil, fmt.Errorf("damaged: %d bytes, want at most %d", o.size, most)
	}
	b := make([]byte, o.size)
	return b, o.fill(b)
}

// fill reads a file of length len(b) into b.
func (o *object) fill(b []byte) error {
	r, err := o.open()
	if err != nil {
		return damaged(err)
	}
	defer r.Close()
	return readWhole(r, b)
}

// reader reads chunks into an array, several at a time: they do not overlap there.
type reader struct {
	*metadata
	raw    []byte // all values
	stored uint64
	texts  []string // list of texts; the first is the fill value
}

// run reads the chunks, each of so many bytes. It stops at the first error.
func (r *reader) run(chunks []chunk, each uint64) error {
	// A worker needs up to three times a chunk. Together they may take half of what the values take, but at least one worker runs.
	workers := min(runtime.GOMAXPROCS(0), max(1, len(r.raw)/6/int(max(each, 1))), len(chunks))
	if r.kind.text != "" {
		workers = min(workers, 1)
	}
	var (
		next  atomic.Int64
		group sync.WaitGroup
		once  sync.Once
		fail  error
	)
	for range workers {
		group.Go(func() {
			w := &worker{reader: r}
			for i := int(next.Add(1)) - 1; i < len(chunks); i = int(next.Add(1)) - 1 {
				if err := w.read(chunks[i]); err != nil {
					once.Do(func() { fail = fmt.Errorf("chunk %s: %w", short(chunks[i].file.key), err) })
					next.Store(int64(len(chunks)))
				}
			}
		})
	}
	group.Wait()
	return fail
}
