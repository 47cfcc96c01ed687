package study

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"v1lab/v1model/experiments/compare"
)

// Table is one of a report's, for people.
type Table struct {
	Title  string
	Note   string // one paragraph, may be empty
	Header []string
	Rows   [][]string
}

// Tables shows all parts of a report.
func (r *Report) Tables() []Table {
	var all []Table
	if len(r.Claims) > 0 {
		all = append(all, r.ClaimsTable())
	}
	if r.Search != nil {
		all = append(all, r.Search.table())
	}
	if r.Performance != nil {
		all = append(all, r.Performance.tables()...)
	}
	if r.Efficiency != nil {
		all = append(all, r.Efficiency.table())
	}
	if r.Transfer != nil {
		all = append(all, r.Transfer.tables()...)
	}
	if r.Clusters != nil {
		all = append(all, clusterTables(r.Clusters)...)
	}
	if r.Sparsity != nil {
		all = append(all, sparsityTable(r.Sparsity))
	}
	return all
}

// ClaimsTable shows the paper's claims.
func (r *Report) ClaimsTable() Table {
	t := Table{Title: "The paper's claims", Header: []string{"claim", "holds here", "our figure"}}
	for _, c := range r.Claims {
		t.Rows = append(t.Rows, []string{c.Name, string(c.Holds), c.Text})
	}
	return t
}

func (p *PerformanceReport) tables() []Table {
	curve := Table{
		Title:  "Performance over the number of features",
		Note:   "Each plain CNN has as many feature maps in every layer as the equivariant model beside it has features times orientations. Validation loss and test correlation are means over seeds, with SD.",
		Header: []string{"features", "maps", "validation loss, equivariant", "validation loss, CNN", "test correlation, equivariant", "test correlation, CNN", "of the ceiling, equivariant", "of the ceiling, CNN"},
	}
	for _, s := range p.Curve {
		a, b := s.Equivariant, s.CNN
		curve.Rows = append(curve.Rows, []string{fmt.Sprint(s.Features), fmt.Sprint(a.Maps), loss(a), loss(b), pm(a.MeanCorr, a.SDCorr), pm(b.MeanCorr, b.SDCorr), fraction(a), fraction(b)})
	}
	table := Table{
		Title:  "Models side by side",
		Note:   fmt.Sprintf("Means over seeds, with SD; the last column is the fit with the lowest validation loss. The ceiling is %s.", digits(float64(p.Table.Ceiling))),
		Header: []string{"model", "preset", "maps", "validation loss", "test correlation", "of the ceiling", "best by validation"},
	}
	for _, m := range p.Table.Models {
		table.Rows = append(table.Rows, []string{m.Name, m.Preset, fmt.Sprint(m.Maps), loss(m), pm(m.MeanCorr, m.SDCorr), fraction(m), digits(float64(m.Best.TestCorr))})
	}
	return []Table{curve, table}
}

func loss(m compare.Row) string {
	var values []float64
	for _, f := range m.Fits {
		values = append(values, float64(f.ValLoss))
	}
	s := spreadOf(values)
	return pm(s.Mean, s.SD)
}

func fraction(m compare.Row) string {
	var values []float64
	for _, f := range m.Fits {
		values = append(values, float64(f.FractionOfCeiling))
	}
	return digits(float64(spreadOf(values).Mean))
}

func (s Spread) String() string { return pm(s.Mean, s.SD) }

func (e *EfficiencyReport) table() Table {
	t := Table{
		Title:  "Data efficiency",
		Note:   "Test correlation with a share of the training images. The subsets of one seed are nested, and both models see the same.",
		Header: []string{"share of the images", "images", "equivariant", "plain CNN, as many maps", "difference"},
	}
	for _, p := range e.Points {
		t.Rows = append(t.Rows, []string{percent(p.Share), fmt.Sprint(p.Images), p.Equivariant.String(), p.CNN.String(), digits(float64(p.Equivariant.Mean - p.CNN.Mean))})
	}
	return t
}

func percent(share float64) string { return fmt.Sprintf("%g %%", 100*share) }

func (r *TransferReport) tables() []Table {
	dealt := Table{
		Title: "Cores that learned from some neurons",
		Note: "The core learns from every k-th neuron; all have a readout. Test correlation, mean over the neurons that the core learned from and over the others, " +
			"beside what the same neurons reach with the core that learned from all." + r.changing(),
		Header: []string{"k", "neurons learned from", "these", "the others", "these, core of all", "the others, core of all"},
	}
	for _, d := range r.Neurons {
		dealt.Rows = append(dealt.Rows, []string{fmt.Sprint(d.Every), fmt.Sprint(d.Learned), d.Trained.String(), d.Transferred.String(), d.AllTrained.String(), d.AllOthers.String()})
	}
	if len(r.Second) == 0 {
		return []Table{dealt}
	}
	second := Table{
		Title:  "A core kept for another recording",
		Note:   "Test correlation on a second recording with a share of its training images: with the core of the first recording kept as it is and the readout alone fitted, and with everything fitted. " + r.gain(),
		Header: []string{"share of the images", "images", "core kept", "everything fitted", "difference"},
	}
	for _, p := range r.Second {
		second.Rows = append(second.Rows, []string{percent(p.Share), fmt.Sprint(p.Images), p.Kept.String(), p.Whole.String(), digits(float64(p.Kept.Mean - p.Whole.Mean))})
	}
	return []Table{dealt, second}
}

