package bench

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// TrivialCell is a notebook cell that does as little as a cell can. Cells of different rounds differ, so that each is compiled and linked anew,
// as one that was edited.
func TrivialCell(round int) string { return fmt.Sprintf("%%%%\nfmt.Println(\"hello\", %d)", round) }

// cellImages is how many images PredictCell predicts.
const cellImages = 100

// PredictCell is a notebook cell that opens a run with its recording and predicts the responses to images, which it shows a number of. Like
// every cell it is compiled, linked and run as a process of its own, so it also loads and starts XLA.
func PredictCell(run string, round int) string {
	return fmt.Sprintf(`import "v1lab/notebooks/lab"
%%%%
r := lab.Open(%q)
images := r.Data.Train.Images
images.N = min(images.N, %d)
images.Pixels = images.Pixels[:images.N*images.Size()]
rates := r.Rates(images)
fmt.Println(rates.N, "images", rates.Neurons, "neurons", %d)`, run, cellImages, round)
}

// MakeRun keeps a model at its start values as a run in a new folder: its predictions take as long as a fitted one's.
func MakeRun(path string, config v1model.Config, data *datasets.Dataset) error {
	if data.Train.Images.N < cellImages {
		return fmt.Errorf("data %q: %d training images; needed are %d", data.Spec, data.Train.Images.N, cellImages)
	}
	record := runfolder.Describe(data)
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		return err
	}
	values, _, err := m.Start(data)
	if err != nil {
		return err
	}
	return runfolder.Store(path, config, record, values)
}

// Wait is something that a person waits for.
type Wait struct {
	What   string
	Target float64 // seconds that the median should not exceed
}

// What people wait for before a fit, in the order of the report.
var (
	WaitCompiled = Wait{"v1lab fit, from its start to the first training step, nothing compiled before", 3}
	WaitFit      = Wait{"the same, compiled before", 1.5}
)

// What people wait for before a notebook, in the order of the report.
var (
	WaitCell    = Wait{"a notebook cell that prints a word, after an edit", 0.4}
	WaitPredict = Wait{fmt.Sprintf("a notebook cell that opens a run and predicts %d images on XLA, run again", cellImages), 1.5}
	WaitEdited  = Wait{"the same after an edit, so that it is linked anew", 1.5}
	WaitKernel  = Wait{"a kernel, from its start to its first answer", 1}
	WaitLab     = Wait{"v1lab lab, from its start to a served page", 6}
)

// Row is the report's row of the times that a wait took, in seconds. The first, at which caches were cold, counts apart.
func (w Wait) Row(seconds []float64) (Row, error) {
	if len(seconds) < 2 {
		return Row{}, fmt.Errorf("%s: measured %d times; needed are 2", w.What, len(seconds))
	}
	r := row(Case{}, w.What, []Timing{{System: Ours, First: seconds[0], seconds: seconds[1:]}})
	r.Target = w.Target
	return r, nil
}
