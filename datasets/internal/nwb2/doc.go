// Package nwb2 reads recordings from NWB files of version 2 (Neurodata Without Borders), as on DANDI and as pynwb and MatNWB write them.
//
// In come a file's path and the options of package nwb; out comes a dataset. When each image was shown is told by an IndexSeries, by a table of
// intervals with a column that names images, or by an ImageSeries. Responses are means of RoiResponseSeries, or spike counts of Units, in a
// window after each onset, which the dataset's preparation records. TimeSeries of running and pupil become covariates. What could be meant in
// several ways is an error that lists them and the option that decides.
package nwb2
