package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"
)

// hoverStyle makes what is under the pointer stand out from lines or dots of a search.
func hoverStyle(field, on string, off any) (param, emphasis object) {
	param = object{"name": "over", "select": object{"type": "point", "fields": list{field}, "on": on, "clear": "mouseout"}}
	return param, object{"condition": object{"param": "over", "empty": false, "value": 3.5}, "value": off}
}

// lossColour is the scale of ordered.
func lossColour(title string, low, high float64) object {
	var colours list
	for i := range 9 {
		r := ordered(0, 1)(float64(i) / 8)
		colours = append(colours, fmt.Sprintf("#%02x%02x%02x", r.R, r.G, r.B))
	}
	return object{"field": "loss", "type": "quantitative", "title": title, "scale": object{"domain": list{roundedNumber(low), roundedNumber(high)}, "range": colours, "clamp": true}, "legend": object{"orient": "top", "gradientLength": 160}}
}

// told returns the columns that tell of each draw: its number, its settings, loss and standard deviation.
func (d SweepData) told(s *sheet, rows []SweepDraw) (tooltip list) {
	number, loss, sd := make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	state := make([]string, len(rows))
	for i, r := range rows {
		number[i], loss[i], sd[i], state[i] = float64(r.Number), r.Loss, r.SD, r.State.word()
	}
	s.numbers("draw", number)
	s.numbers("loss", loss)
	tip := func(field, title string, cells []string) {
		s.words(field, cells)
		tooltip = append(tooltip, object{"field": field, "type": "nominal", "title": title})
	}
	tooltip = list{object{"field": "draw", "type": "quantitative", "title": "draw"}}
	tip("l", d.Loss, NumberTip("", loss).Text)
	tip("sd", "sd over seeds", NumberTip("", sd).Text)
	tip("state", "state", state)
	for k, a := range d.Axes {
		cells := make([]string, len(rows))
		for i, r := range rows {
			cells[i] = a.value(r.Values[k])
		}
		tip(fmt.Sprint("v", k), a.Name, cells)
	}
	return tooltip
}

// parallelVegaLite is the interactive SweepParallel of the draws that are done: the line under the pointer tells its settings.
func (d SweepData) parallelVegaLite(some []SweepDraw, of int) map[string]any {
	if len(some) == 0 {
		return nil
	}
	low, high := lossEnds(some)
	axes := append(append([]SweepAxis{}, d.Axes...), SweepAxis{Name: d.Loss, Low: low, High: high})
	var long []SweepDraw
	var axis, height []float64
	for _, r := range some {
		for k, v := range append(append([]float64{}, r.Values...), r.Loss) {
			from, to := axes[k].ends()
			long, axis, height = append(long, r), append(axis, float64(k)), append(height, min(max((axes[k].place(v)-from)/(to-from), 0), 1))
		}
	}
	s := sheet{}
	tooltip := d.told(&s, long)
	s.numbers("axis", axis)
	s.numbers("at", height)
	var names, marks list
	for k, a := range axes {
		names = append(names, a.Name)
		from, to := a.ends()
		for _, tick := range a.ticks(from, to) {
			marks = append(marks, object{"axis": k, "at": roundedNumber((tick.Value - from) / (to - from)), "text": tick.Label})
		}
	}
	x := object{"field": "axis", "type": "quantitative", "title": "", "scale": object{"domain": list{-0.3, float64(len(axes)) - 0.6}, "nice": false, "zero": false}}
	labels := make(list, 0, len(axes))
	for k := range axes {
		labels = append(labels, k)
	}
	x["axis"] = object{"values": labels, "orient": "top", "domain": false, "ticks": false, "grid": true, "gridColor": "#888", "labelExpr": fmt.Sprintf("%s[datum.value]", jsList(names)), "labelLimit": 150}
	y := object{"field": "at", "type": "quantitative", "scale": object{"domain": list{0, 1}}, "axis": object{"labels": false, "ticks": false, "domain": false, "title": ""}}
	param, width := hoverStyle("draw", "mouseover", 1.2)
	rows := make([]int, len(long))
	for i := range rows {
		rows[i] = i
	}
	spec := object{"width": max(520, 130*len(axes)), "height": 280, "data": s.data(rows), "config": interactiveStyle(), "layer": list{
		object{"mark": object{"type": "line", "strokeJoin": "round"}, "params": list{param}, "encoding": object{
			"x": x, "y": y, "detail": object{"field": "draw"}, "order": object{"field": "axis"}, "color": lossColour(d.Loss, low, high), "strokeWidth": width, "tooltip": tooltip,
			"opacity": object{"condition": object{"param": "over", "empty": false, "value": 1}, "value": 0.7}}},
		object{"data": object{"values": marks}, "mark": object{"type": "text", "align": "right", "dx": -4, "fontSize": 10, "color": "#777"}, "encoding": object{"x": x, "y": y, "text": object{"field": "text", "type": "nominal"}}},
	}}
	if note := leftOut(len(some), of, "draws"); note != "" {
		spec["title"] = caption(note)
	}
	return spec
}

