package prepare

import (
	"fmt"
	"math"

	"golang.org/x/image/draw"

	"v1lab/datasets"
)

// CatmullRom names the kernel of resize in records.
const CatmullRom = "catmull-rom"

// resize samples images anew, rows and columns one after the other, by the Catmull-Rom cubic of golang.org/x/image/draw.
// Where an axis shrinks the kernel is as much wider, so that every pixel counts and nothing aliases. Beyond the edge there is nothing:
// weights sum to 1 over what there is. draw itself works on images of 16 bits and cuts off what the cubic overshoots; here values keep
// their range and sums are float64.
func resize(im datasets.Images, r datasets.Resize) (datasets.Images, error) {
	if r.Kernel != CatmullRom || r.Height < 1 || r.Width < 1 || max(r.Height, r.Width) > maxSide {
		return im, fmt.Errorf("resize to %d x %d by kernel %q; accepted: 1 to %d pixels, %s", r.Height, r.Width, r.Kernel, maxSide, CatmullRom)
	}
	out := datasets.Images{N: im.N, Height: r.Height, Width: r.Width, Channels: r.From.Channels}
	out.Pixels = make([]float32, out.N*out.Size())
	rows, columns := weights(r.From.Height, r.Height), weights(r.From.Width, r.Width)
	line := r.Width * r.From.Channels
	narrow := make([]float64, r.From.Height*line) // columns done
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

// tap is what a pixel of the source counts in one of the result.
type tap struct {
	at     int
	weight float64
}

// weights of the pixels of an axis of length from, for each pixel of an axis of length to.
func weights(from, to int) [][]tap {
	kernel := draw.CatmullRom
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	all := make([][]tap, to)
	for x := range all {
		centre := (float64(x)+0.5)*scale - 0.5 // middles of pixels, not corners, lie on each other
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
