package webpage

import (
	"v1lab/notebooks/report"
)

// experiments is what is said of experiments on a run's model, beside their figures.
type experiments struct {
	tables         []titledTable // of tuning
	fields, tuning []fact        // what is missing
}

// experiments says what the run folder keeps of experiments that take longer: most exciting images and tuning.
func (a *analysed) experiments(m *report.Material) (e experiments, err error) {
	images, err := m.Images()
	if err != nil {
		return e, err
	}
	if images == nil {
		e.fields = []fact{{"most exciting images", "none", "the run folder keeps what v1lab mei --run RUN --out RUN/insilico/mei.npz finds"}}
	}
	tuned, step, ok, err := m.Tuned()
	if err != nil {
		return e, err
	}
	if !ok {
		e.tuning = []fact{{"tuning", "none", "the run folder keeps what v1lab tune --run RUN --out RUN/insilico/tuning.npz measures"}}
		return e, nil
	}
	head, rows := report.TuningTable(tuned, step)
	e.tables = []titledTable{{"Tuning, medians", table{head, rows}}}
	return e, nil
}
