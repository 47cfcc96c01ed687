package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"v1lab/notebooks/display"
	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// MEIOptions are the options of most exciting images.
type MEIOptions = insilico.MEIOptions

// leastCorrelation is the validation correlation above which Fig. 6 of the paper shows a neuron.
const leastCorrelation = 0.2

// Layout returns the arrangement of pictures of the run's neurons.
func (r *Run) Layout() report.Layout { return Must(report.LayoutOf(context.Background(), r.Run)) }

// Neurons parses a list such as 0-3,7. The empty list selects neurons like Fig. 6 of the paper: from each group up to each neurons, the strongest in
// its feature, among those with a validation correlation above 0.2. If no neuron has that, it says so and selects from all.
func (r *Run) Neurons(list string, each int) []int {
	return chosen(r.Run, list, each, r.Evaluate)
}

// chosen is Neurons by the layout of a run and the scores of a model.
func chosen(r *fitted.Run, list string, each int, scores func() *evaluate.Report) []int {
	if list != "" {
		return Must(insilico.ParseNeurons(list, r.Dataset.Shape.Neurons))
	}
	var corr []float64
	for _, n := range scores().Neurons {
		corr = append(corr, float64(n.ValCorr))
	}
	layout := Must(report.LayoutOf(context.Background(), r))
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
	return fieldsOf(r.Run, neurons, at)
}

func fieldsOf(m model, neurons []int, at []float32) *insilico.Fields {
	ctx := context.Background()
	return Must(Must(m.Subject(ctx)).Fields(ctx, neurons, at, nil))
}

// MEIs finds most exciting images, with live progress, and stores them in the run folder. The same call reads them from there next time. The stop
// button saves unfinished work; running the cell again continues.
func (r *Run) MEIs(neurons []int, o MEIOptions) *insilico.MEIs { return r.subject().meis(neurons, o) }

func (r *Run) subject() subject { return subject{r.Run, r.Run} }

func (r subject) meis(neurons []int, o MEIOptions) *insilico.MEIs {
	if o.Partial != "" || o.Progress != nil || o.Start != nil {
		display.Check(fmt.Errorf("most exciting images: found a file, progress or start images among the options; accepted: the others"))
	}
	m := keptOrMade(r, "meis", "images", neurons, " "+o.Text(), insilico.MEIsFromArrays, func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (*insilico.MEIs, error) {
		o := o
		o.Partial, o.Progress = partial, progress
		return s.MEIs(ctx, neurons, o)
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
	return r.subject().tuning(neurons, grid)
}

func (r subject) tuning(neurons []int, grid string) *insilico.Tuning {
	if grid != "coarse" && grid != "small" && grid != "paper" {
		display.Check(fmt.Errorf("parameter grid: found %q; accepted: coarse, small, paper", grid))
	}
	t := keptOrMade(r, "tuning", "Gabors", neurons, grid, insilico.TuningFromArrays, func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (*insilico.Tuning, error) {
		rows, columns, err := s.CentreRanges(neurons, 2)
		if err != nil {
			return nil, err
		}
		g := insilico.SmallGrid(insilico.Range(columns[0], columns[1]), insilico.Range(rows[0], rows[1]))
		switch grid {
		case "paper":
			g = insilico.PaperGrid(g.X, g.Y)
		case "coarse":
			g.X, g.Y, g.Sizes, g.Phases = everyThird(g.X), everyThird(g.Y), insilico.Geometric(6, 2, 2), insilico.Periodic(2*math.Pi, 4)
		}
		return s.Tuning(ctx, neurons, g, insilico.Axes{}, insilico.SearchOptions{Partial: partial, Progress: progress})
	})
	r.sayDead(neurons, t.Optimal.Dead)
	return t
}

// everyThird returns the first, the fourth and so on of places.
func everyThird(places []float64) (some []float64) {
	for i := 0; i < len(places); i += 3 {
		some = append(some, places[i])
	}
	return some
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
		display.Text("%d of %d neurons are dead: %s", len(list), len(neurons), Must(r.home.Because(list, "nothing excites them", strconv.Itoa, 20)))
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
