package exact_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/lab/exact"
)

type part struct {
	Name   string
	hidden []float32
	Any    any
	next   *part
}

type whole struct {
	A, B     *part
	Empty    []int
	None     []int
	Zero     *float64
	Of       map[string][]int16
	Grid     [][2]float64
	Complex  []complex128
	Flags    [3]bool
	Up       int64
	Down     uint64
	Callback func()
	inner    struct{ deep []*part }
}

func copied[T any](t interface{ Fatal(...any) }, v T) T {
	m, err := exact.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	m.Head = append([]byte(nil), m.Head...)
	got, err := exact.Decode[T](m)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What comes out is what went in: fields that are not exported, missing and empty slices, pointers to zero, shared pointers, long slices.
func TestCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Float32Range(-1e30, 1e30), 0, 6).Draw(t, "numbers")
		long := make([]float32, rapid.IntRange(0, 9000).Draw(t, "long"))
		for i := range long {
			long[i] = float32(i)
		}
		shared := &part{Name: rapid.String().Draw(t, "name"), hidden: long, Any: numbers}
		shared.next = &part{hidden: numbers, Any: rapid.Int64().Draw(t, "any"), next: shared} // a circle
		in := whole{A: shared, B: shared, Empty: []int{}, Zero: new(float64), Of: map[string][]int16{"a": {1, -2}, "": nil},
			Grid: [][2]float64{{1, 2}, {math.Inf(1), math.Copysign(0, -1)}}, Complex: []complex128{complex(1, -2)}, Flags: [3]bool{false, true, true},
			Up: rapid.Int64().Draw(t, "up"), Down: rapid.Uint64().Draw(t, "down")}
		in.inner.deep = []*part{nil, shared}
		got := copied(t, in)
		if !reflect.DeepEqual(got, in) {
			t.Fatalf("got %+v, want %+v", got, in)
		}
		if !math.Signbit(got.Grid[1][1]) {
			t.Fatal("minus zero lost its sign")
		}
		if got.A != got.B || got.inner.deep[1] != got.A || got.A.next.next != got.A {
			t.Fatal("what was shared is not shared any more")
		}
	})
}

// A copy is no view: the blocks alone are memory of the value.
func TestNaN(t *testing.T) {
	if got := copied(t, []float64{math.NaN(), 1}); !math.IsNaN(got[0]) || got[1] != 1 {
		t.Error(got)
	}
}

// What cannot be sent is an error that names the field, and a damaged message is an error.
func TestRefuses(t *testing.T) {
	if _, err := exact.Encode(whole{Callback: func() {}}); err == nil || err.Error() != "Callback: a func() cannot be sent" {
		t.Error(err)
	}
	if _, err := exact.Encode(part{Any: part{}}); err == nil || !strings.Contains(err.Error(), "exact_test.part behind an interface") {
		t.Error(err)
	}
	m, err := exact.Encode(&part{Name: "a", hidden: make([]float32, 5000), Any: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range m.Head {
		if _, err := exact.Decode[*part](exact.Message{Head: m.Head[:n], Blocks: m.Blocks}); err == nil {
			t.Errorf("%d of %d bytes: no error", n, len(m.Head))
		}
	}
	if _, err := exact.Decode[*part](exact.Message{Head: m.Head}); err == nil {
		t.Error("without its block: no error")
	}
	if _, err := exact.Decode[*part](exact.Message{Head: append(m.Head, 0), Blocks: m.Blocks}); err == nil {
		t.Error("with a byte more: no error")
	}
}

func ExampleDecode() {
	m, _ := exact.Encode(map[string][]float64{"ceiling": nil, "rates": {1, 2}}) //nolint:errcheck // of numbers
	v, err := exact.Decode[map[string][]float64](m)
	fmt.Println(v["ceiling"] == nil, v["rates"], err)
	// Output: true [1 2] <nil>
}
