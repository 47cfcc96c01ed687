package prepare

import (
	"fmt"
	"math"

	"golang.org/x/image/draw"

	"v1lab/datasets"
)

// CatmullRom is the name of resize's kernel in records.
const CatmullRom = "catmull-rom"

// resize resamples images, rows and columns one after the other, with the Catmull-Rom cubic of golang.org/x/image/draw.
// If an axis shrinks, the kernel widens in proportion, so that every pixel counts and nothing aliases. Pixels beyond the edge have no weight;
// the others sum to 1. Package draw itself uses images of 16 bits and clips what the cubic overshoots; here values keep their range and sums
// are float64.
func resize(im datasets.Images, r datasets.Resize) (datasets.Images, error) {
	if r.Kernel != CatmullRom || r.Height < 1 || r.Width < 1 || max(r.Height, r.Width) > maxSide {
		return im, fmt.Errorf("resize to %d x %d by kernel %q; accepted: 1 to %d pixels, %s", r.Height, r.Width, r.Kernel, maxSide, CatmullRom)
	}
	out := datasets.Images{N: im.N, Height: r.Height, Width: r.Width, Channels: r.From.Channels}
	out.Pixels = make([]float32, out.N*out.Size())
	rows, columns := weights(r.From.Height, r.Height), weights(r.From.Width, r.Width)
	line := r.Width * r.From.Channels
	narrow := make([]float64, r.From.Height*line) // images of the final width
	sum := make([]float64, line)
	for i := range im.N {
		picture := im.At(i)
		clear(narrow)
		for y := range im.Height {
			from, to := picture[y*im.Width*im.Channels:], narrow[y*line:]
			for x, taps := range columns {
				for _, t := range taps {
					for c := range im.Channels {
						to[x*im.Channels+c] += t.weight * float64(from[t.at*im.Channels+c])
					}
				}
			}
		}
		to := out.At(i)
		for y, taps := range rows {
			clear(sum)
			for _, t := range taps {
				for k, v := range narrow[t.at*line : (t.at+1)*line] {
					sum[k] += t.weight * v
				}
			}
			for k, v := range sum {
				to[y*line+k] = float32(v)
			}
		}
	}
	return out, nil
}

// tap is the weight of a source pixel in a pixel of the result.
type tap struct {
	at     int
	weight float64
}

// weights returns, for each pixel of an axis of length to, its taps on an axis of length from.
func weights(from, to int) [][]tap {
	kernel := draw.CatmullRom
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	all := make([][]tap, to)
	for x := range all {
		centre := (float64(x)+0.5)*scale - 0.5 // pixels are squares with centres at half-integers
		first, last := int(math.Ceil(centre-kernel.Support*wide)), int(math.Floor(centre+kernel.Support*wide))
		total := 0.0
		for at := max(first, 0); at <= min(last, from-1); at++ {
			if t := math.Abs(centre-float64(at)) / wide; t < kernel.Support {
				w := kernel.At(t)
				all[x] = append(all[x], tap{at, w})
				total += w
			}
		}
		for i := range all[x] {
			all[x][i].weight /= total
		}
	}
	return all
}
