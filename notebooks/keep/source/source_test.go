package source_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/keep/source"
)

// program is a cell's program as GoNB writes it: declarations of other cells, and the cell's own code in main. The kept function begins on the line that
// has MARK behind it.
const program = `package main

import (
	"math"
	"v1lab/notebooks/lab"
)

// scale is used.
const (
	scale = 2.5
	other = 7
)

type gabor struct{ size, phase float64 }

func (g gabor) draw() float64 { return g.size * wave(g.phase) }

func (g gabor) unused() float64 { return 3 }

func wave(x float64) float64 { return math.Cos(x) * scale }

func never() int { return 11 }

var count = 4

func main() {
	size, run := 12.0, lab.Open("runs/first")
	x := lab.Keep("x", func() float64 { // MARK
		total := 0.0
		for i := range 10 {
			g := gabor{size: size, phase: float64(i)}
			total += g.draw() + float64(run.Neurons)
		}
		return total
	}, size, run)
	_ = x
}
`

func ofProgram(t require, text string) string {
	t.Helper()
	got, err := of(text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

type require interface {
	Helper()
	Fatal(args ...any)
}

func of(text string) (string, error) {
	before, _, _ := strings.Cut(text, "// MARK")
	return source.Function([]byte(text), strings.Count(before, "\n")+1)
}

// What the function reaches changes its source, whatever is changed in it; what it does not reach, comments and layout don't.
func TestSourceChangesWithWhatIsReached(t *testing.T) {
	want := ofProgram(t, program)
	for _, c := range []struct {
		from, to string
		reached  bool
	}{
		{"scale = 2.5", "scale = 2.6", true},
		{"math.Cos(x)", "math.Sin(x)", true},
		{"{ return g.size * wave", "{ return 2 * g.size * wave", true},
		{"struct{ size, phase float64 }", "struct{ size, phase float32 }", true},
		{`"math"`, `"v1lab/math"`, true},
		{"range 10", "range 11", true},
		{"total := 0.0", "total := 1.0", true},
		{"return 11", "return 12", false},
		{"count = 4", "count = 5", false},
		{"size, run := 12.0", "size, run := 13.0", false}, // an input's value counts where it is used
		{"// scale is used.", "// scale, a comment", false},
		{"total := 0.0\n", "total := 0.0 // so far\n\n", false},
		{"func never", "type more int\n\nfunc never", false},
	} {
		if !strings.Contains(program, c.from) {
			t.Fatalf("%q is not in the program", c.from)
		}
		got := ofProgram(t, strings.Replace(program, c.from, c.to, 1))
		if (got != want) != c.reached {
			t.Errorf("%q instead of %q: source changed %v, want %v", c.to, c.from, got != want, c.reached)
		}
	}
}

// Variables from outside must be inputs, also those that functions reach; what is changed outside cannot be stored.
func TestSourceWantsVariablesAsInputs(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{", size, run)", ", run)", "uses size"},
		{", size, run)", ", 2*size, run)", "uses size"},
		{", size, run)", ")", "uses size and run"},
		{"* scale", "* float64(count)", "uses count"},
		{"total += g.draw()", "size += g.draw()", "changes size"},
		{"total += g.draw()", "run.Neurons++; total += g.draw()", "changes run"},
		{"func() float64 { // MARK", "func() float64 { return func() float64 { return 1 }() // MARK", "line of its own"},
		{"func() float64 { // MARK", "func() float64 {", "not in the cell's program"},
	} {
		_, err := of(strings.Replace(program, c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.to, err, c.want)
		}
	}
	if _, err := of(strings.Replace(strings.Replace(program, "* scale", "* float64(count)", 1), ", size, run)", ", size, run, count)", 1)); err != nil {
		t.Errorf("a variable of the package among the inputs: %v", err)
	}
}

// A chain of functions, constants and types of any shape: a change of one changes the source exactly if the function reaches it.
func TestSourceFollowsAnyChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "declarations")
		calls := make([][]int, n)
		for i := range calls {
			calls[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, min(n, 3), rapid.ID).Draw(t, "calls") // also of itself and in circles
		}
		kinds := rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "kinds")
		roots := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, n, rapid.ID).Draw(t, "roots")
		changed := rapid.IntRange(0, n-1).Draw(t, "changed")
		write := func(value func(i int) int) string {
			var b strings.Builder
			b.WriteString("package main\n\n")
			for i := range n {
				terms := fmt.Sprint(value(i))
				for _, c := range calls[i] {
					terms += fmt.Sprintf(" + use%d", c)
					if kinds[c] != 0 {
						terms += "()"
					}
				}
				switch kinds[i] {
				case 0:
					fmt.Fprintf(&b, "const use%d = %s\n", i, terms) //nolint:errcheck // a builder takes all
				case 1:
					fmt.Fprintf(&b, "func use%d() int { return %s }\n", i, terms) //nolint:errcheck // as above
				default: // through a method of a type
					fmt.Fprintf(&b, "type t%d struct{}\n\nfunc (t%d) value%d() int { return %s }\n\nfunc use%d() int { return t%d{}.value%d() }\n", i, i, i, terms, i, i, i) //nolint:errcheck // as above
				}
			}
			b.WriteString("func main() {\n\tkeep(\"x\", func() int { // MARK\n\t\treturn 0")
			for _, r := range roots {
				fmt.Fprintf(&b, " + use%d", r) //nolint:errcheck // as above
				if kinds[r] != 0 {
					b.WriteString("()")
				}
			}
			b.WriteString("\n\t})\n}\n")
			return b.String()
		}
		reached := map[int]bool{}
		var follow func(i int)
		follow = func(i int) {
			if !reached[i] {
				reached[i] = true
				for _, c := range calls[i] {
					follow(c)
				}
			}
		}
		for _, r := range roots {
			follow(r)
		}
		before := ofProgram(t, write(func(i int) int { return i }))
		after := ofProgram(t, write(func(i int) int {
			if i == changed {
				return 100
			}
			return i
		}))
		if (before != after) != reached[changed] {
			t.Fatalf("declaration %d of\n%s\nis reached: %v; the source changed: %v", changed, write(func(i int) int { return i }), reached[changed], before != after)
		}
	})
}
