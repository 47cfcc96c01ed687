package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"v1lab/notebooks/display"
	"v1lab/notebooks/lab/questions"
	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/insilico"
	"v1lab/v1model/runfolder"
)

// MEIOptions are the options of most exciting images.
type MEIOptions = insilico.MEIOptions

// leastCorrelation is the validation correlation above which Fig. 6 of the paper shows a neuron.
const leastCorrelation = 0.2

// Layout returns the arrangement of pictures of the run's neurons.
func (r *Run) Layout() report.Layout { return asked(r, questions.Layout, questions.None{}) }

// Neurons parses a list such as 0-3,7. The empty list selects neurons like Fig. 6 of the paper: from each group up to each neurons, the strongest in
// its feature, among those with a validation correlation above 0.2. If no neuron has that, it says so and selects from all.
func (r *Run) Neurons(list string, each int) []int {
	return chosen(r.Folder, list, each, r.Evaluate, r.Layout)
}

// chosen is Neurons of a run, by a layout and the scores of a model.
func chosen(r *runfolder.Folder, list string, each int, scores func() *evaluate.Report, layoutOf func() report.Layout) []int {
	if list != "" {
		return Must(insilico.ParseNeurons(list, r.Dataset.Shape.Neurons))
	}
	var corr []float64
	for _, n := range scores().Neurons {
		corr = append(corr, float64(n.ValCorr))
	}
	layout := layoutOf()
	if chosen := layout.Strongest(each, corr, leastCorrelation); len(chosen) > 0 {
		return chosen
	}
	display.Text("no neuron has a validation correlation above %g: the strongest of each group are shown, whatever their correlation", leastCorrelation)
	chosen := layout.Strongest(each, nil, 0)
	if len(chosen) == 0 {
		display.Check(fmt.Errorf("run %s: no neuron has weights", r.Path))
	}
	return chosen
}

// Image returns an image of the validation part as the model sees it.
func (r *Run) Image(number int) []float32 {
	val := Must(r.Recording()).Val
	if n := val.Images.N; number < 0 || number >= n {
		display.Check(fmt.Errorf("parameter image: found %d, the validation part has %d; accepted: 0 to %d", number, n, n-1))
	}
	return val.Images.At(number)
}

// ReceptiveFields computes gradient receptive fields at an image, or at grey if the image is nil.
func (r *Run) ReceptiveFields(neurons []int, at []float32) *insilico.Fields {
	return asked(r, questions.Fields, questions.FieldsOf{Neurons: neurons, At: at})
}

// MEIs finds most exciting images, with live progress, and stores them in the run folder. The same call reads them from there next time. The stop
// button saves unfinished work; running the cell again continues.
func (r *Run) MEIs(neurons []int, o MEIOptions) *insilico.MEIs { return r.subject().found(neurons, o) }

// subject is the run as what experiments are made on.
func (r *Run) subject() subject {
	return subject{
		home:    r.Path,
		key:     func(of questions.KeyOf) (string, error) { return ask(context.Background(), r, questions.Key, of, nil) },
		because: func(of questions.Silent) string { return asked(r, questions.Because, of) },
		keep:    r.keep,
		meis: func(ctx context.Context, of questions.MEIsOf, progress func(insilico.Progress)) (*insilico.MEIs, error) {
			return ask(ctx, r, questions.MEIs, of, progress)
		},
		tuning: func(ctx context.Context, of questions.TuningOf, progress func(insilico.Progress)) (*insilico.Tuning, error) {
			return ask(ctx, r, questions.Tuning, of, progress)
		},
	}
}

func (r subject) found(neurons []int, o MEIOptions) *insilico.MEIs {
	if o.Partial != "" || o.Progress != nil || o.Start != nil {
		display.Check(fmt.Errorf("most exciting images: found a file, progress or start images among the options; accepted: the others"))
	}
	m := keptOrMade(r, "meis", "images", neurons, " "+o.Text(), insilico.MEIsFromArrays, func(ctx context.Context, partial string, progress func(insilico.Progress)) (*insilico.MEIs, error) {
		return r.meis(ctx, questions.MEIsOf{Neurons: neurons, Options: o, Partial: partial}, progress)
	})
	r.sayDead(neurons, m.Dead)
	if e, ok := m.Extent(); ok && e.Outside > 0 && o.Range == nil {
		display.Text("%s; the option Range keeps them in a range", e)
	}
	return m
}

// Tuning finds each neuron's optimal Gabor in a grid that covers the places where the neurons look, and measures curves around it, with live
// progress. The grids are "coarse" (a first look in seconds), "small" and "paper". The result is stored in the run folder like that of MEIs.
func (r *Run) Tuning(neurons []int, grid string) *insilico.Tuning {
	return r.subject().tuned(neurons, grid)
}

func (r subject) tuned(neurons []int, grid string) *insilico.Tuning {
	if grid != "coarse" && grid != "small" && grid != "paper" {
		display.Check(fmt.Errorf("parameter grid: found %q; accepted: coarse, small, paper", grid))
	}
	t := keptOrMade(r, "tuning", "Gabors", neurons, grid, insilico.TuningFromArrays, func(ctx context.Context, partial string, progress func(insilico.Progress)) (*insilico.Tuning, error) {
		return r.tuning(ctx, questions.TuningOf{Neurons: neurons, Grid: grid, Partial: partial}, progress)
	})
	r.sayDead(neurons, t.Optimal.Dead)
	return t
}

// GridStep returns the step of a grid's orientations in degrees.
func GridStep(grid string) float64 {
	g := insilico.SmallGrid(nil, nil)
	if grid == "paper" {
		g = insilico.PaperGrid(nil, nil)
	}
	return 180 / float64(len(g.Orientations))
}

// sayDead lists the dead neurons among some, with the reasons.
func (r subject) sayDead(neurons []int, dead []bool) {
	var list []int
	for i, n := range neurons {
		if dead[i] {
			list = append(list, n)
		}
	}
	if len(list) > 0 {
		display.Text("%d of %d neurons are dead: %s", len(list), len(neurons), r.because(questions.Silent{Neurons: list, Other: "nothing excites them", Most: 20}))
	}
}

// watched calls f with a progress display, and ends the cell if ctx ended f. what is the name of the counted things, dir the folder of the results.
func watched(ctx context.Context, live *display.Live, what, dir string, f func(ctx context.Context, progress func(insilico.Progress)) error) {
	shown, began, last := time.Time{}, time.Now(), "the start"
	live.Show("compiling", -1, nil)
	err := f(ctx, func(p insilico.Progress) {
		if p.Total == 0 {
			return
		}
		last = fmt.Sprintf("%d of %d %s", p.Done, p.Total, what)
		if time.Since(shown) < 300*time.Millisecond {
			return
		}
		shown = time.Now()
		line := last
		if p.Left >= 0 {
			line += fmt.Sprintf(", about %s left", p.Left.Round(time.Second))
		}
		live.Show(line, float64(p.Done)/float64(p.Total), nil)
	})
	if errors.Is(err, context.Canceled) {
		line := fmt.Sprintf("stopped at %s, which are not saved; finished results are in %s; run the cell again to start over", last, dir)
		if where, cut := strings.CutSuffix(err.Error(), ": "+context.Canceled.Error()); cut && strings.Contains(where, "kept in ") {
			line = where + "; run the cell again to go on"
		}
		live.Show(line, -1, nil)
		leave()
	}
	display.Check(err)
	live.Show(fmt.Sprintf("%s: done in %s, stored in the run folder", what, time.Since(began).Round(100*time.Millisecond)), -1, nil)
}
