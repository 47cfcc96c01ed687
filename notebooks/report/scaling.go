package report

import (
	"fmt"

	"v1lab/notebooks/figures"
	"v1lab/v1model/experiments/bench"
)

// Scaling draws time and, if it was measured, memory over the quantities of a scaling benchmark.
func Scaling(axes []bench.Axis) ([]Named, error) {
	var seconds, memory []figures.ScalingLine
	for _, a := range axes {
		s := figures.ScalingLine{Name: a.Name, Slope: float64(a.Slope)}
		m := figures.ScalingLine{Name: a.Name, Slope: float64(a.MemorySlope)}
		known := true
		for _, p := range a.Points {
			s.Values, s.Costs = append(s.Values, float64(p.Value)), append(s.Costs, p.Seconds.Median)
			m.Values, m.Costs = append(m.Values, float64(p.Value)), append(m.Costs, float64(p.Peak))
			known = known && p.Peak > 0
		}
		seconds = append(seconds, s)
		if known {
			memory = append(memory, m)
		}
	}
	time, err := figures.Scaling("Time", seconds)
	if err != nil {
		return nil, fmt.Errorf("figure scaling-time: %w", err)
	}
	named := []Named{{Name: "scaling-time", Figure: time}}
	if len(memory) > 0 {
		space, err := figures.Scaling("Peak memory", memory)
		if err != nil {
			return nil, fmt.Errorf("figure scaling-memory: %w", err)
		}
		named = append(named, Named{Name: "scaling-memory", Figure: space})
	}
	return named, nil
}
