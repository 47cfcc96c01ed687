package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"v1lab/datasets/array"
	"v1lab/notebooks/display"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/insilico"
)

// MEIOptions are those of package insilico.
type MEIOptions = insilico.MEIOptions

// leastCorrelation is the validation correlation above which the paper's figure 6 shows a neuron.
const leastCorrelation = 0.2

// Layout arranges pictures of the run's neurons.
func (r *Run) Layout() report.Layout {
	s := r.subject()
	defer s.Close() //nolint:errcheck // frees memory only
	return report.LayoutOf(Must(celltypes.Read(r.Folder)), s)
}

// Neurons reads a list such as 0-3,7. The empty list means those of figure 6 of the paper: of each group the strongest in its feature, up to each of them,
// of those with a validation correlation above 0.2 (of all, and it says so, if none has).
func (r *Run) Neurons(list string, each int) []int {
	if list != "" {
		return Must(insilico.ParseNeurons(list, r.Dataset.Shape.Neurons))
	}
	var corr []float64
	for _, n := range r.Evaluate().Neurons {
		corr = append(corr, float64(n.ValCorr))
	}
	layout := r.Layout()
	if chosen := layout.Strongest(each, corr, leastCorrelation); len(chosen) > 0 {
		return chosen
	}
	display.Text("no neuron has a validation correlation above %g: the strongest of each group are taken whatever theirs is", leastCorrelation)
	chosen := layout.Strongest(each, nil, 0)
	if len(chosen) == 0 {
		display.Check(fmt.Errorf("run %s: no neuron has weights", r.Path))
	}
	return chosen
}

// Image is an image of the validation part as the model sees it.
func (r *Run) Image(number int) []float32 {
	if n := r.Data.Val.Images.N; number < 0 || number >= n {
		display.Check(fmt.Errorf("parameter image: found %d, the validation part has %d; accepted: 0 to %d", number, n, n-1))
	}
	return r.Data.Val.Images.At(number)
}

// ReceptiveFields computes gradient receptive fields at an image, nil for grey.
func (r *Run) ReceptiveFields(neurons []int, at []float32) *insilico.Fields {
	s := r.subject()
	defer s.Close() //nolint:errcheck // frees memory only
	return Must(s.Fields(context.Background(), neurons, at, nil))
}

// MEIs finds most exciting images, showing progress, and keeps them in the run folder: asked for again they are read from there. The stop button
// saves what is done; running the cell again goes on.
func (r *Run) MEIs(neurons []int, o MEIOptions) *insilico.MEIs {
	if o.Partial != "" || o.Progress != nil || o.Start != nil {
		display.Check(fmt.Errorf("most exciting images: found a file, progress or start images among the options; accepted: the others"))
	}
	kept := r.kept("meis", "images", fmt.Sprintf("%v %+v", neurons, o), func(ctx context.Context, s *insilico.Subject, partial string, progress func(insilico.Progress)) (map[string]array.Array, error) {
		o := o
		o.Partial, o.Progress = partial, progress
		m, err := s.MEIs(ctx, neurons, o)
		if err != nil {
			return nil, err
		}
		return map[string]array.Array{"images": m.Images, "rates": m.Rates, "loss": m.Loss, "steps": m.Steps, "dead": array.New(m.Dead)}, nil
	})
	m := meisOf(neurons, kept)
	sayDead(neurons, m.Dead)
	return m
}

func meisOf(neurons []int, kept map[string]array.Array) *insilico.MEIs {
	return &insilico.MEIs{Neurons: neurons, Images: kept["images"], Rates: kept["rates"], Loss: kept["loss"], Steps: kept["steps"], Dead: kept["dead"].Data.([]bool)}
}

// Tuning finds each neuron's optimal Gabor in a grid, small or paper, wherever the neurons look, and measures curves around it, showing
// progress. The result is kept in the run folder like that of MEIs.
func (r *Run) Tuning(neurons []int, grid string) *insilico.Tuning {
	if grid != "small" && grid != "paper" {
		display.Check(fmt.Errorf("parameter grid: found %q; accepted: small, paper", grid))
	}
	kept := r.kept("tuning", "Gabors", fmt.Sprint(neurons, grid), func(ctx context.Context, s *insilico.Subject, _ string, progress func(insilico.Progress)) (map[string]array.Array, error) {
		rows, columns, err := s.Places(neurons, 2)
		if err != nil {
			return nil, err
		}
		g := insilico.SmallGrid(insilico.Range(columns[0], columns[1]), insilico.Range(rows[0], rows[1]))
		if grid == "paper" {
			g = insilico.PaperGrid(g.X, g.Y)
		}
		t, err := s.Tuning(ctx, neurons, g, insilico.Axes{}, progress)
		if err != nil {
			return nil, err
		}
		return tuningArrays(t), nil
	})
	t := Must(tuningOf(neurons, kept))
	sayDead(neurons, t.Optimal.Dead)
	return t
}

