package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Tags of TIFF 6.0 that say how pixels are stored.
const (
	tagWidth        = 256
	tagHeight       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagFillOrder    = 266
	tagDescription  = 270
	tagStripOffsets = 273
	tagOrientation  = 274
	tagSamples      = 277
	tagRowsPerStrip = 278
	tagStripCounts  = 279
	tagPlanar       = 284
	tagPredictor    = 317
	tagColours      = 320
	tagTileWidth    = 322
	tagTileHeight   = 323
	tagTileOffsets  = 324
	tagTileCounts   = 325
	tagSampleFormat = 339
)

// Values of these tags.
const (
	whiteIsZero, blackIsZero, rgb, palette = 0, 1, 2, 3
	unsigned, float                        = 1, 3
	differences, floatDifferences          = 2, 3
)

// page is the only page of a TIFF.
type page struct {
	order   binary.ByteOrder
	content []byte
	fields  map[int]field

	width, height            int
	samples, bits            int // of a pixel, and of each of its samples
	photometric, format      int
	predictor                int
	blockWidth, blockHeight  int // of a tile, or a strip
	tiled                    bool
	colours                  []float32 // of a palette, [3, colours] from 0 to 255
	greyPalette, translucent bool
}

// field is an entry of a page's directory, 12 bytes.
type field struct {
	kind, count int
	raw         []byte // of the values
	entry       []byte
}

// measureTIFF parses the directory and refuses what decodeTIFF cannot read, several pages among it.
func measureTIFF(content []byte) (picture, error) {
	p, err := openTIFF(content)
	if err != nil {
		return picture{}, err
	}
	channels := 1
	if p.photometric == rgb || p.photometric == palette && !p.greyPalette {
		channels = 3
	}
	return picture{p.height, p.width, channels}, nil
}

// directory reads the fields at an offset, and the offset of the next page.
func (p *page) directory(at uint64) (next uint64, err error) {
	cut := damagedPicture(errors.New("the directory is not in the file"))
	size := uint64(len(p.content))
	if at < 8 || at+2 > size {
		return 0, cut
	}
	n := uint64(p.order.Uint16(p.content[at:]))
	if at+2+12*n+4 > size {
		return 0, cut
	}
	p.fields = map[int]field{}
	for i := range n {
		e := p.content[at+2+12*i:][:12]
		f := field{kind: int(p.order.Uint16(e[2:])), entry: e}
		width := uint64(map[int]int{1: 1, 2: 1, 3: 2, 4: 4}[f.kind]) // bytes, text, 16 and 32 bits
		bytes := width * uint64(p.order.Uint32(e[4:]))
		if f.raw = e[8:]; bytes > 4 {
			from := uint64(p.order.Uint32(e[8:]))
			if from > size || bytes > size-from {
				return 0, cut
			}
			f.raw = p.content[from:]
		}
		f.raw = f.raw[:bytes]
		if width > 0 {
			f.count = int(bytes / width)
		}
		p.fields[int(p.order.Uint16(e))] = f
	}
	return uint64(p.order.Uint32(p.content[at+2+12*n:])), nil
}

// value returns value i of a field, otherwise if the page does not have it.
func (p *page) value(tag, i, otherwise int) int {
	f := p.fields[tag]
	if i >= f.count {
		return otherwise
	}
	switch f.kind {
	case 1:
		return int(f.raw[i])
	case 3:
		return int(p.order.Uint16(f.raw[2*i:]))
	case 4:
		return int(p.order.Uint32(f.raw[4*i:]))
	}
	return otherwise
}

// stack matches the number of pages that ImageJ writes in place of directories.
var stack = regexp.MustCompile(`(?m)^images=([0-9]+)`)

func openTIFF(content []byte) (*page, error) {
	p := &page{order: binary.LittleEndian, content: content}
	if content[0] == 'M' {
		p.order = binary.BigEndian
	}
	if len(content) < 8 {
		return nil, damagedPicture(errors.New("8 bytes at least"))
	}
	first := uint64(p.order.Uint32(content[4:]))
	next, err := p.directory(first)
	if err != nil {
		return nil, err
	}
	pages := 1
	for at := next; at != 0; pages++ {
		other := page{order: p.order, content: content}
		if pages == 1000 {
			break
		}
		if at, err = other.directory(at); err != nil {
			return nil, err
		}
	}
	description := string(p.fields[tagDescription].raw)
	if m := stack.FindStringSubmatch(description); m != nil && strings.HasPrefix(description, "ImageJ") {
		if n, err := strconv.Atoi(m[1]); err == nil {
			pages = max(pages, n)
		}
	}
	if pages > 1 {
		return nil, fmt.Errorf("a TIFF of %d pages, want one picture in each file", pages)
	}
	return p, p.understand()
}

