package figures

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Palette maps the values of a thumbnail to colours.
type Palette int

// Palettes of thumbnails. Each picture has its own scale; NaN is beige.
const (
	Diverging  Palette = iota // blue, white at 0, red: receptive fields
	Grey                      // black, grey at 0, white: images
	Sequential                // white at 0 to dark blue: masks
)

// levels is the number of colours of a thumbnail, without that of NaN. Few colours make a small file.
const levels = 31

// Thumbnail draws rows x cols values, row-major, as a PNG with one pixel per value. It takes a few hundred bytes, for pages with hundreds of them. With
// palette Grey, three values for each dot are its red, green and blue.
func Thumbnail(p Palette, values []float32, rows, cols int) ([]byte, error) {
	if p == Grey && rows > 0 && cols > 0 && len(values) == 3*rows*cols {
		img, limit := image.NewNRGBA(image.Rect(0, 0, cols, rows)), largest(values)
		for i := range rows * cols {
			img.SetNRGBA(i%cols, i/cols, colour(values[3*i:], greys(-limit, limit)))
		}
		return encoded(img)
	}
	return ThumbnailUpTo(largest(values), p, values, rows, cols)
}

// ThumbnailUpTo is Thumbnail on a given scale, which several pictures can share: values from -limit to limit, or from 0 with palette Sequential. Values
// beyond have the colours of its ends.
func ThumbnailUpTo(limit float64, p Palette, values []float32, rows, cols int) ([]byte, error) {
	if rows < 1 || cols < 1 || len(values) != rows*cols {
		return nil, fmt.Errorf("figures: thumbnail: found %d values for %d x %d dots; both must be at least 1 and their product the number of values", len(values), rows, cols)
	}
	low, s := -limit, diverging(limit)
	switch p {
	case Diverging:
	case Grey:
		s = greys(-limit, limit)
	case Sequential:
		low, s = 0, sequential(limit)
	default:
		return nil, fmt.Errorf("figures: thumbnail: found palette %d; accepted are %d to %d", p, Diverging, Sequential)
	}
	colours := make(color.Palette, levels, levels+1)
	at := func(level int) float64 { return low + (limit-low)*float64(level)/(levels-1) }
	for i := range colours {
		colours[i] = s(at(i))
	}
	img := image.NewPaletted(image.Rect(0, 0, cols, rows), append(colours, noData))
	for i, v := range values {
		level := levels / 2 // a flat picture
		switch {
		case math.IsNaN(float64(v)):
			level = levels
		case limit > low:
			level = int(math.Round(min(max((float64(v)-low)/(limit-low), 0), 1) * (levels - 1)))
		case p == Sequential:
			level = 0
		}
		img.Pix[i/cols*img.Stride+i%cols] = uint8(level)
	}
	return encoded(img)
}

// BarThumbnail draws values as bars from a zero line, red upwards and blue downwards, as a PNG. group is the number of bars between gaps; 0 means no
// gaps. mark is the height of a grey line through all bars; NaN leaves it out. The background is transparent. Values that are not finite have no bar.
func BarThumbnail(values []float64, group int, mark float64) ([]byte, error) {
	if len(values) == 0 || group < 0 {
		return nil, fmt.Errorf("figures: bars: found %d values in groups of %d; at least one value is needed", len(values), group)
	}
	if group == 0 {
		group = len(values)
	}
	low, high := min(0, finiteOr(mark, 0)), max(0, finiteOr(mark, 0))
	for _, v := range values {
		low, high = min(low, finiteOr(v, 0)), max(high, finiteOr(v, 0))
	}
	if high == low {
		high = 1
	}
	bar, gap := 4, 2
	for ; bar > 1 && len(values)*bar > 400; bar-- {
	}
	if len(values) == group {
		bar, gap = max(2, min(12, 200/len(values))), 0
	}
	const height = 48
	groups := (len(values) + group - 1) / group
	width := len(values)*bar + (groups-1)*gap
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.NRGBA{}, grey, vermillion, categories[4], blue})
	y := func(v float64) int { return int(math.Round((high - v) / (high - low) * (height - 1))) }
	line := func(row int) {
		for x := range width {
			img.SetColorIndex(x, row, 1)
		}
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		left, colour := i*bar+i/group*gap, uint8(2)
		if v < 0 {
			colour = 4
		}
		for x := left; x < left+max(bar-1, 1); x++ {
			for row := min(y(v), y(0)); row <= max(y(v), y(0)) && v != 0; row++ {
				img.SetColorIndex(x, row, colour)
			}
		}
	}
	line(y(0))
	if !math.IsNaN(mark) {
		line(y(mark))
	}
	return encoded(img)
}

func encoded(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}
