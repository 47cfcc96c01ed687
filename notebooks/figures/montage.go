package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MaxTiles is the largest number of masks or images in one figure. The rest is left out.
const MaxTiles = 24

// Masks draws the masks of the first neurons, [neurons, height, width], up to MaxTiles of them. ids are their labels (nil: their numbers).
// Each mask is scaled to its own largest value.
func Masks(masks []float32, height, width int, ids []string) (*Figure, error) {
	n, err := pictures("masks", masks, height, width)
	if err != nil {
		return nil, err
	}
	if ids != nil && len(ids) < n {
		return nil, fmt.Errorf("figures: masks: found %d names for %d masks; one of each is needed", len(ids), n)
	}
	copied := slices.Clone(masks[:n*height*width])
	t := montage(n, height, width)
	t.caption = func(row, col int) string {
		i := row*t.cols + col
		if i >= n {
			return ""
		}
		if ids != nil {
			return ids[i]
		}
		return fmt.Sprint("neuron ", i)
	}
	t.gap, t.bottom = 18, 20
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		if i := row*t.cols + col; i < n {
			mask := copied[i*height*width : (i+1)*height*width]
			picture(c, r, mask, height, width, sequential(largest(mask)))
		}
	}
	return t.figure(), nil
}

// ExampleImages draws the first grey images, [n, height, width], up to MaxTiles of them. All have the same grey scale, which
// excludes the darkest and the brightest 1 % of the pixels.
func ExampleImages(images []float32, height, width int) (*Figure, error) {
	return exampleImages(images, height, width, 1)
}

// ExampleColourImages is ExampleImages for images in red, green and blue, [n, height, width, 3]. The three have the same scale.
func ExampleColourImages(images []float32, height, width int) (*Figure, error) {
	return exampleImages(images, height, width, 3)
}

func exampleImages(images []float32, height, width, channels int) (*Figure, error) {
	n, err := pictures("example images", images, height, width*channels)
	if err != nil {
		return nil, err
	}
	each := height * width * channels
	copied := slices.Clone(images[:n*each])
	lo, hi := greyRange(copied)
	t := montage(n, height, width)
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		if i := row*t.cols + col; i < n {
			picture(c, r, copied[i*each:(i+1)*each], height, width, greys(lo, hi))
		}
	}
	return t.figure(), nil
}

// pictures returns the number of pictures of the given size to draw.
func pictures(what string, values []float32, height, width int) (int, error) {
	if height < 1 || width < 1 || len(values) == 0 || len(values)%(height*width) != 0 {
		return 0, fmt.Errorf("figures: %s: found %d values for pictures of %dx%d; at least one whole picture is needed", what, len(values), height, width)
	}
	return min(len(values)/(height*width), MaxTiles), nil
}

// montage is a grid of n pictures, about as wide as a page.
func montage(n, height, width int) tiles {
	cols := min(n, 6)
	if width > 3*height {
		cols = min(n, 3)
	}
	w := (450 - vg.Length(cols-1)*6) / vg.Length(max(cols, 4))
	h := min(max(w*vg.Length(height)/vg.Length(width), 6), 120)
	if w > h*vg.Length(width)/vg.Length(height) {
		w = max(h*vg.Length(width)/vg.Length(height), 6)
	}
	return tiles{rows: (n + cols - 1) / cols, cols: cols, width: w, height: h, gap: 6, left: 10, top: 10, bottom: 10}
}

func greyRange(values []float32) (lo, hi float64) {
	var finite []float64
	for _, v := range values {
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			finite = append(finite, f)
		}
	}
	if len(finite) == 0 {
		return 0, 0
	}
	slices.Sort(finite)
	cut := len(finite) / 100
	return finite[cut], finite[len(finite)-1-cut]
}
