//go:build !v1lab_engine

package report

import (
	"fmt"

	"v1lab/notebooks/figures"
	"v1lab/v1model/experiments/bench"
)

// Scaling draws time and, if they were measured, memory and processor time over the quantities of a scaling benchmark.
func Scaling(axes []bench.Axis) ([]Named, error) {
	var seconds, memory, processor []figures.ScalingLine
	for _, a := range axes {
		s := figures.ScalingLine{Name: a.Name, Slope: float64(a.Slope)}
		m := figures.ScalingLine{Name: a.Name, Slope: float64(a.MemorySlope)}
		busy := figures.ScalingLine{Name: a.Name, Slope: float64(a.ProcessorSlope)}
		known, told := true, true
		for _, p := range a.Points {
			s.Values, s.Costs = append(s.Values, float64(p.Value)), append(s.Costs, p.Seconds.Median)
			m.Values, m.Costs = append(m.Values, float64(p.Value)), append(m.Costs, float64(p.Peak))
			busy.Values, busy.Costs = append(busy.Values, float64(p.Value)), append(busy.Costs, p.Processor.Median)
			known, told = known && p.Peak > 0, told && p.Processor.Median > 0
		}
		seconds = append(seconds, s)
		if known {
			memory = append(memory, m)
		}
		if told {
			processor = append(processor, busy)
		}
	}
	time, err := figures.Scaling("Time", seconds)
	if err != nil {
		return nil, fmt.Errorf("figure scaling-time: %w", err)
	}
	named := []Named{{Name: "scaling-time", Figure: time}}
	for _, more := range []struct {
		name, label string
		lines       []figures.ScalingLine
	}{{"scaling-memory", "Peak memory", memory}, {"scaling-processor", "Processor time", processor}} {
		if len(more.lines) == 0 {
			continue
		}
		figure, err := figures.Scaling(more.label, more.lines)
		if err != nil {
			return nil, fmt.Errorf("figure %s: %w", more.name, err)
		}
		named = append(named, Named{Name: more.name, Figure: figure})
	}
	return named, nil
}
