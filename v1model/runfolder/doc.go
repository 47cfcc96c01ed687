// Package runfolder keeps a fit on disk: what was fitted, to which data, how it went, and the weights.
//
//	config.yaml     the resolved configuration     dataset.json  spec, fingerprint, normalisation, shape
//	metrics.jsonl   one line per validation        result.json   how the fit ended
//	checkpoint/     all that resuming needs        best/         the best weights so far
//	checkpoint/core.npz   the core that the fit began with, if it was taken from another run
//	insilico/       most exciting images, tuning  figures/      pictures that v1lab's verbs were told to leave there
//	.lock           held by the writer; says who it is and how far     fit.log  what a fit in the background said
//
// What lies in insilico/ is written and read by package v1model/insilico/kept: archives that say which weights and neurons they are about.
//
// In go values, out come the same values: after a crash at any moment each file is the old one or the new one, never a part.
// One process writes at a time. A folder written by a newer version is refused. No section of the paper.
package runfolder