// jsList writes texts as a list in Vega's language of expressions.
func jsList(texts list) string {
	out := "["
	for i, t := range texts {
		if i > 0 {
			out += ","
		}
		out += fmt.Sprintf("%q", t)
	}
	return out + "]"
}

// slicesVegaLite is the interactive SweepSlices. The draw under the pointer is marked in all panels.
func (d SweepData) slicesVegaLite(some []SweepDraw, of int, losses [2]float64) map[string]any {
	low, high := lossEnds(some)
	s := sheet{}
	tooltip := d.told(&s, some)
	held := make([]float64, len(some))
	for i, r := range some {
		held[i] = min(r.Loss, high)
	}
	s.numbers("y", held)
	for k, a := range d.Axes {
		if len(a.Choices) == 0 { // choices are among what is told
			column := make([]float64, len(some))
			for i, r := range some {
				column[i] = r.Values[k]
			}
			s.numbers(fmt.Sprint("x", k), column)
		}
	}
	over := list{}
	for k := range d.Axes {
		over = append(over, object{"param": fmt.Sprint("over", k), "empty": false})
	}
	var panels list
	for k, a := range d.Axes {
		x := object{"field": fmt.Sprint("x", k), "type": "quantitative", "title": a.Name, "scale": ends([2]float64{a.Low, a.High})}
		if a.Log {
			x["scale"].(object)["type"] = "log"
		}
		if len(a.Choices) > 0 {
			var domain list
			for _, c := range a.Choices {
				domain = append(domain, c)
			}
			x = object{"field": fmt.Sprint("v", k), "type": "nominal", "title": a.Name, "scale": object{"domain": domain}}
		}
		pointed := func(value any, off any) object {
			return object{"condition": object{"test": object{"or": over}, "value": value}, "value": off}
		}
		panels = append(panels, object{"width": 210, "height": 190, "mark": object{"type": "point", "filled": true, "clip": true},
			"params": list{object{"name": fmt.Sprint("over", k), "select": object{"type": "point", "fields": list{"draw"}, "on": "mouseover", "clear": "mouseout"}}},
			"encoding": object{"x": x, "y": object{"field": "y", "type": "quantitative", "title": d.Loss, "scale": ends(losses)}, "color": lossColour(d.Loss, low, high), "tooltip": tooltip,
				"size": pointed(160, dotSize(len(some))), "stroke": pointed("#888", "transparent"), "strokeWidth": object{"value": 2}}})
	}
	rows := make([]int, len(some))
	for i := range rows {
		rows[i] = i
	}
	spec := object{"data": s.data(rows), "config": interactiveStyle(), "concat": panels, "columns": 3}
	if note := leftOut(len(some), of, "draws"); note != "" {
		spec["title"] = caption(note)
	}
	return spec
}

