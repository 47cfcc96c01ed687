package bench_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model/experiments/bench"
)

// Every product of the three programs is there once with its size, its share and its speeds, and the readout's is what its formula says.
func TestProducts(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every product in many ways")
	}
	c := toy()
	r, err := bench.Run(t.Context(), bench.Options{What: []string{bench.Dots}, Cases: []bench.Case{c}, Systems: []bench.System{worker(t, bench.Ours, "ours")}, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	const height, width, maps = 7, 8, 8 // a valid convolution of 3 pixels; 2 features at 4 orientations
	shares, readout := map[string]float64{}, map[string]bool{}
	for _, p := range r.Products[0].Products {
		shares[p.Program] += p.Share
		if want := 2e-9 * float64(p.Times*p.Batch*p.Rows*p.Inner*p.Columns); math.Abs(p.GFLOP/want-1) > 1e-9 && math.Abs(p.GFLOP/want-4) > 1e-9 {
			t.Errorf("%+v: %g GFLOP, want %g, or four times as many of complex numbers", p, p.GFLOP, want)
		}
		if !(p.Built > 0) || p.Best < p.Built || p.As == "" || len(p.Speed) < 10 || p.Speed[0].As != "as built" || p.Speed[0].GFLOPS != p.Built {
			t.Errorf("%+v", p)
		}
		if p.Rows == c.Neurons && p.Inner == height*width && p.Columns == c.Batch*maps {
			readout[p.Program] = true
		}
	}
	for _, program := range []string{bench.Step, bench.Predict, bench.Image} {
		if math.Abs(shares[program]-1) > 1e-9 || !readout[program] {
			t.Errorf("%s: shares sum to %g, the readout's product is there: %v", program, shares[program], readout[program])
		}
	}
	few, err := bench.Run(t.Context(), bench.Options{What: []string{bench.Dots}, Cases: []bench.Case{c}, Systems: []bench.System{worker(t, bench.Ours, "ours")}, Rounds: 1, Products: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range few.Products[0].Products { // the largest of each program, with its share of all
		i := slices.IndexFunc(r.Products[0].Products, func(of bench.Product) bool { return of.Program == p.Program })
		if of := r.Products[0].Products[i]; p.GFLOP != of.GFLOP || p.Share != of.Share {
			t.Errorf("%+v, want the first of all: %+v", p, of)
		}
	}
	if len(few.Products[0].Products) != 3 {
		t.Errorf("%d products, want one of each of three programs", len(few.Products[0].Products))
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "5 x 56 x 64") {
		t.Errorf("%v: %s", err, text.String())
	}
}
