package lab

import "v1lab/notebooks/report"

// Readout reads the run's feature weights. Its name and what counts as used follow from the kind of the readout.
func (r *Run) Readout() report.Readout { return Must(report.ReadoutOf(r.Folder)) }
