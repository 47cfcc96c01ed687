package study

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/jsonfloat"
)

// Claim is one of the paper's and how it fares here.
type Claim struct {
	Name  string  `json:"name"`
	Holds Verdict `json:"holds"`
	Text  string  `json:"text"` // our figure
}

// Verdict says whether a claim holds.
type Verdict string

// Verdicts.
const (
	Yes    Verdict = "yes"
	Partly Verdict = "partly" // for some sizes of the model or shares of the images
	No     Verdict = "no"
)

func verdictOf(holds, of int) Verdict {
	switch {
	case holds == 0:
		return No
	case holds < of:
		return Partly
	}
	return Yes
}

// claims states those that the parts at hand tell about.
func (r *Report) claims() []Claim {
	var all []Claim
	if p := r.Performance; p != nil {
		all = append(all, betterPrediction(p, r.Search))
	}
	if e := r.Efficiency; e != nil {
		all = append(all, betterEfficiency(e, r.Search))
	}
	if len(r.Sparsity) > 0 {
		all = append(all, fewShared(r.Sparsity), sparseUse(r.Sparsity))
	}
	return all
}

// betterPrediction holds if the main model is ahead of every plain CNN, and each model of the one with as many maps.
func betterPrediction(p *PerformanceReport, s *SearchReport) Claim {
	main := p.Table.Models[0]
	var best compare.Row
	found, ahead := false, 0
	consider := func(row compare.Row) {
		if !found || row.MeanCorr > best.MeanCorr {
			best, found = row, true
		}
	}
	for _, row := range p.Table.Models {
		if strings.HasPrefix(row.Name, "cnn-") {
			consider(row)
		}
	}
	for _, s := range p.Curve {
		consider(s.CNN)
		if s.Equivariant.MeanCorr > s.CNN.MeanCorr {
			ahead++
		}
	}
	gap := float64(main.MeanCorr - best.MeanCorr)
	holds := ahead
	if gap > 0 {
		holds++
	}
	return Claim{"better prediction", verdictOf(holds, len(p.Curve)+1), fmt.Sprintf(
		"test correlation %s with %s, %s with the best plain CNN (%s): a difference of %s. With as many maps in every layer, the equivariant model is ahead for %d of %d numbers of features.",
		pm(main.MeanCorr, main.SDCorr), main.Name, pm(best.MeanCorr, best.SDCorr), best.Name, signed(gap), ahead, len(p.Curve)) + s.caveat()}
}

// betterEfficiency holds for a share of the images if the equivariant model is ahead of the plain CNN with as many maps.
func betterEfficiency(e *EfficiencyReport, s *SearchReport) Claim {
	ahead := 0
	for _, p := range e.Points {
		if p.Equivariant.Mean > p.CNN.Mean {
			ahead++
		}
	}
	first, last := e.Points[0], e.Points[len(e.Points)-1]
	text := fmt.Sprintf("ahead of the plain CNN with as many maps at %d of %d shares of the training images, by %s with %d images and %s with all %d.", ahead, len(e.Points),
		signed(float64(first.Equivariant.Mean-first.CNN.Mean)), first.Images, signed(float64(last.Equivariant.Mean-last.CNN.Mean)), last.Images)
	switch {
	case e.Within:
		text += fmt.Sprintf(" It needs %.0f %% of the images to predict as the CNN does with all.", 100*float64(e.Needs))
	case first.Equivariant.Mean >= last.CNN.Mean:
		text += fmt.Sprintf(" The fewest images that were fitted, %g %%, are enough to predict as the CNN does with all.", 100*float64(e.Needs))
	default:
		text += " With all images it does not reach the CNN."
	}
	return Claim{"better data efficiency", verdictOf(ahead, len(e.Points)), text + s.caveat()}
}

