package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Clusters is the part on groups of neurons: their agreement with the true types and between seeds, and the conditions under which they fail.
const Clusters = "clusters"

var clusters = part{
	name: Clusters,
	fits: func(b *builder) {
		for _, v := range b.plan.variations() {
			b.add(v.Condition, b.models.equivariant(b.plan.Main))
		}
	},
	report: func(w *reporter, r *Report) { r.Clusters = w.clusters() },
	tables: func(r *Report) []Table {
		if r.Clusters == nil {
			return nil
		}
		return append(clusterTables(r.Clusters), foundTables(r.Clusters)...)
	},
	claims: func(r *Report) []Claim { return foundClaims(r.Clusters) },
}

// ClusterRow is how groups of neurons agree with the truth, and from seed to seed, under one condition.
type ClusterRow struct {
	Change  string          `json:"condition"` // what differs from the main fit (training images, neurons, types, signal-to-noise ratio, population, size); empty for the main fit
	Images  int             `json:"images"`    // training images
	Neurons int             `json:"neurons"`   // number of neurons
	Types   int             `json:"types"`     // 0 where they are not known
	SNR     jsonfloat.Float `json:"snr"`       // of a simulation
	Corr    Spread          `json:"test_corr"` // test correlation
	Dead    Spread          `json:"dead"`      // neurons silent in training or without weights, left out of the indices
	Methods []Agreement     `json:"methods"`   // agreement with the truth and between seeds, by method
	Hard    bool            `json:"hard"`      // one of the hardest, with more seeds
	Found   *Found          `json:"found"`     // the number of clusters by stability, and the consensus; null where too few neurons have weights
}

// Agreement holds the adjusted Rand indices of one method's groups.
type Agreement struct {
	Method    string          `json:"method"`    // name of the method
	K         []int           `json:"k"`         // by seed
	Truth     Spread          `json:"truth"`     // adjusted Rand index with the true types
	Stability jsonfloat.Float `json:"stability"` // mean over pairs of seeds; null where they have other neurons
}

// variation is a condition that differs from the main fit in one respect that may make clusters fail.
type variation struct {
	change string // one of the constants below
	Condition
}

// Respects in which a variation differs from the main fit.
const (
	ByImages  = "training images"
	ByNeurons = "neurons"
	ByTypes   = "types"
	BySNR     = "signal-to-noise ratio"
	ByNoTypes = "continuum"

	ByPopulation = "population" // other simulations, one for each seed
	BySize       = "size"       // more neurons and images
)

// variations are the conditions of Clusters beside the main fit; those with fewer images are those of Efficiency.
func (p *Plan) variations() []variation {
	main := equivariantName(p.Main)
	var all []variation
	for i, share := range p.Shares {
		all = append(all, variation{ByImages, Condition{Name: subsetName(main, share), Share: share, Hard: i == 0}})
	}
	for _, share := range p.NeuronShares {
		all = append(all, variation{ByNeurons, Condition{Name: fmt.Sprintf("%s-neurons%g", main, share), NeuronShare: share}})
	}
	spec, err := datasets.ParseSpec(p.Data)
	if err != nil || spec.Scheme != "simulated" {
		return all
	}
	for _, n := range p.Types {
		names := simulated.AllTypeNames()
		all = append(all, variation{ByTypes, Condition{Name: fmt.Sprintf("%s-types%d", main, n), Data: withOption(p.Data, "types", strings.Join(names[:min(n, len(names))], ",")), Hard: n > len(simulated.TypeNames())}})
	}
	for _, snr := range p.SNR {
		all = append(all, variation{BySNR, Condition{Name: fmt.Sprintf("%s-snr%g", main, snr), Data: withOption(p.Data, "snr", strconv.FormatFloat(snr, 'g', -1, 64)), Hard: snr == slices.Min(p.SNR)}})
	}
	if p.Continuum {
		all = append(all, variation{ByNoTypes, Condition{Name: main + "-continuum", Data: withOption(p.Data, "types", simulated.Continuum)}})
	}
	if p.Populations > 0 {
		all = append(all, variation{ByPopulation, Condition{Name: main + "-populations", SimulationSeed: p.Populations}})
	}
	if p.MoreNeurons > 0 && p.MoreImages > 0 {
		data := withOption(withOption(p.Data, "neurons", strconv.Itoa(p.MoreNeurons)), "images", strconv.Itoa(p.MoreImages))
		all = append(all, variation{BySize, Condition{Name: fmt.Sprintf("%s-neurons%d-images%d", main, p.MoreNeurons, p.MoreImages), Data: data}})
	}
	return all
}

// rows are the conditions of Clusters, the main fit first.
func (p *Plan) rows() []variation {
	return append([]variation{{Condition: Condition{Name: equivariantName(p.Main)}}}, p.variations()...)
}

