package allen

import (
	"fmt"
	"os"

	"v1lab/datasets"
	"v1lab/datasets/internal/nwb2"
)

// valShare is the share of the training part that becomes the validation part.
const valShare = 0.1

// Format describes allen:PATH.
var Format = datasets.Format{
	Scheme: "allen", Example: "allen:experiment.nwb",
	Reads: "natural scenes of the Allen Brain Observatory: NWB 1, NWB 2 with the options of `nwb`, or a folder of .npy files",
	Options: []datasets.Option{
		{Name: "seed", Default: "1", Means: "seed of the draw of validation scenes and, for a file, of test scenes"},
		{Name: "from", Default: "0", Means: "files only: imaging frames between a scene's onset and the response window"},
		{Name: "frames", Means: "files only: imaging frames in the response window; without it twice the presentation, 0.5 s"},
		{Name: "baseline", Default: "0", Means: "files only: imaging frames before the scene whose mean is subtracted"},
		{Name: "test", Default: "18", Means: "files only: number of test scenes, which keep every presentation as a repeat"},
		{Name: "rows", Default: "scenes", Means: "folders only: order of the test trials, `scenes`, `repeats` or `none`"},
	},
	Open: Open,
}

// Open reads the experiment's file or the folder at spec.Path. For both, the option seed draws the scenes for validation; for a file, it also
// draws those for testing. Responses are dF/F and often negative. Errors name the file and the array in it.
//
// A file of version 2 (Dandiset 000728) is read as package nwb says, with the options of that package.
//
// In a file of version 1, the response to a presentation is the mean of the cell's dF/F trace in a window. The window begins from=0 imaging frames after
// the scene appears and lasts frames=14, by default twice the presentation (0.5 s), as in the Observatory's own analysis. The mean of
// baseline=0 frames before the scene is subtracted. Each scene is one image. For test=18 scenes every presentation is a repeat; for the
// others responses are averaged. The running speed in the window becomes a covariate.
//
// In a folder, the option rows gives the order of the 900 trials of 18 test scenes: rows=scenes, the default, lists the 50 repeats of one
// scene after another; rows=repeats lists all scenes once, then again; rows=none ignores the trials and reads Allen_test_output as a single
// repeat. The source describes the trials as trials of the test scenes and Allen_test_output as their average. Neither is true. Averages
// that equal anything equal single trials; trials of the training part occur among those of the test scenes; and in no order do the repeats
// of a scene agree. The published script that made the files drew the 900 trials at random from those of all 118 scenes, and values shared
// between the files show that row i of the responses belongs to trial i, not to scene i. Use these files to try loaders and checks only:
// datasets.Check reports what is wrong, and no score on them means anything.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	folder := false
	if info, err := os.Stat(spec.Path); err != nil || info.IsDir() {
		folder = true
	} else if version, err := nwb2.Version(spec.Path); err != nil {
		return nil, err
	} else if nwb2.Is(version) {
		return nwb2.Open(spec)
	}
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	if folder {
		rows := options.Choice("rows", "scenes", "scenes", "repeats", "none")
		if err := options.Done(); err != nil {
			return nil, err
		}
		return openFolder(spec.Path, rows, seed)
	}
	w := window{from: options.Int("from", 0, 0), frames: options.Int("frames", 0, 1), baseline: options.Int("baseline", 0, 0)}
	test := options.Int("test", 18, 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if most := max(w.from, w.frames, w.baseline); most > mostFrames {
		return nil, fmt.Errorf("data %q: a window of %d frames, want at most %d", spec, most, mostFrames)
	}
	return openExperiment(spec.Path, w, test, seed)
}
