package zarr

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
	"v1lab/datasets/internal/decompress"
	"v1lab/datasets/internal/elements"
)

// worker reads one chunk after another and reuses its buffers.
type worker struct {
	*reader
	decoder decompress.Decoder
	stored  []byte
	buffers [2][]byte
}

func (w *worker) read(c chunk) error {
	if !c.file.ranges && w.shard != nil {
		b, err := w.whole(c.file)
		if err != nil {
			return err
		}
		for _, p := range c.parts {
			if err := w.decode(b[p.from:p.from+p.n], p.at); err != nil {
				return err
			}
		}
		return nil
	}
	p := c.parts[0]
	n := uint64(product(w.chunk.shape)) * uint64(w.kind.width)
	if most := w.maxStored(n); w.kind.width > 0 && p.n > most {
		return fmt.Errorf("damaged: %d bytes of a chunk of %d", p.n, n)
	}
	load := func(b []byte) error {
		if w.shard == nil {
			return c.file.fill(b)
		}
		if err := c.file.readAt(b, int64(p.from)); err != nil {
			return damaged(err)
		}
		return nil
	}
	if to := w.target(p.at); to != nil && len(w.chunk.steps) == 0 && p.n == n { // read it into place
		if err := load(to); err != nil {
			return err
		}
		w.correct(to)
		return nil
	}
	if uint64(cap(w.stored)) < p.n {
		w.stored = make([]byte, p.n)
	}
	b := w.stored[:p.n]
	if err := load(b); err != nil {
		return err
	}
	return w.decode(b, p.at)
}

// target returns the part of the array where the values of a chunk are contiguous and in the chunk's order, nil if there is none.
func (w *worker) target(at []int) []byte {
	if w.kind.text != "" || w.kind.half || !slices.IsSorted(w.chunk.order) {
		return nil
	}
	from, row := 0, w.kind.width
	for i := len(at) - 1; i >= 0; i-- {
		if n := w.chunk.shape[i]; i > 0 && n != w.shape[i] || i == 0 && at[0]+n > w.shape[0] {
			return nil
		}
		from = at[i] * row
		row *= w.shape[i]
	}
	return w.raw[from : from+product(w.chunk.shape)*w.kind.width]
}

// decode undoes the codecs of a chunk and copies its values to their positions.
func (w *worker) decode(b []byte, at []int) error {
	if w.kind.width == 0 {
		return w.decodeTexts(b, at)
	}
	n := product(w.chunk.shape) * w.kind.width
	to := w.target(at)
	values, err := w.undo(b, to, n)
	if err != nil {
		return err
	}
	if len(values) != n {
		return fmt.Errorf("damaged: %d bytes, want %d", len(values), n)
	}
	if w.kind.text != "" {
		return w.placeTexts(w.fixedTexts(values), at)
	}
	w.correct(values)
	if to != nil {
		if n > 0 && &values[0] != &to[0] {
			copy(to, values)
		}
		return nil
	}
	if w.kind.half {
		values = w.widen(values)
	}
	w.place(values, at)
	return nil
}