// changing warns of reading a column from top to bottom.
func (r *TransferReport) changing() string {
	if len(r.Neurons) == 0 {
		return ""
	}
	last := r.Neurons[len(r.Neurons)-1]
	return fmt.Sprintf(" Which neurons these are changes with k, at k = %d the core saw %d: their mean is to be read beside that of the same neurons with the core of all, not from row to row.", last.Every, last.Learned)
}

// gain says what a kept core saves.
func (r *TransferReport) gain() string {
	least := r.Second[0].Images
	switch {
	case r.Within && float64(r.Gain) > 1:
		return fmt.Sprintf("Fitting everything takes %.1f times the images to predict as well as the kept core does with %d.", float64(r.Gain), least)
	case r.Within || float64(r.Gain) <= 1:
		return fmt.Sprintf("With %d images the kept core has no advantage.", least)
	}
	return fmt.Sprintf("Fitting everything with %.0f times the images does not predict as well as the kept core does with %d.", float64(r.Gain), least)
}

func clusterTables(rows []ClusterRow) []Table {
	header := []string{"condition", "images", "neurons", "types", "SNR", "test correlation", "dead neurons"}
	truth := Table{
		Title: "Groups of neurons against the truth",
		Note: "Adjusted Rand index with the true types: 1 is the same division, 0 is chance. Joint: neurons are turned over orientation while they are grouped, as `v1lab cluster` does by default; aligned: before. " +
			"The number of groups is chosen by the silhouette, or known; in brackets that of each seed. Dead neurons, those without weights, are in no group and do not count.",
		Header: header,
	}
	stable := Table{
		Title: "Stability of the groups", Header: header[:5:5],
		Note: "Adjusted Rand index between fits with different seeds, mean over pairs. With a share of the images, the seeds have different ones; in other populations they have other neurons, so that there is nothing to compare.",
	}
	for i, row := range rows {
		name, snr := titleOfCondition(row, rows[0]), fmt.Sprintf("%g", float64(row.SNR))
		if row.SNR != row.SNR {
			snr = "\u2013"
		}
		about := []string{name, fmt.Sprint(row.Images), fmt.Sprint(row.Neurons), fmt.Sprint(row.Types), snr}
		t, s := append(append([]string{}, about...), row.Corr.String(), orDash("%.1f", float64(row.Dead.Mean))), about
		for _, a := range row.Methods {
			if i == 0 {
				truth.Header, stable.Header = append(truth.Header, titleOf(a.Method)), append(stable.Header, titleOf(a.Method))
			}
			t = append(t, fmt.Sprintf("%s %s", a.Truth, strings.ReplaceAll(fmt.Sprint(a.K), " ", ", ")))
			s = append(s, digits(float64(a.Stability)))
		}
		truth.Rows, stable.Rows = append(truth.Rows, t), append(stable.Rows, s)
	}
	if rows[0].Types == 0 { // nothing to hold the groups against
		return []Table{stable}
	}
	return []Table{truth, stable}
}

func titleOfCondition(row, main ClusterRow) string {
	switch row.Condition {
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

func sparsityTable(rows []SparsityRow) Table {
	t := Table{
		Title: "Sparsity of the readout",
		Note: "Clean neurons have one feature above half of their power; active features have more than 5 %, mean over neurons. " +
			"Features of 90 %: how many it takes to have the strongest one of 90 % of the neurons. Dead neurons, those without weights, do not count. Of two features one always has half of the power.",
		Header: []string{"model", "features", "test correlation", "clean neurons", "active features", "features of 90 %", "dead neurons"},
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, []string{r.Model, fmt.Sprint(r.Of), r.Corr.String(), r.Clean.String(), r.Active.String(), r.Shared.String(), orDash("%.1f", float64(r.Dead.Mean))})
	}
	return t
}

// Markdown is the report as a page of tables. figures are the names of pictures beside it, shown at the end.
func (r *Report) Markdown(figures ...string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Study, scale %s\n", r.Scale)
	line("Recording `%s`, %d fits, %s each. %.0f minutes were spent in fits.", r.Data, r.Fits, seeds(r.Seeds), r.Seconds/60)
	if r.Second != "" && r.Transfer != nil {
		line("Second recording `%s`.", r.Second)
	}
	line("Seeds are those of start values, of the order of images and of subsets; the recording is the same, so that spreads say nothing of other populations.")
	if slices.ContainsFunc(r.Clusters, func(row ClusterRow) bool { return row.Condition == ByPopulation }) {
		line("One row of the clusters, other populations, has another recording for each seed.")
	}
	if r.Note != "" {
		line("%s", r.Note)
	}
	for _, t := range r.Tables() {
		line("\n## %s\n", t.Title)
		if t.Note != "" {
			line("%s\n", t.Note)
		}
		row := func(cells []string) {
			for i, c := range cells {
				cells[i] = strings.ReplaceAll(c, "|", `\|`)
			}
			line("| %s |", strings.Join(cells, " | "))
		}
		row(t.Header)
		line("|%s", strings.Repeat("---|", len(t.Header)))
		for _, cells := range t.Rows {
			row(cells)
		}
	}
	if len(figures) > 0 {
		line("\n## Figures\n")
	}
	for _, f := range figures {
		line("![%s](%s)\n", strings.TrimSuffix(f, ".png"), f)
	}
	return b.Bytes()
}

func seeds(n int) string {
	if n == 1 {
		return "one seed"
	}
	return fmt.Sprintf("%d seeds", n)
}
