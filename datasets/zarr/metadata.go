package zarr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"path"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
	"v1lab/datasets/internal/packed"
)

// metadata is the content of an array's metadata files, of either version.
type metadata struct {
	shape   []int
	grid    []int // elements of a chunk, or of a shard, along each axis
	kind    kind
	fill    []byte // of one element in memory, nil for zeros
	text    string // fill value of text
	noFill  bool   // missing chunks have no value
	chunk   encoding
	shard   *shard // nil if each chunk has a file of its own
	keys    keys
	packing packed.Packing
}

// encoding describes how the values of a chunk become bytes.
type encoding struct {
	shape []int  // of a chunk
	order []int  // position of each axis in the stored chunk
	steps []step // codecs in the order of writing
}

// step is a codec that converts bytes to bytes.
type step struct {
	name  string
	width int // bytes per element, for shuffle
}

// keys describes the names of chunk files: a prefix, then the indices of the chunk.
type keys struct{ prefix, separator string }

// parse returns the indices of the chunk in a file.
func (k keys) parse(key string, rank int) (at []int, ok bool) {
	if rank == 0 && (key == "0" && k.prefix == "" || key == k.prefix && k.prefix != "") {
		return nil, true
	}
	if k.prefix != "" {
		if key, ok = strings.CutPrefix(key, k.prefix+k.separator); !ok {
			return nil, false
		}
	}
	parts := strings.Split(key, k.separator)
	if len(parts) != rank {
		return nil, false
	}
	for _, part := range parts {
		n := 0
		if part == "" || len(part) > 15 || part != "0" && part[0] == '0' {
			return nil, false
		}
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return nil, false
			}
			n = 10*n + int(c-'0')
		}
		at = append(at, n)
	}
	return at, true
}

// parse reads JSON as Python writes it: NaN and Infinity may lack quotes.
func parse(b []byte, to any) error {
	if err := json.Unmarshal(quoteNumbers(b), to); err != nil {
		return fmt.Errorf("damaged: %s", short(err.Error()))
	}
	return nil
}

// quoteNumbers puts NaN, Infinity and -Infinity in quotes unless they are inside a text.
func quoteNumbers(b []byte) []byte {
	if !bytes.Contains(b, []byte("NaN")) && !bytes.Contains(b, []byte("Infinity")) {
		return b
	}
	var out bytes.Buffer
	inText := false
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && inText && i+1 < len(b) {
			out.Write(b[i : i+2])
			i++
			continue
		}
		if b[i] == '"' {
			inText = !inText
		}
		word := ""
		for _, w := range []string{"NaN", "Infinity", "-Infinity"} {
			if !inText && bytes.HasPrefix(b[i:], []byte(w)) {
				word = w
			}
		}
		if word != "" {
			out.WriteString(`"` + word + `"`)
			i += len(word) - 1
			continue
		}
		out.WriteByte(b[i])
	}
	return out.Bytes()
}

// readMetadata reads the metadata of an array.
func (g *group) readMetadata(name string) (*metadata, error) {
	m := &metadata{}
	b, err := g.store.get(path.Join(name, metadata3))
	if err != nil {
		return nil, err
	}
	if b != nil {
		if err := m.version3(b); err != nil {
			return nil, fmt.Errorf("%s: %w", metadata3, err)
		}
		return m, m.check()
	}
	if b, err = g.store.get(path.Join(name, array2)); err != nil {
		return nil, err
	}
	if err := m.version2(b); err != nil {
		return nil, fmt.Errorf("%s: %w", array2, err)
	}
	if b, err = g.store.get(path.Join(name, attribute2)); err == nil && b != nil {
		attributes := attributes{}
		if err = parse(b, &attributes); err == nil {
			err = m.pack(attributes)
		}
		// In version 2 xarray has no other way to mark missing values.
		if _, ok := attributes["_ARRAY_DIMENSIONS"]; ok && err == nil {
			err = m.maskFill()
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", attribute2, err)
		}
	}
	if err != nil {
		return nil, err
	}
	return m, m.check()
}

