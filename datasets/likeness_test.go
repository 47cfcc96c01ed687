package datasets_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"v1lab/datasets"
)

// noise makes images of smooth noise: every value is a mean of values nearby.
func noise(n, height, width, channels, reach int, seed uint64) datasets.Images {
	rng := rand.New(rand.NewPCG(seed, 7))
	im := datasets.Images{N: n, Height: height, Width: width, Channels: channels, Pixels: make([]float32, n*height*width*channels)}
	for i := range im.Pixels {
		im.Pixels[i] = float32(rng.NormFloat64())
	}
	for i := range im.N {
		picture := im.At(i)
		for from := reach; from < len(picture); from++ {
			picture[from] += 0.9 * picture[from-reach]
		}
	}
	return im
}

func correlation(x, y []float32) float64 {
	var sx, sy, xx, yy, xy float64
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		sx, sy, xx, yy, xy = sx+a, sy+b, xx+a*a, yy+b*b, xy+a*b
	}
	n := float64(len(x))
	return (xy - sx*sy/n) / math.Sqrt((xx-sx*sx/n)*(yy-sy*sy/n))
}

// Every pair is found that the definition finds, whatever the size of images and however near the threshold they are.
func TestAlikeIsTheDefinition(t *testing.T) {
	for _, size := range [][3]int{{8, 8, 1}, {9, 13, 1}, {20, 17, 3}, {3, 40, 2}, {64, 1, 1}} {
		a := noise(30, size[0], size[1], size[2], 1, 1)
		b := noise(40, size[0], size[1], size[2], 1, 2)
		rng := rand.New(rand.NewPCG(3, 3))
		for i := range 30 { // mixtures from unlike to alike, brighter and of less contrast
			share := float32(i) / 29 * 0.3
			for p, v := range a.At(rng.IntN(a.N)) {
				b.At(i)[p] = 40 + 0.5*(v+share*b.At(i)[p])
			}
		}
		for p := range b.At(35) {
			b.At(35)[p] = 3
		}
		clear(a.At(0))
		want := make([]int, b.N)
		for i := range want {
			want[i] = slices.IndexFunc(slices.Collect(func(yield func(int) bool) {
				for j := range a.N {
					if !yield(j) {
						return
					}
				}
			}), func(j int) bool { return correlation(a.At(j), b.At(i)) > datasets.AlikeAbove })
		}
		got := datasets.Alike(a, b)
		if !slices.Equal(got, want) || slices.Max(got) < 0 || slices.Index(got[:30], -1) < 0 {
			t.Errorf("%v: got %v, want %v", size, got, want)
		}
	}
	small := noise(9, 3, 4, 1, 1, 1)
	if got := datasets.Alike(small, small); got[4] != 4 {
		t.Errorf("equal small images: %v", got)
	}
	if got := datasets.Alike(datasets.Images{}, small); got[4] != -1 {
		t.Errorf("no images: %v", got)
	}
}

func BenchmarkAlike(b *testing.B) {
	for name, reach := range map[string]int{"noise": 100_000, "rows": 1, "columns": 64} {
		x, y := noise(8000, 36, 64, 1, reach, 1), noise(2000, 36, 64, 1, reach, 2)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				datasets.Alike(x, y)
			}
		})
	}
}
