// Package nwb reads recordings from NWB files (Neurodata Without Borders) of version 2, as on DANDI, and of version 1.
//
// In comes nwb:FILE with images in stimulus/templates or stimulus/presentation, an IndexSeries or a table of intervals that tells which image
// was shown when, and traces (RoiResponseSeries) or spikes (Units); out comes a dataset of responses in a window after each onset, with running
// and pupil as covariates. Options choose where a file has several of these: planes, stimuli, columns. The file's nwb_version decides how it is
// read; of version 1, only experiments of the Allen Brain Observatory are, as package allen says.
package nwb
