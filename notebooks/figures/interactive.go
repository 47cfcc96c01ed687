package figures

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MaxDots is the largest number of points in an interactive figure. From more neurons, or a longer fit, it takes that many at even steps and says
// so. The PNG and SVG show all.
const MaxDots = 3000

// Tip is a property of each neuron that an interactive figure shows under the pointer, in addition to coordinates and group.
type Tip struct {
	Name string
	Text []string // [neurons]; empty: unknown
}

// NumberTip is a tip with numbers of four digits. NaN is unknown.
func NumberTip(name string, values []float64) Tip {
	t := Tip{Name: name, Text: make([]string, len(values))}
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			t.Text[i] = strings.ReplaceAll(rounded(v), "-", "\u2212")
		}
	}
	return t
}

// checkTips returns an error if a tip does not have one text per neuron.
func checkTips(what string, tips []Tip, neurons int) error {
	for _, t := range tips {
		if len(t.Text) != neurons {
			return fmt.Errorf("figures: %s: found %d texts of tip %q; one per neuron, %d, is needed", what, len(t.Text), t.Name, neurons)
		}
	}
	return nil
}

// VegaLite returns the interactive figure as a Vega-Lite 5 specification with its data, rounded to four digits. It is nil for figures without an
// interactive form. The caller must not change it. Its JSON contains no NaN, no null and no URL.
func (f *Figure) VegaLite() map[string]any { return f.interactive }

// object and list are JSON's.
type (
	object = map[string]any
	list   = []any
)

// sheet has the data of an interactive figure in columns. They are written as CSV, which takes much less space in a notebook than JSON objects.
type sheet struct {
	names []string
	cells [][]string // [columns][rows]
	kinds object
}

func (s *sheet) add(name, kind string, cells []string) {
	if s.kinds == nil {
		s.kinds = object{}
	}
	s.names, s.cells, s.kinds[name] = append(s.names, name), append(s.cells, cells), kind
}

// numbers adds a column; what is not finite becomes an empty cell, which Vega reads as missing.
func (s *sheet) numbers(name string, values []float64) {
	cells := make([]string, len(values))
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			cells[i] = rounded(v)
		}
	}
	s.add(name, "number", cells)
}

// words adds a column of text; a dash stands for what is not known.
func (s *sheet) words(name string, values []string) {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = v
		if v == "" {
			cells[i] = "\u2013"
		}
	}
	s.add(name, "string", cells)
}

// data returns a Vega-Lite data source with some of the rows.
func (s *sheet) data(rows []int) object {
	var text strings.Builder
	w := csv.NewWriter(&text)
	write := func(row []string) { w.Write(row) } //nolint:errcheck // memory
	write(s.names)
	for _, r := range rows {
		row := make([]string, len(s.cells))
		for c := range s.cells {
			row[c] = s.cells[c][r]
		}
		write(row)
	}
	w.Flush()
	return object{"values": text.String(), "format": object{"type": "csv", "parse": maps.Clone(s.kinds)}}
}

// thinned returns rows, or MaxDots of them at even steps.
func thinned(rows []int) []int {
	if len(rows) <= MaxDots {
		return rows
	}
	some := make([]int, MaxDots)
	for i := range some {
		some[i] = rows[i*len(rows)/MaxDots]
	}
	return some
}

// rounded formats a number with four digits, and a whole number with all of its digits.
func rounded(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v+0, 'f', -1, 64) // no sign before 0
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// roundedNumber returns the number that rounded formats.
func roundedNumber(v float64) float64 {
	r, _ := strconv.ParseFloat(rounded(v), 64) //nolint:errcheck // what was just written
	return r
}

// cloud is a scatter plot of neurons, coloured by group.
type cloud struct {
	xLabel, yLabel string
	x, y           []float64 // a neuron is left out where either is not finite
	xEnds, yEnds   [2]float64
	told           bool // the coordinates are measurements: show them with the tips
	tips           []Tip
}

// grouping colours the neurons of a cloud.
type grouping struct {
	title string
	group []int
	name  func(g int) string
}

// vegaLite draws a panel for each grouping, side by side. marks are further layers of the first panel. A neuron under the pointer is marked in all panels.
func (c cloud) vegaLite(groupings []grouping, marks list, note string) object {
	var rows []int
	for i := range c.x {
		if !math.IsNaN(c.x[i]) && !math.IsInf(c.x[i], 0) && !math.IsNaN(c.y[i]) && !math.IsInf(c.y[i], 0) {
			rows = append(rows, i)
		}
	}
	if some := thinned(rows); len(some) < len(rows) {
		note = strings.TrimPrefix(note+fmt.Sprintf(". %d of %d neurons, at even steps", len(some), len(rows)), ". ")
		rows = some
	}
	s := sheet{}
	numbers := make([]float64, len(c.x))
	for i := range numbers {
		numbers[i] = float64(i)
	}
	s.numbers("neuron", numbers)
	s.numbers("x", c.x)
	s.numbers("y", c.y)
	tooltip := list{object{"field": "neuron", "type": "quantitative", "title": "neuron"}}
	for i, g := range groupings {
		names := make([]string, len(c.x))
		for n := range names {
			names[n] = g.name(max(g.group[n], -1))
		}
		s.words(fmt.Sprint("group", i), names)
		if g.title != "" {
			tooltip = append(tooltip, object{"field": fmt.Sprint("group", i), "type": "nominal", "title": g.title})
		}
	}
	for i, t := range c.tips {
		field := fmt.Sprint("tip", i)
		s.words(field, t.Text)
		tooltip = append(tooltip, object{"field": field, "type": "nominal", "title": t.Name})
	}
	if c.told {
		tooltip = append(tooltip, object{"field": "x", "type": "quantitative", "title": c.xLabel}, object{"field": "y", "type": "quantitative", "title": c.yLabel})
	}

	var panels, over list
	for i := range groupings {
		over = append(over, object{"param": fmt.Sprint("over", i), "empty": false})
	}
	for i, g := range groupings {
		panel := c.panel(i, g, rows, tooltip, object{"or": over})
		if len(groupings) > 1 {
			panel["width"] = 250 // two fit into a notebook
		}
		if i == 0 {
			panel["layer"] = append(panel["layer"].(list), marks...)
		}
		panels = append(panels, panel)
	}
	spec := object{"data": s.data(rows), "config": interactiveStyle()}
	if len(panels) == 1 {
		maps.Copy(spec, panels[0].(object))
	} else {
		spec["hconcat"], spec["resolve"] = panels, object{"scale": object{"color": "independent"}}
	}
	if note != "" {
		spec["title"] = caption(note)
	}
	return spec
}

