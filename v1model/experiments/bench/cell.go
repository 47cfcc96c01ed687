package bench

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// TrivialCell returns a notebook cell that prints a word. Cells of different rounds differ, so that each is compiled and linked anew, like an edited cell.
func TrivialCell(round int) string { return fmt.Sprintf("%%%%\nfmt.Println(\"hello\", %d)", round) }

// cellImages is the number of images in PredictCell.
const cellImages = 100

// PredictCell returns a notebook cell that opens a run with its recording, predicts the responses to images and prints their number. Like
// every cell it is compiled, linked and run in its own process, so it also loads and starts XLA.
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

// MakeRun stores a model with its start values as a run in a new folder. Its predictions take as long as those of a fitted model.
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

// Wait is a time that a person waits.
type Wait struct {
	What   string
	Target float64 // seconds that the median should not exceed
}

// Waits at the start of a fit, in the order of the report.
var (
	WaitCompiled = Wait{"v1lab fit, from its start to the first training step, nothing compiled before", 3}
	WaitFit      = Wait{"the same, compiled before", 1.5}
)

// Waits in a notebook, in the order of the report.
var (
	WaitCell    = Wait{"a notebook cell that prints a word, after an edit", 0.3}
	WaitPredict = Wait{fmt.Sprintf("a notebook cell that opens a run and predicts %d images on XLA, run again", cellImages), 0.4}
	WaitEdited  = Wait{"the same after an edit, so that it is linked anew", 0.7}
	WaitKernel  = Wait{"a kernel, from its start to its first answer", 0.6}
	WaitLab     = Wait{"v1lab lab, from its start to a served page", 6}
)

// Row returns the report's row for measured times, in seconds. The first time, with cold caches, is reported separately.
func (w Wait) Row(seconds []float64) (Row, error) {
	if len(seconds) < 2 {
		return Row{}, fmt.Errorf("%s: measured %d times; needed are 2", w.What, len(seconds))
	}
	r := row(Case{}, w.What, []Timing{{System: Ours, First: seconds[0], seconds: seconds[1:]}})
	r.Target = w.Target
	return r, nil
}