// version2 parses .zarray.
func (m *metadata) version2(b []byte) error {
	var stored struct {
		Version    int               `json:"zarr_format"`
		Shape      []int             `json:"shape"`
		Chunks     []int             `json:"chunks"`
		Type       json.RawMessage   `json:"dtype"`
		Order      string            `json:"order"`
		Separator  string            `json:"dimension_separator"`
		Fill       json.RawMessage   `json:"fill_value"`
		Compressor json.RawMessage   `json:"compressor"`
		Filters    []json.RawMessage `json:"filters"`
	}
	if err := parse(b, &stored); err != nil {
		return err
	}
	if stored.Version != 2 {
		return fmt.Errorf("zarr_format %d, want 2", stored.Version)
	}
	m.shape, m.grid, m.keys = stored.Shape, stored.Chunks, keys{separator: stored.Separator}
	switch stored.Separator {
	case "":
		m.keys.separator = "."
	case ".", "/":
	default:
		return fmt.Errorf("dimension_separator %q, want . or /", short(stored.Separator))
	}
	var err error
	if m.kind, err = kindOfV2(stored.Type); err != nil {
		return err
	}
	m.chunk.shape = m.grid
	switch stored.Order {
	case "C":
		m.chunk.order = inOrder(len(m.shape))
	case "F":
		m.chunk.order = elements.Reversed(len(m.shape))
	default:
		return fmt.Errorf("order %q, want C or F", short(stored.Order))
	}
	codecs := stored.Filters
	if len(stored.Compressor) > 0 && string(stored.Compressor) != "null" {
		codecs = append(codecs, stored.Compressor)
	}
	for _, c := range codecs {
		var codec struct {
			Name  string `json:"id"`
			Width int    `json:"elementsize"`
		}
		if err := parse(c, &codec); err != nil {
			return err
		}
		if codec.Name == "vlen-utf8" && m.kind.text == textObjects {
			m.kind.text = textVariable
			continue
		}
		if err := m.chunk.add(codec.Name, codec.Width); err != nil {
			return err
		}
	}
	if m.kind.text == textObjects {
		return errors.New("dtype |O (Python objects), accepted are numbers, booleans and text")
	}
	return m.setFill(stored.Fill)
}

// codec3 is a codec of version 3, or another part of the metadata that has a name and a configuration.
type codec3 struct {
	Name          string `json:"name"`
	Configuration struct {
		Endian     string          `json:"endian"`
		Order      json.RawMessage `json:"order"`
		Width      int             `json:"elementsize"`
		ChunkShape []int           `json:"chunk_shape"`
		Separator  string          `json:"separator"`
		Codecs     []codec3        `json:"codecs"`
		Index      []codec3        `json:"index_codecs"`
		Location   string          `json:"index_location"`
		Bytes      int             `json:"length_bytes"`
	} `json:"configuration"`
}

// UnmarshalJSON also accepts a name alone.
func (c *codec3) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.Name)
	}
	type plain codec3
	return json.Unmarshal(b, (*plain)(c))
}

// version3 parses zarr.json.
func (m *metadata) version3(b []byte) error {
	var stored struct {
		Version      int                        `json:"zarr_format"`
		Shape        []int                      `json:"shape"`
		Type         codec3                     `json:"data_type"`
		Grid         codec3                     `json:"chunk_grid"`
		Keys         codec3                     `json:"chunk_key_encoding"`
		Fill         json.RawMessage            `json:"fill_value"`
		Codecs       []codec3                   `json:"codecs"`
		Attributes   map[string]json.RawMessage `json:"attributes"`
		Transformers []codec3                   `json:"storage_transformers"`
	}
	if err := parse(b, &stored); err != nil {
		return err
	}
	switch {
	case stored.Version != 3:
		return fmt.Errorf("zarr_format %d, want 3", stored.Version)
	case stored.Grid.Name != "regular":
		return fmt.Errorf("chunk_grid %s, want regular", short(stored.Grid.Name))
	case len(stored.Transformers) > 0:
		return fmt.Errorf("storage_transformers %s, which is not supported", short(stored.Transformers[0].Name))
	}
	m.shape, m.grid = stored.Shape, stored.Grid.Configuration.ChunkShape
	m.keys.separator = stored.Keys.Configuration.Separator
	switch stored.Keys.Name {
	case "default":
		m.keys.prefix = "c"
		if m.keys.separator == "" {
			m.keys.separator = "/"
		}
	case "v2":
		if m.keys.separator == "" {
			m.keys.separator = "."
		}
	default:
		return fmt.Errorf("chunk_key_encoding %s, want default or v2", short(stored.Keys.Name))
	}
	if m.keys.separator != "." && m.keys.separator != "/" {
		return fmt.Errorf("separator %q of chunk_key_encoding, want . or /", short(m.keys.separator))
	}
	var err error
	if m.kind, err = kindOfV3(stored.Type.Name, stored.Type.Configuration.Bytes); err != nil {
		return err
	}
	codecs := stored.Codecs
	m.chunk.shape = m.grid
	if len(codecs) == 1 && codecs[0].Name == "sharding_indexed" {
		c := codecs[0].Configuration
		if m.shard, err = newShard(c.Index, c.Location); err != nil {
			return err
		}
		m.chunk.shape, codecs = c.ChunkShape, c.Codecs
	}
	if err := m.codecs3(codecs); err != nil {
		return err
	}
	if err := m.setFill(stored.Fill); err != nil {
		return err
	}
	return m.pack(stored.Attributes)
}

