package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
)

// form is a format of pictures. Formats are chosen here, not by the decoders that other packages register with package image.
type form struct {
	// measure returns the size that the header tells. What it accepts has one picture.
	measure func(content []byte) (picture, error)
	// decode returns a function that writes the pixels, [height, width, channels] of the size measured.
	decode func(content []byte, size picture) (fill func(pixels []float32) error, err error)
}

const acceptedForms = "want PNG, JPEG or TIFF"

// formOf recognises the format by the first bytes; names of files say nothing.
func formOf(content []byte) (form, error) {
	starts := func(magic string) bool { return bytes.HasPrefix(content, []byte(magic)) }
	switch {
	case starts("\x89PNG\r\n\x1a\n"):
		return form{measurePNG, decodeWith(png.Decode)}, nil
	case starts("\xff\xd8"):
		return form{measureJPEG, decodeWith(jpeg.Decode)}, nil
	case starts("II*\x00"), starts("MM\x00*"):
		return form{measureTIFF, decodeTIFF}, nil
	case starts("II+\x00"), starts("MM\x00+"):
		return form{}, errors.New("a BigTIFF, want a TIFF below 4 GB, PNG or JPEG")
	}
	for _, other := range []struct{ magic, name string }{{"GIF8", "a GIF"}, {"BM", "a BMP"}, {"RIFF", "a WebP"}, {"\x00\x00\x00\x0cjP  ", "a JPEG 2000"}, {"<svg", "an SVG"}, {"%PDF", "a PDF"}} {
		if starts(other.magic) {
			return form{}, fmt.Errorf("%s, %s", other.name, acceptedForms)
		}
	}
	return form{}, errors.New("neither PNG nor JPEG nor TIFF")
}

// Colour types of a PNG, in byte 25 of the file.
const (
	pngGrey      = 0
	pngGreyAlpha = 4
	pngHeader    = 33 // bytes before the second chunk
)

// measurePNG also refuses animations, of which package png would read the first picture.
func measurePNG(content []byte) (picture, error) {
	config, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return picture{}, damagedPicture(err)
	}
	for at := uint64(pngHeader); at+8 <= uint64(len(content)); {
		length, kind := binary.BigEndian.Uint32(content[at:]), string(content[at+4:at+8])
		if kind == "acTL" && at+12 <= uint64(len(content)) {
			if frames := binary.BigEndian.Uint32(content[at+8:]); frames > 1 {
				return picture{}, fmt.Errorf("an animation of %d pictures, want one picture in each file", frames)
			}
		}
		if kind == "IDAT" {
			break
		}
		at += 12 + uint64(length)
	}
	size := picture{config.Height, config.Width, channels(config.ColorModel)}
	if kind := content[25]; kind == pngGrey || kind == pngGreyAlpha {
		size.channels = 1
	}
	return size, nil
}

func measureJPEG(content []byte) (picture, error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return picture{}, damagedPicture(err)
	}
	return picture{config.Height, config.Width, channels(config.ColorModel)}, nil
}

func damagedPicture(err error) error { return fmt.Errorf("damaged, or cut short: %w", err) }

// decodeWith adapts a decoder of the standard library.
func decodeWith(decode func(io.Reader) (image.Image, error)) func(content []byte, size picture) (func(pixels []float32) error, error) {
	return func(content []byte, size picture) (func(pixels []float32) error, error) {
		decoded, err := decode(bytes.NewReader(content))
		if err != nil {
			return nil, damagedPicture(err)
		}
		if b := decoded.Bounds(); b.Dx() != size.width || b.Dy() != size.height {
			return nil, errors.New("damaged: the picture's size changes within the file")
		}
		return func(pixels []float32) error { return fill(pixels, decoded, size.channels) }, nil
	}
}

// channels returns 1 for a grey colour model, otherwise 3.
func channels(m color.Model) int {
	if m == color.GrayModel || m == color.Gray16Model {
		return 1
	}
	palette, ok := m.(color.Palette)
	if !ok {
		return 3
	}
	for _, c := range palette {
		if r, g, b, _ := c.RGBA(); r != g || g != b {
			return 3
		}
	}
	return 1
}
