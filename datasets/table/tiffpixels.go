package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math"

	"golang.org/x/image/tiff"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// decodeTIFF lets package tiff unpack and arrange the strips or tiles, as bytes of a grey picture, and reads the numbers from these bytes:
// package tiff knows no floating point, and misplaces tiles that reach over the right edge.
func decodeTIFF(content []byte, size picture) (func(pixels []float32) error, error) {
	p, err := openTIFF(content)
	if err != nil {
		return nil, err
	}
	bytesOf := func(pixels int) int { return (pixels*p.samples*p.bits + 7) / 8 }
	width, height := bytesOf(p.width), p.height
	block := width
	if p.tiled {
		block = bytesOf(p.blockWidth)
		width = (p.width + p.blockWidth - 1) / p.blockWidth * block
		height = (p.height + p.blockHeight - 1) / p.blockHeight * p.blockHeight
	}
	if most := infile.Unpacked(uint64(len(content))); uint64(width)*uint64(height) > most {
		return nil, fmt.Errorf("%d x %d bytes in a file of %d, which may unpack to %d", height, width, len(content), most)
	}
	decoded, err := tiff.Decode(bytes.NewReader(p.asBytes(width, height, block)))
	if err != nil {
		return nil, damagedPicture(err)
	}
	grey, ok := decoded.(*image.Gray)
	if !ok || grey.Rect.Dx() != width || grey.Rect.Dy() != height {
		return nil, errors.New("damaged: the picture's size changes within the file")
	}
	return func(pixels []float32) error { return p.fill(pixels, grey, block, size.channels) }, nil
}

// asBytes returns the file with a directory that describes its bytes as a grey picture of 8 bits.
func (p *page) asBytes(width, height, block int) []byte {
	entries := [][3]int{{tagWidth, width, 1}, {tagHeight, height, 1}, {tagBits, 8, 1}, {tagCompression, p.value(tagCompression, 0, 1), 1}, {tagPhotometric, blackIsZero, 1}}
	blocks := []int{tagStripOffsets, tagRowsPerStrip, tagStripCounts}
	if p.tiled {
		blocks = []int{tagTileWidth, tagTileHeight, tagTileOffsets, tagTileCounts}
	}
	for _, tag := range blocks {
		switch tag {
		case tagRowsPerStrip, tagTileHeight:
			entries = append(entries, [3]int{tag, p.blockHeight, 1})
		case tagTileWidth:
			entries = append(entries, [3]int{tag, block, 1})
		default:
			entries = append(entries, [3]int{tag, 0, 0}) // as it is
		}
	}
	file := bytes.Clone(p.content)
	if len(file)%2 == 1 {
		file = append(file, 0)
	}
	append16, append32 := p.order.(binary.AppendByteOrder).AppendUint16, p.order.(binary.AppendByteOrder).AppendUint32
	p.order.PutUint32(file[4:], uint32(len(file)))
	file = append16(file, uint16(len(entries)))
	for _, e := range entries {
		if e[2] == 0 {
			if f, ok := p.fields[e[0]]; ok {
				file = append(file, f.entry...)
				continue
			}
			e[2] = 1
		}
		file = append16(file, uint16(e[0]))
		file = append16(file, 4)
		file = append32(file, 1)
		file = append32(file, uint32(e[1]))
	}
	return append32(file, 0)
}

// fill reads the numbers of each pixel from the rows of bytes; block is the number of bytes in a row of a block.
func (p *page) fill(pixels []float32, rows *image.Gray, block, channels int) error {
	perPixel, perBlock := p.samples*p.bits, block*8/(p.samples*p.bits)
	full := float32(math.Exp2(float64(p.bits)) - 1)
	for y := range p.height {
		row := rows.Pix[y*rows.Stride:]
		order := p.order
		if p.predictor != 1 {
			for at := 0; at < rows.Rect.Dx(); at += block {
				p.integrate(row[at : at+block])
			}
			if p.predictor == floatDifferences {
				order = binary.BigEndian
			}
		}
		for x := range p.width {
			bit := x / perBlock * block * 8 // tiles begin at a whole byte
			bit += x % perBlock * perPixel
			to := pixels[(y*p.width+x)*channels:]
			for s := range p.samples {
				v := p.sample(row, bit+s*p.bits, order)
				switch {
				case p.translucent && s == p.samples-1:
					if v != full {
						return transparent(y, x)
					}
				case p.photometric == palette:
					n := len(p.colours) / 3
					for c := range channels {
						to[c] = p.colours[c*n+int(v)]
					}
				case p.format == float:
					to[s] = v
				case p.photometric == whiteIsZero:
					to[s] = (full - v) * 255 / full
				default:
					to[s] = v * 255 / full
				}
			}
		}
	}
	return nil
}

// sample reads one number.
func (p *page) sample(row []byte, bit int, order binary.ByteOrder) float32 {
	at := row[bit/8:]
	switch {
	case p.bits < 8:
		return float32(at[0] >> (8 - p.bits - bit%8) & (1<<p.bits - 1))
	case p.bits == 8:
		return float32(at[0])
	case p.bits == 16 && p.format == float:
		return array.FromHalf(order.Uint16(at))
	case p.bits == 16:
		return float32(order.Uint16(at))
	case p.bits == 32:
		return math.Float32frombits(order.Uint32(at))
	}
	return float32(math.Float64frombits(order.Uint64(at)))
}

// integrate undoes the predictor in one row of a block: numbers are stored as differences from the pixel to the left, floating-point ones with
// their most significant bytes before the others.
// Source: TIFF 6.0, section 14, and Adobe's Photoshop TIFF technical note 3.
func (p *page) integrate(row []byte) {
	n, width := p.samples, p.bits/8
	if p.predictor == floatDifferences || width == 1 {
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
		if p.predictor == floatDifferences {
			planes := bytes.Clone(row)
			count := len(row) / width
			for i := range count {
				for b := range width {
					row[i*width+b] = planes[b*count+i]
				}
			}
		}
		return
	}
	for at := n * width; at+width <= len(row); at += width {
		if width == 2 {
			p.order.PutUint16(row[at:], p.order.Uint16(row[at:])+p.order.Uint16(row[at-n*width:]))
		} else {
			p.order.PutUint32(row[at:], p.order.Uint32(row[at:])+p.order.Uint32(row[at-n*width:]))
		}
	}
}
