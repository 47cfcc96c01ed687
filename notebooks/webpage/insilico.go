package webpage

import (
	"v1lab/notebooks/report"
)

// experiments has the tables and remarks on in-silico experiments, besides their figures.
type experiments struct {
	tables         []titledTable // of tuning
	fields, tuning []fact        // remarks on missing experiments, and on pixels
}

// experiments returns the table of tuning, and says how to make most exciting images and tuning if the run folder lacks them.
func (a *analysed) experiments(m *report.Material) (e experiments, err error) {
	images, err := m.Images()
	if err != nil {
		return e, err
	}
	if images == nil {
		e.fields = []fact{{"most exciting images", "none", "v1lab mei --run RUN --out RUN/insilico/mei.npz finds them and stores them in the run folder"}}
	}
	if images != nil {
		if extent, ok := images.Extent(); ok {
			remark := "v1lab mei --range LO,HI keeps images in a range of pixels, so that they can be shown"
			e.fields = append(e.fields, fact{"most exciting images", extent.String(), remark})
		} else {
			e.fields = append(e.fields, fact{"most exciting images", "in normalised units only", "made by an earlier version, or from a run without a recording"})
		}
	}
	tuned, step, ok, err := m.Tuned()
	if err != nil {
		return e, err
	}
	if !ok {
		e.tuning = []fact{{"tuning", "none", "v1lab tune --run RUN --out RUN/insilico/tuning.npz measures it and stores it in the run folder"}}
		return e, nil
	}
	head, rows := report.TuningTable(tuned, step)
	e.tables = []titledTable{{"Tuning, medians", table{head, rows}}}
	return e, nil
}
