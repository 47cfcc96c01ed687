package allen

import (
	"fmt"
	"os"

	"v1lab/datasets"
)

// valShare of the training part becomes the validation part.
const valShare = 0.1

// Format describes allen:PATH.
var Format = datasets.Format{
	Scheme: "allen", Example: "allen:experiment.nwb",
	Reads: "natural scenes of the Allen Brain Observatory (NWB 1), or a folder of its .npy files",
	Options: []datasets.Option{
		{Name: "seed", Default: "1", Means: "seed of the scenes that are drawn for validation, and from a file for testing"},
		{Name: "from", Default: "0", Means: "of a file: imaging frames between a scene's onset and the window of its response"},
		{Name: "frames", Means: "of a file: imaging frames in the window; without it twice the presentation, 0.5 s"},
		{Name: "baseline", Default: "0", Means: "of a file: imaging frames before the scene whose mean is subtracted"},
		{Name: "test", Default: "18", Means: "of a file: scenes that keep every presentation as a repeat"},
		{Name: "rows", Default: "scenes", Means: "of a folder: order of the test trials, `scenes`, `repeats` or `none`"},
	},
	Open: Open,
}

// Open reads the experiment's file or the folder at spec.Path. The option seed, of the scenes that are drawn for validation, and from a file
// for testing, goes with both. Responses are dF/F and often negative. Errors name the file, and the array in it.
//
// From a file, the response to a presentation is the mean of the cell's dF/F trace in a window: it begins from=0 imaging frames after the
// scene appears and lasts frames=14, by default twice the presentation (0.5 s), as in the Observatory's own analysis; the mean of
// baseline=0 frames before the scene is subtracted. Each scene is one image: test=18 of them keep every presentation as a repeat, for the
// others responses are averages. The running speed in the window comes along as a covariate.
//
// Of a folder, the option rows says how the 900 trials of 18 test scenes are listed: rows=scenes, the default, scene by scene with its 50
// repeats together; rows=repeats, all scenes once, then again; rows=none leaves them aside and takes Allen_test_output as the one repeat.
// The source describes the trials as those of the test scenes and Allen_test_output as their average. Neither holds: where the averages
// equal anything they equal single trials, trials of the training part are among those of the test scenes, and in no order do the
// repeats of a scene agree. The published script that made the files drew the 900 trials at random from those of all 118 scenes, and what
// the files share shows that row i of the responses belongs to trial i, not to scene i. So they serve to try loaders and checks:
// datasets.Check reports what is wrong, and no score on them means anything.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	if info, err := os.Stat(spec.Path); err != nil || info.IsDir() {
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
