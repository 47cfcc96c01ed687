package hermite_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/sbinet/npyio/npz"
	"pgregory.net/rapid"

	"v1lab/v1model/hermite"
)

// golden reads one array of a reference file.
func golden[T any](t *testing.T, file, key string) T {
	t.Helper()
	var v T
	f, err := npz.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Read(key, &v); err != nil {
		t.Fatalf("%s: %s: %v", file, key, err)
	}
	return v
}

func flatten(rows [][]float64) []float64 {
	var flat []float64
	for _, r := range rows {
		flat = append(flat, r...)
	}
	return flat
}

func compare(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%s[%d] = %.16g, want %.16g", name, i, got[i], want[i])
		}
	}
}

func TestBasisEqualsReference(t *testing.T) {
	for _, size := range []int{5, 7, 13} {
		file := fmt.Sprintf("hermite_%d.npz", size)
		b, err := hermite.New(size, 2)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "H", flatten(b.Fine), golden[[]float64](t, file, "H.npy"))
		compare(t, "H_downsampled", flatten(b.Filters()), golden[[]float64](t, file, "H_downsampled.npy"))
		desc, mu := golden[[]uint8](t, file, "desc.npy"), golden[[]float64](t, file, "mu.npy")
		rank, nu := golden[[]int64](t, file, "rank.npy"), golden[[]float64](t, file, "nu.npy")
		for k, f := range b.Functions {
			if byte(f.Phase) != desc[k] || float64(f.Mu) != mu[k] || float64(f.Nu) != nu[k] || int64(f.Mu+2*f.Nu) != rank[k] {
				t.Errorf("size %d, function %d: %+v, want phase %c mu %g nu %g rank %d", size, k, f, desc[k], mu[k], nu[k], rank[k])
			}
		}
		for _, n := range []int{4, 8} {
			var all []float64
			for i := range n {
				all = append(all, flatten(b.Rotation(2*math.Pi*float64(i)/float64(n)))...)
			}
			compare(t, fmt.Sprintf("R%d", n), all, golden[[]float64](t, file, fmt.Sprintf("R%d.npy", n)))
		}
	}
}

// A quarter turn is exact on the pixel grid: the filter of rotated coefficients is the filter's rotated picture.
func TestQuarterTurnIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, up := rapid.IntRange(1, 9).Draw(t, "size"), rapid.IntRange(1, 3).Draw(t, "upsampling")
		b, err := hermite.New(size, up)
		if err != nil {
			t.Fatal(err)
		}
		coeff := rapid.SliceOfN(rapid.Float64Range(-1, 1), len(b.Functions), len(b.Functions)).Draw(t, "coefficients")
		filters, turn := b.Filters(), b.Rotation(math.Pi/2)
		picture, turned := make([]float64, size*size), make([]float64, size*size)
		for k := range filters {
			c := 0.0
			for j := range coeff {
				c += turn[k][j] * coeff[j]
			}
			for i, v := range filters[k] {
				picture[i] += coeff[k] * v
				turned[i] += c * v
			}
		}
		for y := range size {
			for x := range size { // counter-clockwise: the pixel at (row y, column x) came from (row x, column size-1-y)
				if d := turned[y*size+x] - picture[x*size+size-1-y]; math.Abs(d) > 1e-12 {
					t.Fatalf("pixel (%d, %d) differs by %g", y, x, d)
				}
			}
		}
	})
}

func TestNewRefusesBadSizes(t *testing.T) {
	for _, c := range [][2]int{{0, 2}, {-1, 2}, {5, 0}} {
		if _, err := hermite.New(c[0], c[1]); err == nil {
			t.Errorf("New(%d, %d): no error", c[0], c[1])
		}
	}
}
