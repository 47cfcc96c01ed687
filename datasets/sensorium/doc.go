// Package sensorium reads the file tree in which the mouse recordings of Lurz et al. (2020) and of the Sensorium competition of 2022
// (Willeke et al.) are published: one .npy file per trial.
//
// In comes sensorium:PATH, a folder or a zip archive read in place, or several joined by commas, one for each session; out comes a dataset.
// Tiers become the parts (options train, val, test; without a validation tier, one is split off by the option seed). Trials with
// the same image become repeats; behaviour and pupil become covariates. The responses are those of the files, unchanged.
//
//	data/images/N.npy            [height, width] or [channels, height, width], trial N
//	data/responses/N.npy         [neurons]
//	data/behavior/N.npy          optional: pupil dilation, its change, running speed
//	data/pupil_center/N.npy      optional: horizontal and vertical position of the eye
//	meta/trials/tiers.npy        [trials], text
//	meta/trials/*image_id.npy    [trials], equal for trials with the same image; *image_class.npy if ids count within a class
//	meta/neurons/*.npy           optional, [neurons]: unit_ids, layer, animal_ids, sessions, scan_idx; cell_motor_coordinates [neurons, 3]
//	meta/statistics/...          optional, used only for the number of neurons
//
// An archive is refused if it names files outside itself, names one twice, or unpacks to more than 64 MiB and 200 times its size.
package sensorium