// codecs3 parses codecs of version 3: first any that permute axes, then one that converts values to bytes, then any that convert bytes.
func (m *metadata) codecs3(codecs []codec3) error {
	m.chunk.order = inOrder(len(m.shape))
	inBytes := false
	for _, c := range codecs {
		switch name := strings.TrimPrefix(c.Name, "numcodecs."); {
		case name == "transpose" && !inBytes:
			var order []int
			if err := json.Unmarshal(c.Configuration.Order, &order); err != nil || !isOrder(order, len(m.shape)) {
				return fmt.Errorf("codec transpose of order %s, want an order of %d axes", short(string(c.Configuration.Order)), len(m.shape))
			}
			for axis, place := range m.chunk.order {
				m.chunk.order[axis] = slices.Index(order, place)
			}
		case name == "bytes" && !inBytes:
			inBytes = true
			switch c.Configuration.Endian {
			case "big":
				m.kind.big = true
			case "little", "":
			default:
				return fmt.Errorf("codec bytes with endian %s, want little or big", short(c.Configuration.Endian))
			}
			if m.kind.text == textVariable {
				return errors.New("codec bytes of text, want vlen-utf8")
			}
		case name == "vlen-utf8" && !inBytes && m.kind.text == textVariable:
			inBytes = true
		case inBytes:
			if err := m.chunk.add(name, c.Configuration.Width); err != nil {
				return err
			}
		default:
			return fmt.Errorf("codec %s before codec bytes, accepted there is transpose", short(c.Name))
		}
	}
	if !inBytes {
		return errors.New("no codec bytes")
	}
	return nil
}

// add appends a codec that converts bytes to bytes.
func (e *encoding) add(name string, width int) error {
	switch name {
	case "gzip", "zlib", "zstd", "lz4", "blosc", "crc32c":
	case "shuffle":
		if width < 1 {
			width = 4
		}
	default:
		return fmt.Errorf("codec %s, accepted are gzip, zlib, zstd, lz4, blosc, crc32c and shuffle: write it again with one of them", short(name))
	}
	e.steps = append(e.steps, step{name: name, width: width})
	return nil
}

func inOrder(rank int) []int {
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	return order
}

func isOrder(order []int, rank int) bool {
	sorted := slices.Sorted(slices.Values(order))
	return slices.Equal(sorted, inOrder(rank))
}

// maxRank limits the axes of an array.
const maxRank = 32

// check makes sure that shapes agree and that products of their lengths do not overflow.
func (m *metadata) check() error {
	rank := len(m.shape)
	if rank > maxRank {
		return fmt.Errorf("%d axes, accepted are %d", rank, maxRank)
	}
	for _, s := range [][]int{m.grid, m.chunk.shape} {
		if len(s) != rank {
			return fmt.Errorf("damaged: chunks of shape %s for an array of shape %s", array.FormatShape(s), array.FormatShape(m.shape))
		}
	}
	for i := range rank {
		if m.shape[i] < 0 || m.grid[i] < 1 || m.chunk.shape[i] < 1 || m.grid[i]%m.chunk.shape[i] != 0 {
			return fmt.Errorf("damaged: shape %s in chunks of %s, inside these %s", array.FormatShape(m.shape), array.FormatShape(m.grid), array.FormatShape(m.chunk.shape))
		}
	}
	for _, s := range [][]int{m.shape, m.grid} {
		n := uint64(max(m.kind.width, 1))
		for _, d := range s {
			high, low := bits.Mul64(n, uint64(max(d, 1)))
			if n = low; high != 0 || low > 1<<50 {
				return fmt.Errorf("damaged: shape %s of %s", array.FormatShape(s), m.kind.name)
			}
		}
	}
	return nil
}

// product returns the number of elements of a checked shape.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
