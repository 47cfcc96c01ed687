package figures

import (
	"fmt"
	"math"
)

// lossVegaLite is the interactive LossCurve: it shows the numbers of the step under the pointer. word says what the learning rates at marks are.
func lossVegaLite(yLabel string, all, marks []LossPoint, word string, steps, losses [2]float64) map[string]any {
	const xLabel = "Training step"
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	var rows []int
	for i, p := range all {
		if finite(p.Loss) || finite(p.Validation) {
			rows = append(rows, i)
		}
	}
	note := ""
	if some := thinned(rows); len(some) < len(rows) {
		note = fmt.Sprintf("%d of %d validations, at even steps", len(some), len(rows))
		rows = some
	}
	n := len(all)
	row, step, part, training, validation := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	stage, rate := make([]string, n), make([]float64, n)
	best := -1
	for i, p := range all {
		row[i], step[i], training[i], validation[i], rate[i] = float64(i), float64(p.Step), p.Loss, p.Validation, p.LearningRate
		if i > 0 {
			part[i] = part[i-1]
			if p.Step <= all[i-1].Step { // back to the best weights: start new lines
				part[i]++
			}
		}
		if p.Stage > 0 {
			stage[i] = fmt.Sprint(p.Stage)
		}
		if !(p.LearningRate > 0) {
			rate[i] = math.NaN()
		}
		if finite(p.Validation) && (best < 0 || p.Validation < all[best].Validation) {
			best = i
		}
	}
	s := sheet{}
	s.numbers("row", row)
	s.numbers("step", step)
	s.numbers("part", part)
	s.numbers("training", training)
	s.numbers("validation", validation)
	tooltip := list{object{"field": "step", "type": "quantitative", "title": "step"}}
	tell := func(field, title string, cells []string) {
		s.words(field, cells)
		tooltip = append(tooltip, object{"field": field, "type": "nominal", "title": title})
	}
	tell("t", "training loss", NumberTip("", training).Text)
	tell("v", "validation loss", NumberTip("", validation).Text)
	tell("rate", "learning rate", NumberTip("", rate).Text)
	tell("stage", "stage", stage)

	x := object{"field": "step", "type": "quantitative", "title": xLabel, "scale": ends(steps)}
	y := func(field string) object {
		return object{"field": field, "type": "quantitative", "title": yLabel, "scale": ends(losses)}
	}
	line := func(field string, mark object) object {
		mark["type"], mark["clip"] = "line", true
		return object{"mark": mark, "transform": list{object{"filter": fmt.Sprintf("isValid(datum.%s)", field)}}, "encoding": object{
			"x": x, "y": y(field), "detail": object{"field": "part"}, "order": object{"field": "row"},
			"color": object{"datum": field, "scale": object{"domain": list{"training", "validation"}, "range": list{"#9cc6e0", "#0072b2"}}, "legend": object{"orient": "top", "title": ""}},
		}}
	}
	layers := list{}
	for _, d := range marks {
		layers = append(layers,
			lineThrough(xLabel, yLabel, [2]float64{float64(d.Step), losses[0]}, [2]float64{float64(d.Step), losses[1]}),
			object{"data": points([2]float64{float64(d.Step), losses[1]}), "mark": object{"type": "text", "align": "left", "baseline": "top", "dx": 4, "color": "#888", "text": fmt.Sprintf("%s %.3g", word, d.LearningRate)}, "encoding": xy(xLabel, yLabel)})
	}
	layers = append(layers, line("training", object{"strokeWidth": 1}), line("validation", object{"strokeWidth": 2, "point": object{"size": 16}}))
	if best >= 0 {
		layers = append(layers, ringsAt(xLabel, yLabel, [2]float64{step[best], validation[best]}))
	}
	layers = append(layers, object{
		"mark":   object{"type": "rule", "color": "#888"},
		"params": list{object{"name": "at", "select": object{"type": "point", "fields": list{"row"}, "nearest": true, "on": "mouseover", "clear": "mouseout"}}},
		"encoding": object{
			"x": x, "tooltip": tooltip,
			"opacity": object{"condition": object{"param": "at", "empty": false, "value": 0.8}, "value": 0},
		},
	})
	spec := object{"width": 560, "height": 230, "data": s.data(rows), "layer": layers, "config": interactiveStyle()}
	if note != "" {
		spec["title"] = caption(note)
	}
	return spec
}
