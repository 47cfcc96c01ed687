package figures_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// efficiency is two models over the share of the images, one fit missing.
func efficiency() figures.TrendPanel {
	return figures.TrendPanel{
		XLabel: "Share of the training images", YLabel: "Test correlation", Log: true, Percent: true, Line: 0.83, LineName: "ceiling",
		Trends: []figures.Trend{
			{Name: "equivariant", X: []float64{0.125, 0.25, 0.5, 1}, Values: [][]float64{{0.3, 0.34, 0.29}, {0.45, 0.47}, {0.6, math.NaN(), 0.61}, {0.7, 0.71, 0.72}}},
			{Name: "plain CNN", X: []float64{0.125, 0.25, 0.5, 1}, Values: [][]float64{{0.2, 0.22, 0.25}, {0.31, 0.35}, {0.5, 0.52}, {0.64, 0.66, 0.65}}},
		},
	}
}

// agreement is a panel of indices, one line with a single place.
func agreement(label string) figures.TrendPanel {
	return figures.TrendPanel{XLabel: label, Line: 0.95, LineName: "0.95", Range: [2]float64{-0.05, 1.05}, Trends: []figures.Trend{
		{Name: "k-means", X: []float64{2, 3, 5}, Values: [][]float64{{1, 1}, {0.9, 0.7}, {0.5, 0.6}}},
		{Name: label, X: []float64{5}, Values: [][]float64{{0.3, 0.2}}},
	}}
}

func TestTrends(t *testing.T) {
	compare(t, "trends", func() (*figures.Figure, error) { return figures.Trends(efficiency()) })
	compare(t, "trend_panels", func() (*figures.Figure, error) {
		return figures.Trends(agreement("Types"), agreement("Neurons"), agreement("Images"), agreement("Signal-to-noise ratio"))
	})
}

func TestTrendsOfAnyData(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 1e-30, math.MaxFloat64, math.NaN(), math.Inf(1)}))
	rapid.Check(t, func(t *rapid.T) {
		var panels []figures.TrendPanel
		for range rapid.IntRange(0, 5).Draw(t, "panels") {
			p := figures.TrendPanel{Log: rapid.Bool().Draw(t, "log"), Percent: rapid.Bool().Draw(t, "percent"), Line: value.Draw(t, "line"), LineName: "a"}
			for range rapid.IntRange(0, 3).Draw(t, "trends") {
				trend := figures.Trend{Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name"), X: []float64{1, 2, 3}[:rapid.IntRange(0, 3).Draw(t, "n")]}
				if rapid.IntRange(0, 4).Draw(t, "odd") == 0 {
					trend.X = []float64{value.Draw(t, "x"), 2, 3}
				}
				for range trend.X {
					trend.Values = append(trend.Values, rapid.SliceOfN(value, 0, 3).Draw(t, "values"))
				}
				p.Trends = append(p.Trends, trend)
			}
			panels = append(panels, p)
		}
		drawn(t, func() (*figures.Figure, error) { return figures.Trends(panels...) })
	})
}

func TestTrendsRefuse(t *testing.T) {
	for want, panels := range map[string][]figures.TrendPanel{
		"trends: found no panels":                          nil,
		`found no numbers over "N"`:                        {{XLabel: "N"}},
		"a: found 2 values of the quantity and 1 sets":     {{Trends: []figures.Trend{{Name: "a", X: []float64{1, 2}, Values: [][]float64{{1}}}}}},
		"a: found 0 at place 0 of the quantity":            {{Log: true, Trends: []figures.Trend{{Name: "a", X: []float64{0}, Values: [][]float64{{1}}}}}},
		"a: found 1 at place 1 of the quantity":            {{Trends: []figures.Trend{{Name: "a", X: []float64{2, 1}, Values: [][]float64{{1}, {1}}}}}},
		"a: found +Inf at 2; accepted are numbers up to 1": {{Trends: []figures.Trend{{Name: "a", X: []float64{2}, Values: [][]float64{{math.Inf(1)}}}}}},
	} {
		_, err := figures.Trends(panels...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