// GridStep is the step of a grid's orientations in degrees.
func GridStep(grid string) float64 {
	g := insilico.SmallGrid(nil, nil)
	if grid == "paper" {
		g = insilico.PaperGrid(nil, nil)
	}
	return 180 / float64(len(g.Orientations))
}

func (r *Run) subject() *insilico.Subject { return Must(insilico.Open(r.Backend, r.Folder)) }

func sayDead(neurons []int, dead []bool) {
	var list []int
	for i, n := range neurons {
		if dead[i] {
			list = append(list, n)
		}
	}
	if len(list) > 0 {
		display.Text("nothing excites %d of %d neurons: %v", len(list), len(neurons), list)
	}
}

// watched calls f with a context that the stop button ends, and a progress display. what is counted.
func watched(what string, f func(ctx context.Context, progress func(insilico.Progress)) error) {
	ctx, stop := stoppable()
	defer stop()
	live, shown, began := display.NewLive(), time.Time{}, time.Now()
	live.Show("compiling", -1, nil)
	err := f(ctx, func(p insilico.Progress) {
		if time.Since(shown) < 300*time.Millisecond || p.Total == 0 {
			return
		}
		shown = time.Now()
		line := fmt.Sprintf("%d of %d %s", p.Done, p.Total, what)
		if p.Left >= 0 {
			line += fmt.Sprintf(", about %s left", p.Left.Round(time.Second))
		}
		live.Show(line, float64(p.Done)/float64(p.Total), nil)
	})
	if errors.Is(err, context.Canceled) {
		live.Show(err.Error()+"; run the cell again to go on", -1, nil)
		os.Exit(0)
	}
	display.Check(err)
	live.Show(fmt.Sprintf("%s: done in %s, kept in the run folder", what, time.Since(began).Round(100*time.Millisecond)), -1, nil)
}

// tuningArrays and tuningOf turn a tuning into what is kept, and back.
func tuningArrays(t *insilico.Tuning) map[string]array.Array {
	var gabors []float64
	for _, g := range t.Optimal.Gabors {
		gabors = append(gabors, g.X, g.Y, g.Size, g.Frequency, g.Contrast, g.Orientation, g.Phase)
	}
	return map[string]array.Array{
		"gabors": array.New(gabors, len(t.Optimal.Gabors), 7), "numbers": array.New(t.Optimal.Numbers), "rates": array.New(t.Optimal.Rates), "dead": array.New(t.Optimal.Dead),
		"grey": array.New(t.Grey), "orientation": t.Orientation, "frequency": t.Frequency, "phase": t.Phase, "size_contrast": t.SizeContrast, "plaids": t.Plaids,
		"orientations": array.New(t.Axes.Orientations), "frequencies": array.New(t.Axes.Frequencies), "phases": array.New(t.Axes.Phases),
		"sizes": array.New(t.Axes.Sizes), "contrasts": array.New(t.Axes.Contrasts), "plaid_contrasts": array.New(t.Axes.PlaidContrasts),
	}
}

func tuningOf(neurons []int, kept map[string]array.Array) (*insilico.Tuning, error) {
	t := &insilico.Tuning{
		Orientation: kept["orientation"], Frequency: kept["frequency"], Phase: kept["phase"], SizeContrast: kept["size_contrast"], Plaids: kept["plaids"],
		Optimal: &insilico.Optimal{Neurons: neurons, Dead: kept["dead"].Data.([]bool)},
	}
	var err error
	floats := func(name string) (v []float64) {
		if err == nil {
			v, err = kept[name].Float64s()
		}
		return v
	}
	t.Axes = insilico.Axes{Orientations: floats("orientations"), Frequencies: floats("frequencies"), Phases: floats("phases"), Sizes: floats("sizes"), Contrasts: floats("contrasts"), PlaidContrasts: floats("plaid_contrasts")}
	for v := range slices.Chunk(floats("gabors"), 7) {
		t.Optimal.Gabors = append(t.Optimal.Gabors, insilico.Gabor{X: v[0], Y: v[1], Size: v[2], Frequency: v[3], Contrast: v[4], Orientation: v[5], Phase: v[6]})
	}
	if err == nil {
		t.Grey, err = kept["grey"].Float32s()
	}
	if err == nil {
		t.Optimal.Rates, err = kept["rates"].Float32s()
	}
	if err == nil {
		t.Optimal.Numbers, err = kept["numbers"].Ints()
	}
	if err == nil && len(t.Optimal.Gabors) != len(neurons) {
		err = fmt.Errorf("kept tuning: found %d Gabors for %d neurons", len(t.Optimal.Gabors), len(neurons))
	}
	return t, err
}
