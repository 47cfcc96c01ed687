// Package runfolder keeps a fit on disk: its configuration, its data's fingerprint, its progress, and the weights.
//
//	config.yaml     the resolved configuration     dataset.json  spec, fingerprint, normalisation, shape
//	metrics.jsonl   one line per validation        result.json   how the fit ended
//	checkpoint/     what resuming needs            best/         the best weights so far
//	checkpoint/core.npz   the core, if it was taken from another run
//	insilico/       most exciting images, tuning   figures/      figures
//	.lock           held by the writer, with its process and progress     fit.log  output of a fit in the background
//
// Package v1model/insilico/kept writes and reads the archives in insilico/.
//
// In go values, out come the same values: after a crash at any moment each file is whole, in its old or its new version.
// One process writes at a time. A folder written by a newer version of the format is an error.
package runfolder