// understand reads how the pixels are stored.
func (p *page) understand() error {
	p.width, p.height = p.value(tagWidth, 0, 0), p.value(tagHeight, 0, 0)
	if p.width < 1 || p.height < 1 || p.width > maxSide || p.height > maxSide {
		return fmt.Errorf("%d x %d pixels (height x width), want 1 to %d each", p.height, p.width, maxSide)
	}
	p.samples, p.bits = p.value(tagSamples, 0, 1), p.value(tagBits, 0, 1)
	p.photometric, p.format = p.value(tagPhotometric, 0, -1), p.value(tagSampleFormat, 0, unsigned)
	p.predictor = p.value(tagPredictor, 0, 1)
	if f, ok := p.fields[tagPhotometric]; !ok || f.count < 1 {
		return damagedPicture(errors.New("no photometric interpretation"))
	}
	for i := range p.samples {
		if i > 4 {
			break
		}
		if p.value(tagBits, i, p.bits) != p.bits || p.value(tagSampleFormat, i, p.format) != p.format {
			return errors.New("a TIFF whose samples are of different types, want one type")
		}
	}
	colours := 1
	switch p.photometric {
	case whiteIsZero, blackIsZero:
	case rgb:
		colours = 3
	case palette:
		if err := p.readPalette(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("a TIFF of colour model %d, want grey, RGB or a palette", p.photometric)
	}
	if p.translucent = p.samples == colours+1; p.samples != colours && !p.translucent {
		return fmt.Errorf("a TIFF of %d samples for each pixel, want %d or one more for opacity", p.samples, colours)
	}
	whole := p.format == unsigned && (p.bits == 8 || p.bits == 16 || p.samples == 1 && (p.bits == 1 || p.bits == 2 || p.bits == 4))
	if !whole && (p.format != float || p.bits != 16 && p.bits != 32 && p.bits != 64 || p.photometric == palette || p.photometric == whiteIsZero || p.translucent) {
		return fmt.Errorf("a TIFF of %d bits of sample format %d, want 1 to 16 bits without sign or floating point", p.bits, p.format)
	}
	for _, one := range []struct {
		tag, usual int
		what       string
	}{{tagFillOrder, 1, "bits in reverse order"}, {tagOrientation, 1, "another orientation than top to bottom and left to right"}} {
		if v := p.value(one.tag, 0, one.usual); v != one.usual {
			return fmt.Errorf("a TIFF with %s (tag %d is %d), want it saved without", one.what, one.tag, v)
		}
	}
	if p.samples > 1 && p.value(tagPlanar, 0, 1) != 1 {
		return errors.New("a TIFF with one plane for each colour, want the colours of a pixel side by side")
	}
	switch c := p.value(tagCompression, 0, 1); c {
	case 1, 5, 8, 32773, 32946: // none, LZW, deflate, PackBits, deflate
	default:
		return fmt.Errorf("a TIFF of compression %d, want none, LZW, deflate or PackBits", c)
	}
	if p.predictor != 1 && !(p.predictor == differences && p.bits >= 8 && p.bits <= 32) && !(p.predictor == floatDifferences && p.format == float) {
		return fmt.Errorf("a TIFF of predictor %d for %d bits, want 1, or 2 for 8 to 32 bits, or 3 for floating point", p.predictor, p.bits)
	}
	p.blockWidth, p.blockHeight = p.width, min(p.value(tagRowsPerStrip, 0, p.height), p.height)
	if p.tiled = p.value(tagTileWidth, 0, 0) != 0; p.tiled {
		p.blockWidth, p.blockHeight = p.value(tagTileWidth, 0, 0), p.value(tagTileHeight, 0, 0)
		if p.blockWidth%16 != 0 || p.blockHeight%16 != 0 || p.blockWidth > 2*maxSide || p.blockHeight > 2*maxSide {
			return damagedPicture(fmt.Errorf("tiles of %d x %d pixels", p.blockHeight, p.blockWidth))
		}
	}
	if p.blockWidth < 1 || p.blockHeight < 1 {
		return damagedPicture(errors.New("no pixels in a block"))
	}
	offsets, counts := tagStripOffsets, tagStripCounts
	if p.tiled {
		offsets, counts = tagTileOffsets, tagTileCounts
	}
	for i := range p.fields[offsets].count {
		if from, n := p.value(offsets, i, 0), p.value(counts, i, 0); from > len(p.content) || n > len(p.content)-from {
			return damagedPicture(fmt.Errorf("%d bytes of pixels at byte %d of a file of %d", n, from, len(p.content)))
		}
	}
	return nil
}

func (p *page) readPalette() error {
	n := 1 << p.bits
	if p.bits > 8 || p.fields[tagColours].count != 3*n {
		return fmt.Errorf("a TIFF with a palette of %d values for %d bits, want three for each colour", p.fields[tagColours].count, p.bits)
	}
	p.greyPalette = true
	p.colours = make([]float32, 3*n)
	for i := range p.colours {
		p.colours[i] = float32(p.value(tagColours, i, 0)) / 257
	}
	for i := range n {
		p.greyPalette = p.greyPalette && p.colours[i] == p.colours[n+i] && p.colours[i] == p.colours[2*n+i]
	}
	return nil
}
