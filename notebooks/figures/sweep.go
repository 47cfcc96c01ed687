package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
)

// SweepData is what the figures of a search show: its settings, and what became of each draw.
type SweepData struct {
	Loss  string // name of the loss and its unit
	Axes  []SweepAxis
	Draws []SweepDraw
}

// SweepAxis is a setting that a search draws.
type SweepAxis struct {
	Name      string
	Log       bool     // the range is logarithmic: Low is above 0
	Low, High float64  // the range
	Choices   []string // without a range: the values are places in this list
}

// SweepDraw is a draw of a search.
type SweepDraw struct {
	Number   int
	Values   []float64 // one for each axis
	Loss, SD float64   // mean and standard deviation over seeds; NaN: unknown
	State    SweepState
}

// SweepState is what became of a draw.
type SweepState int

const (
	// SweepOpen is a draw that is not over. Figures of losses leave it out.
	SweepOpen SweepState = iota
	// SweepDone is a draw that was fitted to its end.
	SweepDone
	// SweepStopped is a draw that was stopped early: its loss is one of fewer steps, and is not compared.
	SweepStopped
	// SweepFailed is a draw without a loss.
	SweepFailed
)

func (s SweepState) word() string {
	return [...]string{"not over", "done", "stopped early", "failed"}[min(max(s, 0), SweepFailed)]
}

// mostSettings is the largest number of settings that figures of a search show.
const mostSettings = 12

func (d SweepData) check(what string) error {
	if len(d.Axes) == 0 || len(d.Axes) > mostSettings {
		return fmt.Errorf("figures: %s: found %d settings; accepted are 1 to %d", what, len(d.Axes), mostSettings)
	}
	for _, a := range d.Axes {
		if len(a.Choices) == 0 && !(a.Low < a.High && math.Abs(a.Low) < 1e12 && math.Abs(a.High) < 1e12 && (!a.Log || a.Low > 1e-12)) {
			return fmt.Errorf("figures: %s: %s: found a range from %g to %g; accepted are increasing numbers up to 1e12, above 0 on a logarithmic axis", what, a.Name, a.Low, a.High)
		}
	}
	for _, r := range d.Draws {
		if len(r.Values) != len(d.Axes) {
			return fmt.Errorf("figures: %s: draw %d: found %d values; one for each setting, %d, is needed", what, r.Number, len(r.Values), len(d.Axes))
		}
		for i, v := range r.Values {
			if lo, hi := d.Axes[i].span(); !(v >= lo-1e-9*math.Abs(lo) && v <= hi+1e-9*math.Abs(hi)) {
				return fmt.Errorf("figures: %s: draw %d: found %g for %s; accepted are %g to %g", what, r.Number, v, d.Axes[i].Name, lo, hi)
			}
		}
	}
	return nil
}

// span returns the ends of the axis's values.
func (a SweepAxis) span() (low, high float64) {
	if n := len(a.Choices); n > 0 {
		return 0, float64(n - 1)
	}
	return a.Low, a.High
}

// place is where a value lies on the drawn axis; that of a logarithmic one is of decimal logarithms.
func (a SweepAxis) place(v float64) float64 {
	if a.Log && len(a.Choices) == 0 {
		return math.Log10(v)
	}
	return v
}

// ends returns the ends of the drawn axis.
func (a SweepAxis) ends() (low, high float64) {
	low, high = a.span()
	if len(a.Choices) == 1 {
		return -1, 1
	}
	return a.place(low), a.place(high)
}

// ticks labels the drawn axis from one place to another.
func (a SweepAxis) ticks(low, high float64) []plot.Tick {
	if len(a.Choices) == 0 {
		var marker plot.Ticker = evenTicks{}
		if a.Log {
			marker = decades{}
		}
		ticks := marker.Ticks(low, high)
		if len(ticks) < 2 { // a narrow range
			ticks = []plot.Tick{{Value: low, Label: a.text(low)}, {Value: high, Label: a.text(high)}}
		}
		return ticks
	}
	var ticks []plot.Tick
	for i, c := range distinct(a.Choices, 16) {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: c})
	}
	return ticks
}

// distinct shortens texts at their end, or at their beginning where they would look the same.
func distinct(texts []string, most int) []string {
	front, back := make([]string, len(texts)), make([]string, len(texts))
	seen := map[string]bool{}
	for i, t := range texts {
		front[i], back[i] = shortened(t, most), t
		if r := []rune(t); len(r) > most {
			back[i] = "\u2026" + string(r[len(r)-most+1:])
		}
		seen[front[i]] = true
	}
	if len(seen) < len(texts) {
		return back
	}
	return front
}

func (a SweepAxis) text(place float64) string {
	if a.Log {
		return short(math.Pow(10, place))
	}
	return short(place)
}

// value formats a value.
func (a SweepAxis) value(v float64) string {
	if i := int(math.Round(v)); len(a.Choices) > 0 {
		return a.Choices[min(max(i, 0), len(a.Choices)-1)]
	}
	return NumberTip("", []float64{v}).Text[0]
}

// shortened cuts a text that is longer than most letters.
func shortened(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "\u2026"
	}
	return s
}

// compared returns the draws whose losses are compared, the best first.
func (d SweepData) compared() (some []SweepDraw) {
	for _, r := range d.Draws {
		if r.State == SweepDone && math.Abs(r.Loss) < 1e12 {
			some = append(some, r)
		}
	}
	slices.SortStableFunc(some, func(a, b SweepDraw) int { return cmp.Compare(a.Loss, b.Loss) })
	return some
}

func (d SweepData) in(state SweepState) (some []SweepDraw) {
	for _, r := range d.Draws {
		if r.State == state {
			some = append(some, r)
		}
	}
	return some
}

// lossEnds returns the ends of an axis of losses that leaves out the far end of the worst: draws that diverged would press all others together. sorted has
// the best first.
func lossEnds(sorted []SweepDraw) (low, high float64) {
	low, high = sorted[0].Loss, sorted[len(sorted)-1].Loss
	if middle := sorted[len(sorted)/2].Loss; high > middle+3*(middle-low) && middle > low {
		high = middle + 3*(middle-low)
	}
	if low == high {
		_, high = pad(low, high, 0)
	}
	return low, high
}

// bestAndEven returns at most as many of sorted: the better half of these from the front, the others at even steps.
func bestAndEven[T any](sorted []T, most int) []T {
	if len(sorted) <= most {
		return sorted
	}
	front := most / 2
	some := slices.Clone(sorted[:front])
	rest := sorted[front:]
	for i := range most - front {
		some = append(some, rest[i*len(rest)/(most-front)])
	}
	return some
}

// leftOut says how many were shown of all.
func leftOut(shown, all int, what string) string {
	if shown == all {
		return ""
	}
	return fmt.Sprintf("%d of %d %s, the best and others at even steps", shown, all, what)
}

func sentence(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ". ")
}
