package study

import (
	"fmt"
	"math"
	"strings"

	"v1lab/v1model/jsonfloat"
)

// pm writes a mean with its SD, if there is one.
func pm[T ~float64](mean, sd T) string {
	text := digits(float64(mean))
	if !math.IsNaN(float64(sd)) {
		text += " \u00b1 " + digits(float64(sd))
	}
	return text
}

func (s Spread) String() string { return pm(s.Mean, s.SD) }

// digits writes three after the point, a dash for what does not exist.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "\u2013"
	}
	return strings.Replace(fmt.Sprintf("%.3f", v), "-", "\u2212", 1)
}

// signed writes a difference with its sign.
func signed(v float64) string {
	if v > 0 {
		return "+" + digits(v)
	}
	return digits(v)
}

func percent(share float64) string { return fmt.Sprintf("%g %%", 100*share) }

// tenths and wholePercent write a dash for what does not exist.
func tenths(v jsonfloat.Float) string { return orDash("%.1f", float64(v)) }

func wholePercent(share jsonfloat.Float) string { return orDash("%.0f %%", 100*float64(share)) }

func orDash(format string, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "\u2013"
	}
	return fmt.Sprintf(format, v)
}

func list(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func seeds(n int) string {
	if n == 1 {
		return "one seed"
	}
	return fmt.Sprintf("%d seeds", n)
}