// curvesVegaLite is the interactive SweepCurves. Long fits have fewer points, at even steps.
func curvesVegaLite(label string, curves []SweepCurve, lines []plotter.XYs, note string, steps, losses, colours [2]float64) map[string]any {
	most := max(2, MaxDots/max(1, len(curves)))
	var fit, part, step, value, draws, loss []float64
	var state, told []string
	for i, c := range curves {
		turn, every := 0., max(1, (len(lines[i])+most-1)/most)
		for k, v := range lines[i] {
			if k > 0 && v.X <= lines[i][k-1].X { // back to the best weights
				turn++
			}
			if k%every != 0 && k != len(lines[i])-1 {
				continue
			}
			fit, part, step, value = append(fit, float64(i)), append(part, turn), append(step, v.X), append(value, v.Y)
			draws, loss, state = append(draws, float64(c.Draw)), append(loss, c.Loss), append(state, c.State.word())
		}
	}
	told = NumberTip("", value).Text
	s := sheet{}
	s.numbers("fit", fit)
	s.numbers("part", part)
	s.numbers("step", step)
	s.numbers("value", value)
	s.numbers("draw", draws)
	s.numbers("loss", loss)
	s.words("state", state)
	s.words("told", told)
	param, width := hoverStyle("draw", "mouseover", 1.2)
	colour := any(object{"value": "#888"})
	if colours[0] < colours[1] {
		scale := lossColour("loss of the draw", colours[0], colours[1])
		colour = object{"condition": object{"test": "datum.state === 'done'", "field": "loss", "type": "quantitative", "title": scale["title"], "scale": scale["scale"], "legend": scale["legend"]}, "value": "#aaa"}
	}
	rows := make([]int, len(fit))
	for i := range rows {
		rows[i] = i
	}
	spec := object{"width": 560, "height": 250, "data": s.data(rows), "config": interactiveStyle(), "mark": object{"type": "line", "clip": true}, "params": list{param}, "encoding": object{
		"x": object{"field": "step", "type": "quantitative", "title": "Training step", "scale": ends(steps)}, "y": object{"field": "value", "type": "quantitative", "title": label, "scale": ends(losses)},
		"detail": list{object{"field": "fit"}, object{"field": "part"}}, "color": colour, "strokeWidth": width,
		"strokeDash": object{"condition": object{"test": "datum.state === 'stopped early'", "value": list{4, 2}}, "value": list{1, 0}},
		"tooltip":    list{object{"field": "draw", "type": "quantitative", "title": "draw"}, object{"field": "state", "type": "nominal", "title": "state"}, object{"field": "step", "type": "quantitative", "title": "step"}, object{"field": "told", "type": "nominal", "title": label}}}}
	if note != "" {
		spec["title"] = caption(note)
	}
	return spec
}

// workVegaLite is the interactive SweepWork: what is under the pointer tells draw, seed and steps.
func workVegaLite(workers []SweepWorker, from, unit float64, label string) map[string]any {
	var begin, end, draws, steps []float64
	var worker, seed, ended, colour []string
	for _, w := range workers {
		for _, s := range w.Slices {
			begin, end = append(begin, (s.Begin-from)/unit), append(end, (s.Begin+s.Seconds-from)/unit)
			draws, steps, worker, seed = append(draws, float64(s.Draw)), append(steps, float64(s.Steps)), append(worker, w.Name), append(seed, fmt.Sprint(s.Seed))
			word, r := "well", category(max(s.Draw, 0))
			if s.Failed {
				word = "with an error"
			}
			ended, colour = append(ended, word), append(colour, fmt.Sprintf("#%02x%02x%02x", r.R, r.G, r.B))
		}
	}
	rows := make([]int, len(begin))
	for i := range rows {
		rows[i] = i
	}
	s := sheet{}
	s.numbers("begin", begin)
	s.numbers("end", end)
	s.numbers("draw", draws)
	s.numbers("steps", steps)
	s.words("worker", worker)
	s.words("seed", seed)
	s.words("ended", ended)
	s.words("colour", colour)
	some := thinned(rows)
	distinct := func(all []string) (once list) {
		for _, c := range slices.Compact(slices.Sorted(slices.Values(all))) {
			once = append(once, c)
		}
		return once
	}
	style := interactiveStyle()
	style["legend"] = object{"disable": true} // colours say nothing but which belong together
	tip := func(field, kind string) object { return object{"field": field, "type": kind, "title": field} }
	spec := object{"width": 560, "height": object{"step": 18}, "data": s.data(some), "config": style, "mark": object{"type": "bar", "height": 14}, "encoding": object{
		"x": object{"field": "begin", "type": "quantitative", "title": label}, "x2": object{"field": "end"}, "y": object{"field": "worker", "type": "nominal", "title": ""},
		"color":   object{"field": "colour", "type": "nominal", "scale": object{"domain": distinct(colour), "range": distinct(colour)}},
		"stroke":  object{"condition": object{"test": "datum.ended !== 'well'", "value": "#d55e00"}, "value": "transparent"},
		"tooltip": list{tip("draw", "quantitative"), tip("seed", "nominal"), tip("steps", "quantitative"), tip("ended", "nominal"), tip("worker", "nominal")}}}
	if len(some) < len(rows) {
		spec["title"] = caption(fmt.Sprintf("%d of %d slices, at even steps", len(some), len(rows)))
	}
	return spec
}