// panel colours the dots by one grouping. over is the condition that the pointer is on a neuron, in any panel. Dragging moves the picture, shift and
// the wheel scale it (the wheel alone scrolls the page), a double click resets it, and a click in the legend shows one group alone.
func (c cloud) panel(i int, g grouping, rows []int, tooltip list, over object) object {
	var present []int
	seen := map[int]bool{}
	for _, n := range rows {
		if at := max(g.group[n], -1); !seen[at] {
			seen[at] = true
			present = append(present, at)
		}
	}
	slices.Sort(present)
	var domain, colours list
	for _, at := range present {
		domain, colours = append(domain, g.name(at)), append(colours, Colour(at))
	}
	field, pick := fmt.Sprint("group", i), fmt.Sprint("pick", i)
	colour := object{"field": field, "type": "nominal", "scale": object{"domain": domain, "range": colours}}
	params := list{
		object{"name": fmt.Sprint("over", i), "select": object{"type": "point", "fields": list{"neuron"}, "on": "mouseover", "clear": "mouseout"}},
		object{"name": fmt.Sprint("view", i), "bind": "scales", "select": object{"type": "interval", "zoom": "wheel![event.shiftKey]"}},
	}
	opacity := object{"value": 0.75}
	if g.title == "" {
		colour = object{"value": colours[0]}
	} else {
		colour["legend"] = object{"orient": "top", "columns": 3, "title": g.title}
		params = append(params, object{"name": pick, "bind": "legend", "select": object{"type": "point", "fields": list{field}}})
		opacity = object{"condition": object{"param": pick, "value": 0.75}, "value": 0.06}
	}
	axis := func(field, label string, from [2]float64) object {
		return object{"field": field, "type": "quantitative", "title": label, "scale": ends(from)}
	}
	pointed := func(value any) object { return object{"test": over, "value": value} }
	return object{"width": 300, "height": 280, "layer": list{object{
		"mark": object{"type": "point", "filled": true, "clip": true}, "params": params,
		"encoding": object{
			"x": axis("x", c.xLabel, c.xEnds), "y": axis("y", c.yLabel, c.yEnds), "color": colour, "opacity": opacity, "tooltip": tooltip,
			"size":        object{"condition": pointed(160), "value": dotSize(len(rows))},
			"stroke":      object{"condition": pointed("#888"), "value": "transparent"},
			"strokeWidth": object{"value": 2},
		},
	}}}
}

// ends returns a scale from one number to another.
func ends(of [2]float64) object {
	return object{"domain": list{roundedNumber(of[0]), roundedNumber(of[1])}, "nice": false, "zero": false}
}

// caption returns a line of text below the figure.
func caption(text string) object {
	return object{"text": text, "orient": "bottom", "anchor": "start", "fontSize": 11, "fontWeight": "normal"}
}

// ringsAt marks places with rings.
func ringsAt(xLabel, yLabel string, places ...[2]float64) object {
	return object{"data": points(places...), "mark": object{"type": "point", "size": 110, "strokeWidth": 2, "color": "#d55e00", "clip": true}, "encoding": xy(xLabel, yLabel)}
}

// lineThrough joins places with a broken line.
func lineThrough(xLabel, yLabel string, places ...[2]float64) object {
	return object{"data": points(places...), "mark": object{"type": "line", "strokeDash": list{4, 4}, "strokeWidth": 1, "color": "#999", "clip": true}, "encoding": xy(xLabel, yLabel)}
}

func points(places ...[2]float64) object {
	var values list
	for _, p := range places {
		values = append(values, object{"x": roundedNumber(p[0]), "y": roundedNumber(p[1])})
	}
	return object{"values": values}
}

// xy encodes coordinates. It sets the labels because Vega-Lite joins different labels of layers that share an axis.
func xy(xLabel, yLabel string) object {
	return object{"x": object{"field": "x", "type": "quantitative", "title": xLabel}, "y": object{"field": "y", "type": "quantitative", "title": yLabel}}
}

func dotSize(n int) int {
	if n > 1000 {
		return 14
	}
	return 36
}

// interactiveStyle is the style that all interactive figures share. Colours of axes and text are left to the page, which may be dark.
func interactiveStyle() object {
	font := "Liberation Sans, Arial, Helvetica, sans-serif"
	return object{"font": font, "axis": object{"grid": false, "titleFontWeight": "normal", "tickCount": 6}, "view": object{"stroke": "transparent"}, "legend": object{"titleFontWeight": "normal"}}
}