// fewShared judges each number of features by itself.
func fewShared(rows []SparsityRow) Claim {
	models, dense := controls(rows)
	var v verdicts
	for _, row := range models {
		text := fmt.Sprintf("%s of %d", tenths(row.Shared.Mean), row.Of)
		if control, ok := dense[row.Of]; ok {
			text += fmt.Sprintf(" (dense readout %s)", tenths(control.Shared.Mean))
		}
		v.add(row.Of, float64(row.Shared.Mean) <= float64(row.Of)/2, text)
	}
	return Claim{"few features are shared by many neurons", v.holds(), "It holds for a number of features if at most half of them are enough to have the strongest one of 90 % of the neurons, mean over fits: " + v.text() + "."}
}

// sparseUse judges each number of features by itself, from 3: of two features one always has half of the power.
func sparseUse(rows []SparsityRow) Claim {
	models, dense := controls(rows)
	var v verdicts
	for _, row := range models {
		if row.Of < 3 {
			continue
		}
		holds := row.Clean.Mean > 0.5
		text := fmt.Sprintf("%s clean, %s active", wholePercent(row.Clean.Mean), tenths(row.Active.Mean))
		if control, ok := dense[row.Of]; ok {
			holds = holds && row.Active.Mean < control.Active.Mean && row.Clean.Mean > control.Clean.Mean
			text += fmt.Sprintf(" (dense readout %s, %s)", wholePercent(control.Clean.Mean), tenths(control.Active.Mean))
		}
		v.add(row.Of, holds, text)
	}
	return Claim{"neurons use few of them", v.holds(), "It holds for a number of features if over half of the neurons are clean (one feature has over half of their power) and, where there is a dense control, " +
		"more are clean and fewer features active than with it: " + v.text() + ". The paper has 62 % clean and 3 active of 16, 8 with the dense readout."}
}

// controls divides the rows into models by number of features, in their order, and the dense controls.
func controls(rows []SparsityRow) (models []SparsityRow, dense map[int]SparsityRow) {
	dense = map[int]SparsityRow{}
	for _, row := range rows {
		if strings.HasPrefix(row.Model, Dense) {
			dense[row.Of] = row
		} else {
			models = append(models, row)
		}
	}
	return models, dense
}

// verdicts are those on one claim for several numbers of features.
type verdicts struct {
	yes, no, texts []string
}

func (v *verdicts) add(features int, holds bool, text string) {
	n := strconv.Itoa(features)
	if holds {
		v.yes = append(v.yes, n)
	} else {
		v.no = append(v.no, n)
	}
	v.texts = append(v.texts, fmt.Sprintf("with %s features %s", n, text))
}

func (v *verdicts) holds() Verdict { return verdictOf(len(v.yes), len(v.yes)+len(v.no)) }

// text has each figure and says where the claim holds.
func (v *verdicts) text() string {
	text := strings.Join(v.texts, ", ")
	switch {
	case len(v.texts) == 0:
		return "no number of features to judge it by"
	case len(v.no) == 0:
		return text + ". So it does with all"
	case len(v.yes) == 0:
		return text + ". So it does with none"
	}
	return text + ". So it does with " + list(v.yes) + ", not with " + list(v.no)
}

func list(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// pm writes a mean with its SD, if there is one.
func pm[T ~float64](mean, sd T) string {
	text := digits(float64(mean))
	if !math.IsNaN(float64(sd)) {
		text += " \u00b1 " + digits(float64(sd))
	}
	return text
}

// digits writes three after the point, a dash for what does not exist.
func digits(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "\u2013"
	}
	return strings.Replace(fmt.Sprintf("%.3f", v), "-", "\u2212", 1)
}

// signed writes a difference with its sign.
func signed(v float64) string {
	if v > 0 {
		return "+" + digits(v)
	}
	return digits(v)
}

// tenths and wholePercent write a dash for what does not exist.
func tenths(v jsonfloat.Float) string { return orDash("%.1f", float64(v)) }

func wholePercent(share jsonfloat.Float) string { return orDash("%.0f %%", 100*float64(share)) }

func orDash(format string, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "\u2013"
	}
	return fmt.Sprintf(format, v)
}
