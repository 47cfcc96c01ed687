package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/stats"
	"v1lab/notebooks/figures"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
)

// Readout is the readout of a fitted model as figures show it.
type Readout struct {
	Name      string // in legends, such as the name of its kind
	Weights   features.Weights
	Masks     array.Array // [neurons, height, width]
	Dead      []bool      // [neurons], silent in training or without weights; nil: not known
	Threshold float64     // magnitude above which a weight is in use: features.WeightThreshold, or less for dense readouts
}

// denseThreshold is the magnitude above which a weight of a dense readout is in use, as in the paper.
const denseThreshold = 0.003

// ReadoutOf returns the readout of a run without its silent neurons. Its name and its threshold depend on its kind.
func ReadoutOf(run *fitted.Run) (Readout, error) {
	r, err := run.Living()
	if err != nil {
		return Readout{}, err
	}
	config := run.Config.Readout
	out := Readout{Name: strings.NewReplacer("_", " ", "l1", "L1").Replace(config.Kind) + " readout", Weights: r.Weights, Masks: r.Masks, Threshold: features.WeightThreshold}
	if config.Dense() {
		out.Threshold = denseThreshold
	}
	silence, err := run.Silence()
	for _, s := range silence {
		out.Dead = append(out.Dead, s != fitted.Responds)
	}
	return out, err
}

// maxReadouts is the largest number of readouts that figures compare.
const maxReadouts = 4

func init() {
	both := []string{VerbFigures, VerbFeatures}
	for i, e := range []struct {
		name, caption string
		draw          func(...Readout) (*figures.Figure, error)
	}{
		{"weights_in_use", "Number of feature weights in use by each neuron.", WeightsInUse},
		{"active_features", "Number of features with more than 5 % of a neuron's power.", ActiveFeatures},
		{"strongest_feature", "Share of the strongest feature in each neuron's power; neurons beyond the line are clean.", StrongestFeature},
	} {
		Register(Entry{Name: e.name, Section: SectionFeatures, Place: 50 + i, Verbs: both, Caption: e.caption,
			Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
				alive, err := alive(m)
				if err != nil || len(alive) == 0 {
					return nil, err
				}
				return e.draw(alive...)
			}})
	}
	for i := range maxReadouts {
		name, of := "feature_use", ""
		if i > 0 {
			name, of = fmt.Sprintf("feature_use_%d", i+1), fmt.Sprintf(" Readout %d.", i+1)
		}
		Register(Entry{Name: name, Section: SectionFeatures, Place: 80 + i, Verbs: both,
			Caption: "Weights that use each feature, and the larger share of one sign among them." + of,
			Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
				alive, err := alive(m)
				if err != nil || len(alive) <= i {
					return nil, err
				}
				return FeatureUse(alive[i])
			}})
	}
}

// alive returns the readouts in which at least one neuron has weights.
func alive(m *Material) ([]Readout, error) {
	all, err := m.Readouts()
	return slices.DeleteFunc(slices.Clone(all), func(r Readout) bool { return r.Weights.Check() == nil && len(strongest(r)) == 0 }), err
}

// WeightsInUse draws the distribution of the number of weights in use over neurons, for up to four readouts. Neurons without weights are left out.
func WeightsInUse(readouts ...Readout) (*figures.Figure, error) {
	return histogram(figures.Distribution{Label: "Weights in use", Whole: true}, readouts, inUse)
}

// ActiveFeatures draws the distribution of the number of features with more than 5 % of a neuron's power, for up to four readouts.
func ActiveFeatures(readouts ...Readout) (*figures.Figure, error) {
	return histogram(figures.Distribution{Label: "Features with more than 5 % of the power", Whole: true}, readouts, active)
}

// StrongestFeature draws the distribution of the share of power in a neuron's strongest feature, for up to four readouts. Neurons beyond the line are
// clean.
func StrongestFeature(readouts ...Readout) (*figures.Figure, error) {
	return histogram(figures.Distribution{Label: "Share of power in the strongest feature", Ends: [2]float64{0, 1}, Mark: features.CleanThreshold}, readouts, strongest)
}

func histogram(d figures.Distribution, readouts []Readout, of func(Readout) []float64) (*figures.Figure, error) {
	for _, r := range readouts {
		if err := r.Weights.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		d.Parts = append(d.Parts, figures.Sample{Name: r.Name, Values: of(r)})
	}
	return figures.Histogram(d)
}

// FeatureUse draws for each feature of a readout the number of weights that use it and the larger share of one sign among them.
func FeatureUse(r Readout) (*figures.Figure, error) {
	if err := r.Weights.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return figures.FeatureUse(r.Weights.Used(r.Threshold), r.Weights.SignShare(r.Threshold))
}

// FeatureTable compares readouts: means over their neurons with weights, and over the features in use.
func FeatureTable(readouts ...Readout) (header []string, rows [][]string) {
	header = []string{"readout", "neurons", "dead", "weights in use", "active features", "clean neurons", "share of one sign"}
	for _, r := range readouts {
		alive := len(strongest(r))
		clean := 0
		for _, is := range r.Weights.Power().Clean() {
			if is {
				clean++
			}
		}
		if alive == 0 {
			rows = append(rows, []string{r.Name, fmt.Sprint(r.Weights.Neurons), fmt.Sprint(r.Weights.Neurons), "–", "–", "–", "–"})
			continue
		}
		rows = append(rows, []string{r.Name, fmt.Sprint(r.Weights.Neurons), fmt.Sprint(r.Weights.Neurons - alive),
			fmt.Sprintf("%.1f of %d", stats.Mean(inUse(r)), r.Weights.Rotations*r.Weights.Features), fmt.Sprintf("%.1f of %d", stats.Mean(active(r)), r.Weights.Features),
			fmt.Sprintf("%.0f %%", 100*float64(clean)/float64(alive)), decimals(100*stats.Mean(r.Weights.SignShare(r.Threshold)), 0) + " %"})
	}
	return header, rows
}

// inUse, active and strongest return a number for each neuron with weights.
func inUse(r Readout) []float64 {
	return ofLiving(r, func(n int) float64 {
		used := 0
		for _, v := range r.Weights.At(n) {
			if math.Abs(float64(v)) > r.Threshold {
				used++
			}
		}
		return float64(used)
	})
}

func active(r Readout) []float64 {
	counts := r.Weights.Power().Active()
	return ofLiving(r, func(n int) float64 { return float64(counts[n]) })
}

func strongest(r Readout) []float64 {
	power := r.Weights.Power()
	group := power.Group()
	return ofLiving(r, func(n int) float64 { return float64(power.At(n)[group[n]]) })
}

func ofLiving(r Readout, f func(n int) float64) []float64 {
	var list []float64
	for n, g := range r.Weights.Power().Group() {
		if g >= 0 {
			list = append(list, f(n))
		}
	}
	return list
}
