package datasets

import (
	"fmt"
	"math"
	"slices"
)

// checkSentinels looks for numbers that stand for missing values, such as -9999.
func checkSentinels(d *Dataset) (findings []Finding) {
	add := func(what string, columns int, signs bool, names func(column int) string, parts ...[]float32) {
		if s := findSentinel(columns, signs, parts...); s.count > 0 {
			where := ""
			if columns > 1 {
				where = fmt.Sprintf(" in %d of %d, the first %s", s.columns, columns, names(s.first))
			}
			findings = append(findings, Finding{
				Severity: SeverityError, Code: "sentinel-values",
				Message: fmt.Sprintf("%s: %g occurs %d times%s, the other values are from %g to %g: it seems to stand for a missing value", what, s.value, s.count, where, s.low, s.high),
				Advice:  "it counts as a number: write NaN where a response was not recorded, or the attribute _FillValue in a file that has attributes",
				Numbers: map[string]float64{"value": float64(s.value), "count": float64(s.count)},
			})
		}
	}
	add("responses", d.NumNeurons(), true, func(j int) string { return d.describeNeurons([]int{j}) }, d.Train.Responses.Values, d.Val.Responses.Values, d.Test.Responses.Values)
	names := d.Train.Covariates.Names
	add("covariates", len(names), true, func(j int) string { return names[j] }, d.Train.Covariates.Values, d.Val.Covariates.Values, d.Test.Covariates.Values)
	add("images", 1, false, nil, d.Train.Images.Pixels, d.Val.Images.Pixels, d.Test.Images.Pixels)
	return findings
}

// sentinel is a value that stands for missing ones.
type sentinel struct {
	value     float32
	count     int     // how often it occurs
	columns   int     // in how many columns
	first     int     // the first of these
	low, high float32 // range of the other values in these columns
}

// edges holds the lowest and the highest different values of a column with their numbers, and counts different values, up to several.
type edges struct {
	low, high []tally // from the outermost
	some      []float32
}

type tally struct {
	value float32
	count int
}

const (
	most    = 2          // values on each side that may stand for missing ones
	kept    = most + 1   // and the one after them
	several = 2*kept + 2 // different values
)

func (e *edges) add(v float32) {
	if len(e.some) == several && len(e.low) == kept && v > e.low[most].value && v < e.high[most].value {
		return // as most values
	}
	e.low = count(e.low, v, func(a, b float32) bool { return a < b })
	e.high = count(e.high, v, func(a, b float32) bool { return a > b })
	if len(e.some) < several && !slices.Contains(e.some, v) {
		e.some = append(e.some, v)
	}
}

// count adds v to the outermost values of one side.
func count(side []tally, v float32, outer func(a, b float32) bool) []tally {
	if n := len(side); n == kept && outer(side[n-1].value, v) {
		return side
	}
	at := 0
	for at < len(side) && outer(side[at].value, v) {
		at++
	}
	if at < len(side) && side[at].value == v {
		side[at].count++
		return side
	}
	if len(side) == kept {
		side = side[:kept-1]
	}
	return slices.Insert(side, at, tally{v, 1})
}

// apart returns the outermost values that are far from all others: further than several times the range of the others, or, if signs tell, the
// only negative value beside positive ones.
func (e *edges) apart(signs bool) (values []tally, low, high float32) {
	const times, surely = 5, 100 // ranges of the others
	for n := 1; n <= 2*most; n++ {
		for i := max(0, n-most); i <= min(n, most); i++ {
			j := n - i
			if i >= len(e.low) || j >= len(e.high) || len(e.some) < n+2 {
				continue
			}
			low, high = e.low[i].value, e.high[j].value
			span := float64(high) - float64(low)
			gap := math.Inf(1)
			if i > 0 {
				gap = float64(low) - float64(e.low[i-1].value)
			}
			if j > 0 {
				gap = min(gap, float64(e.high[j-1].value)-float64(high))
			}
			far := span > 0 && gap > times*span && (len(e.some) >= n+4 || gap > surely*span)
			if far || signs && i == 1 && j == 0 && e.low[0].value < 0 && low >= 0 {
				return slices.Concat(e.low[:i], e.high[:j]), low, high
			}
		}
	}
	return nil, 0, 0
}

// findSentinel looks for one extreme value that occurs again and again, far from all others in each column. parts are [rows, columns].
func findSentinel(columns int, signs bool, parts ...[]float32) (found sentinel) {
	const fewest = 3 // occurrences
	if columns == 0 {
		return found
	}
	all := make([]edges, columns)
	for _, values := range parts {
		for i, v := range values {
			if v-v == 0 {
				all[i%columns].add(v)
			}
		}
	}
	candidates := map[float32]*sentinel{}
	for j := range all {
		apart, low, high := all[j].apart(signs)
		for _, t := range apart {
			s := candidates[t.value]
			if s == nil {
				s = &sentinel{value: t.value, first: j, low: low, high: high}
				candidates[t.value] = s
			}
			s.count += t.count
			s.columns++
			s.low, s.high = min(s.low, low), max(s.high, high)
		}
	}
	for _, s := range candidates {
		if s.count >= fewest && (s.count > found.count || s.count == found.count && s.value < found.value) {
			found = *s
		}
	}
	return found
}