// undo undoes the codecs, the last first. The result has n bytes. It is written to the slice to unless that is nil.
func (w *worker) undo(b, to []byte, n int) ([]byte, error) {
	next := 0
	for i := len(w.chunk.steps) - 1; i >= 0; i-- {
		s := w.chunk.steps[i]
		if s.name == "crc32c" {
			var err error
			if b, err = checkSum(b); err != nil {
				return nil, err
			}
			continue
		}
		room := to
		if i > 0 { // earlier codecs may have lengthened the values
			room = w.buffer(&next, n+n/8+1<<10)
		} else if to == nil {
			room = w.buffer(&next, n)
		}
		var err error
		switch s.name {
		case "gzip":
			b, err = w.decoder.Gzip(room, b)
		case "zlib":
			b, err = w.decoder.Zlib(room, b)
		case "zstd":
			b, err = w.decoder.Zstd(room, b)
		case "lz4":
			b, err = w.decoder.LZ4(room, b)
		case "blosc":
			b, err = w.decoder.Blosc(room, b)
		case "shuffle":
			if len(b) > len(room) {
				return nil, fmt.Errorf("damaged: %d bytes, want %d", len(b), n)
			}
			decompress.Unshuffle(room[:len(b)], b, s.width)
			b = room[:len(b)]
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return b, nil
}

func (w *worker) buffer(next *int, n int) []byte {
	i := *next
	*next = 1 - i
	if cap(w.buffers[i]) < n {
		w.buffers[i] = make([]byte, n)
	}
	return w.buffers[i][:n]
}

// correct converts the bytes of numbers to this machine's byte order.
func (w *worker) correct(b []byte) {
	var order binary.ByteOrder = binary.LittleEndian
	if w.kind.big {
		order = binary.BigEndian
	}
	switch {
	case w.kind.name == "bool":
		for i, v := range b {
			b[i] = min(v, 1)
		}
	case !elements.Native(order):
		elements.Swap(b, w.kind.width)
	}
}

// widen converts numbers of 16 bits to float32.
func (w *worker) widen(halves []byte) []byte {
	out := make([]byte, 2*len(halves))
	for i := range len(halves) / 2 {
		v := array.FromHalf(binary.NativeEndian.Uint16(halves[2*i:]))
		binary.NativeEndian.PutUint32(out[4*i:], math.Float32bits(v))
	}
	return out
}

// place copies the part of a chunk that lies inside the array.
func (w *worker) place(values []byte, at []int) {
	width := w.kind.memory()
	axes := elements.Axes(w.chunk.shape, w.chunk.order, width) // From is right; To is still that of an array of the chunk's shape
	first, step := 0, width
	for i := len(at) - 1; i >= 0; i-- {
		axes[i].Count = min(axes[i].Count, w.shape[i]-at[i])
		axes[i].To = step
		first += at[i] * step
		step *= w.shape[i]
	}
	elements.Copy(w.raw[first:], values, axes, width)
}

// fixedTexts reads texts of fixed length, padded with zeros.
func (w *worker) fixedTexts(b []byte) []string {
	var texts []string
	for entry := range slices.Chunk(b, w.kind.width) {
		if w.kind.text == textBytes {
			texts = append(texts, strings.TrimRight(string(entry), "\x00"))
			continue
		}
		var letters strings.Builder
		for ; len(entry) >= 4; entry = entry[4:] {
			if w.kind.big {
				letters.WriteRune(rune(binary.BigEndian.Uint32(entry)))
			} else {
				letters.WriteRune(rune(binary.LittleEndian.Uint32(entry)))
			}
		}
		texts = append(texts, strings.TrimRight(letters.String(), "\x00"))
	}
	return texts
}

// decodeTexts reads texts of variable length: their number, then each preceded by its length. Their total length is not known before.
func (w *worker) decodeTexts(b []byte, at []int) error {
	most := int(infile.Unpacked(uint64(len(b))))
	var values []byte
	var err error
	for room := 1 << 12; ; room = min(room*8, most) {
		if values, err = w.undo(b, nil, room); err == nil || room == most {
			break
		}
	}
	if err != nil {
		return err
	}
	n := product(w.chunk.shape)
	if len(values) < 4 || uint64(binary.LittleEndian.Uint32(values)) != uint64(n) || n > len(values)/4 {
		return fmt.Errorf("damaged: %d bytes, want %d texts", len(values), n)
	}
	values = values[4:]
	texts := make([]string, n)
	for i := range texts {
		if len(values) < 4 || uint64(binary.LittleEndian.Uint32(values)) > uint64(len(values)-4) {
			return fmt.Errorf("damaged: text %d of %d is cut short", i+1, n)
		}
		length := 4 + int(binary.LittleEndian.Uint32(values))
		texts[i], values = string(values[4:length]), values[length:]
	}
	return w.placeTexts(texts, at)
}

// placeTexts appends texts to the list and writes their indices in it to the array.
func (w *worker) placeTexts(texts []string, at []int) error {
	places := make([]byte, 4*len(texts))
	for i := range texts {
		binary.NativeEndian.PutUint32(places[4*i:], uint32(len(w.texts)+i))
	}
	w.texts = append(w.texts, texts...)
	w.place(places, at)
	return nil
}