func (w *reporter) clusters() []ClusterRow {
	var rows []ClusterRow
	for _, v := range w.rows() {
		outcomes := w.outcomes[v.Name]
		first := outcomes[0]
		row := ClusterRow{Change: v.change, Images: first.Images, Neurons: len(first.Corr), Types: distinct(first.Types), SNR: snrOf(w.conditions[v.Name].Data), Hard: v.Hard, Corr: spreadOver(outcomes, testCorr)}
		row.Dead = spreadOver(outcomes, func(o *Outcome) float64 { return float64(o.Use.Dead) })
		for _, m := range Methods() {
			if m.Known && row.Types == 0 {
				continue
			}
			a := Agreement{Method: m.Name, Stability: jsonfloat.Float(math.NaN())}
			var sets [][]int
			var truth []float64
			for _, o := range outcomes {
				labels, ok := o.Use.Labels[m.Name]
				if !ok { // too few neurons have weights
					a.K, truth = append(a.K, 0), append(truth, math.NaN())
					continue
				}
				sets = append(sets, labels)
				a.K = append(a.K, distinct(labels))
				ari := math.NaN()
				if row.known() {
					ari = features.Agreement(labels, o.Types)
				}
				truth = append(truth, ari)
			}
			a.Truth = spreadOf(truth)
			if v.SimulationSeed == 0 {
				a.Stability = jsonfloat.Float(stability(sets))
			}
			row.Methods = append(row.Methods, a)
		}
		row.Found = w.found[v.Name]
		rows = append(rows, row)
	}
	return rows
}

// stability is the mean agreement of all pairs of divisions, NaN of fewer than two.
func stability(sets [][]int) float64 {
	s, err := features.Stable(sets)
	if err != nil {
		return math.NaN()
	}
	return s.Mean
}

// snrOf is a simulation's signal-to-noise ratio, NaN for other data.
func snrOf(data string) jsonfloat.Float {
	spec, err := datasets.ParseSpec(data)
	if err != nil || spec.Scheme != "simulated" {
		return jsonfloat.Float(math.NaN())
	}
	if snr, err := strconv.ParseFloat(spec.Options.Get("snr"), 64); err == nil {
		return jsonfloat.Float(snr)
	}
	return jsonfloat.Float(simulated.Default().SNR)
}

func clusterTables(rows []ClusterRow) []Table {
	header := []string{"condition", "images", "neurons", "types", "SNR", "test correlation", "dead neurons"}
	truth := Table{
		Title: "Groups of neurons against the truth",
		Note: "Adjusted Rand index with the true types: 1 is the same division, 0 is chance. Joint: neurons are turned over orientation while they are grouped, as `v1lab cluster` does by default; aligned: before. " +
			"The number of groups is chosen by the silhouette, or known; in brackets that of each seed. Dead neurons, silent in training or without weights, are in no group and do not count.",
		Header: header,
	}
	stable := Table{
		Title: "Stability of the groups", Header: header[:5:5],
		Note: "Adjusted Rand index between fits with different seeds, mean over pairs. With a share of the images, the seeds have different ones; in other populations they have other neurons, so that there is nothing to compare.",
	}
	for i, row := range rows {
		about := []string{titleOfChange(row, rows[0]), fmt.Sprint(row.Images), fmt.Sprint(row.Neurons), typesOf(row), snrText(row)}
		t, s := append(append([]string{}, about...), row.Corr.String(), orDash("%.1f", float64(row.Dead.Mean))), about
		for _, a := range row.Methods {
			if i == 0 {
				truth.Header, stable.Header = append(truth.Header, titleOf(a.Method)), append(stable.Header, titleOf(a.Method))
			}
			t = append(t, fmt.Sprintf("%s %s", spreadText(a.Truth, row), numbers(a.K)))
			s = append(s, digits(float64(a.Stability)))
		}
		truth.Rows, stable.Rows = append(truth.Rows, t), append(stable.Rows, s)
	}
	if rows[0].Types == 0 { // nothing to hold the groups against
		return []Table{stable}
	}
	return []Table{truth, stable}
}

func titleOfChange(row, main ClusterRow) string {
	switch row.Change {
	case ByImages:
		return "fewer images"
	case ByNeurons:
		return "fewer neurons"
	case ByTypes:
		if row.Types > main.Types {
			return "more types"
		}
		return "fewer types"
	case BySNR:
		return "lower signal-to-noise ratio"
	case ByNoTypes:
		return "a continuum, no types"
	case ByPopulation:
		return "other populations"
	case BySize:
		return "more neurons and images"
	}
	return "main fit"
}

func titleOf(method string) string {
	for _, m := range Methods() {
		if m.Name == method {
			return m.Title
		}
	}
	return method
}
