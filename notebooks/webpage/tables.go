package webpage

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/schedule"
	"v1lab/v1model/score"
)

var missing = jsonfloat.Float(math.NaN())

// headline sets the most important numbers.
func (a *analysed) headline() {
	shape := a.run.Dataset.Shape
	add := func(name, value, remark string) { a.Headline = append(a.Headline, fact{name, value, remark}) }
	if s := a.scores; s != nil {
		add("test correlation", show(s.TestCorr), "mean over neurons")
		add("of the ceiling", percent(s.FractionOfCeiling), "ceiling "+show(s.Ceiling))
		add("FEVE", show(s.FEVE), fmt.Sprintf("over %d reliable neurons", s.Reliable))
	}
	if a.types != nil {
		add("cell types", fmt.Sprint(a.found.K), "silhouette "+show(a.found.Silhouette))
	}
	if a.found.ARITruth != nil {
		add("agreement with the truth", show(*a.found.ARITruth), "adjusted Rand index")
	}
	add("neurons", fmt.Sprint(shape.Neurons), fmt.Sprintf("%d \u00d7 %d pixels", shape.Height, shape.Width))
}

func (a *analysed) scoreFacts() []fact {
	r := a.scores
	if r == nil {
		return nil
	}
	facts := []fact{
		{"test correlation", show(r.TestCorr), fmt.Sprintf("with the average over repeats; mean over %d neurons, SD %s", len(r.Neurons)-r.Unscored, show(r.TestCorrSD))},
		{"ceiling", show(r.Ceiling), "mean over neurons of the best possible test correlation"},
		{"fraction of the ceiling", percent(r.FractionOfCeiling), ""},
		{"FEVE", show(r.FEVE), fmt.Sprintf("fraction of the explainable variance that is explained; mean over the %d of %d neurons with %g %% or more of it", r.Reliable, len(r.Neurons), 100*score.MinExplainable)},
		{"CC_norm", show(r.CCNorm), "normalised correlation, over the same"},
		{"single test trials", show(r.TrialCorr), "mean correlation; of the other trials' mean: " + show(r.Oracle)},
		{"validation correlation", show(r.ValCorr), "single trials"},
		{"validation loss", show(r.ValLoss), r.Loss + "; of each neuron's mean training rate: " + show(r.ConstantLoss)},
	}
	if len(r.Covariates) > 0 {
		facts = append(facts, fact{"covariates", strings.Join(r.Covariates, ", "), "each trial is predicted with its own; other scores than single trials average over trials, and can exceed a ceiling of the images alone"})
	}
	if r.TrueGainCorr != nil {
		facts = append(facts, fact{"true gain", show(*r.TrueGainCorr), "correlation of the gain with that of the simulation, over test trials"})
	}
	if r.TrueShiftError != nil {
		facts = append(facts, fact{"true shift", show(*r.TrueShiftError), "mean distance from the simulation's eye movements, in pixels"})
	}
	return facts
}

func (a *analysed) fitFacts() []fact {
	r := a.result
	if !a.over {
		return nil
	}
	if r.Reason == runfolder.ReasonImported {
		return []fact{{"fit", "elsewhere", "the weights were imported"}}
	}
	why := schedule.Why(r.Reason)
	facts := []fact{
		{"steps", fmt.Sprint(r.Steps), why},
		{"best", fmt.Sprint(r.Best), fmt.Sprintf("the step of the weights kept, validation loss %s", show(r.ValLoss))},
		{"time", fmt.Sprintf("%.1f s", r.Seconds), ""},
	}
	if from := a.run.Config.Fit.CoreFrom; from != nil {
		how, what := "frozen", "only the readout was trained"
		if rate := a.run.Config.Fit.CoreRate; rate != 0 {
			how, what = "fine-tuned", fmt.Sprintf("trained at %g of the readout's learning rate", rate)
		}
		facts = append(facts, fact{"core", how, "taken from " + from.Run + ": " + what})
	}
	return facts
}

func (a *analysed) featureFacts() []fact {
	clean, all, alive := 0, 0, a.weight.Neurons-len(a.dead)
	for n, is := range a.power.Clean() {
		if is {
			clean++
		}
		all += a.power.Active()[n]
	}
	facts := []fact{
		{"clean neurons", percent(jsonfloat.Float(float64(clean) / float64(alive))), "one feature has more than half of their power"},
		{"active features", show(jsonfloat.Float(float64(all) / float64(alive))), fmt.Sprintf("mean per neuron, with more than %g %% of its power", 100*features.PowerThreshold)},
	}
	if e := a.turns; e != nil {
		remark := "difference between turning the image by 90 degrees and turning the maps, on images of the model's own size: 0 is perfect, 1.4 unrelated; of the rates " + show(e.Rates)
		if e.Displaced() {
			remark += "; strides on maps of even size, or filters of even size, displace the maps"
		}
		facts = append(facts, fact{"equivariance error", show(e.Quarter), remark})
	}
	return facts
}

func (a *analysed) featureTable() table {
	t := table{Head: []string{"feature", "neurons it is strongest for", fmt.Sprintf("weights above %g", a.used), "of one sign"}}
	counts, used, sign := a.power.Counts(), a.weight.Used(a.used), a.weight.SignShare(a.used)
	for f := range counts {
		t.Rows = append(t.Rows, []string{fmt.Sprint(f), fmt.Sprint(counts[f]), fmt.Sprint(used[f]), percent(jsonfloat.Float(sign[f]))})
	}
	return t
}

func (a *analysed) typeFacts() []fact {
	if a.types == nil {
		return nil
	}
	facts := []fact{
		{"clusters", fmt.Sprint(a.found.K), "chosen by silhouette; method " + a.found.Method},
		{"silhouette", show(a.found.Silhouette), ""},
	}
	if a.found.ARITruth != nil {
		facts = append(facts, fact{"agreement with the truth", show(*a.found.ARITruth), "adjusted Rand index: 1 is the truth, 0 chance"})
	}
	return facts
}

func (a *analysed) typeTables() []titledTable {
	sizes := table{Head: append([]string{"cluster", "neurons", "exemplars, the medoid first"}, a.found.Types...)}
	for l, size := range a.found.Sizes {
		row := []string{fmt.Sprint(l), fmt.Sprint(size), a.few(a.found.Exemplars[l], 5)}
		for t := range a.found.Types {
			row = append(row, fmt.Sprint(a.found.Confusion[l][t]))
		}
		sizes.Rows = append(sizes.Rows, row)
	}
	tried := table{Head: []string{"clusters tried", "silhouette"}} // of the joint method, which has no likelihood
	for _, t := range a.found.Tried {
		tried.Rows = append(tried.Rows, []string{fmt.Sprint(t.K), show(t.Silhouette)})
	}
	all := []titledTable{{"Clusters", sizes}}
	if len(tried.Rows) > 1 {
		all = append(all, titledTable{"What the number of clusters was chosen from", tried})
	}
	return all
}

// sessionTables has the scores of each of several sessions.
func (a *analysed) sessionTables() []titledTable {
	if a.scores == nil || len(a.scores.Sessions) == 0 {
		return nil
	}
	t := table{Head: []string{"session", "neurons", "test corr.", "SD", "ceiling", "of the ceiling", "FEVE", "validation loss", "of constant rates"}}
	for _, s := range a.scores.Sessions {
		t.Rows = append(t.Rows, []string{datasets.Printable(s.Name), fmt.Sprint(s.Neurons), show(s.TestCorr), show(s.TestCorrSD), show(s.Ceiling), percent(s.FractionOfCeiling), show(s.FEVE), show(s.ValLoss), show(s.ConstantLoss)})
	}
	return []titledTable{{"Sessions", t}}
}

// memberTables counts the members of each cluster in each of several sessions.
func memberTables(members []celltypes.Members) []titledTable {
	if len(members) == 0 {
		return nil
	}
	t := table{Head: []string{"session", "neurons", "dead"}}
	for l := range members[0].Clusters {
		t.Head = append(t.Head, fmt.Sprint("cluster ", l))
	}
	for _, m := range members {
		row := []string{datasets.Printable(m.Session), fmt.Sprint(m.Neurons), fmt.Sprint(m.Dead)}
		for _, n := range m.Clusters {
			row = append(row, fmt.Sprint(n))
		}
		t.Rows = append(t.Rows, row)
	}
	return []titledTable{{"Members of the clusters in each session", t}}
}

// methodTable compares methods of clustering.
func (a *analysed) methodTable(all []report.Grouped) titledTable {
	head, rows := report.MethodTable(all, a.run.Truth())
	return titledTable{"Methods of clustering", table{head, rows}}
}

// neurons returns a table with a row for each neuron, sorted by test correlation.
func (a *analysed) neurons() table {
	t := table{Head: []string{"neuron"}}
	if a.scores != nil {
		t.Head = append(t.Head, "test corr.", "val. corr.", "ceiling", "explainable", "FEVE", "CC_norm", "trial corr.", "oracle")
	}
	t.Head = append(t.Head, "feature", "active features", "clean", "cluster", "distance", "turn (deg)")
	truth := a.run.Truth()
	if truth != nil {
		t.Head = append(t.Head, "true type")
	}
	silence, err := a.run.Silence()
	if err != nil || len(a.dead) == 0 {
		silence = nil
	} else {
		t.Head = append(t.Head, "dead")
	}
	order := make([]int, a.weight.Neurons)
	for n := range order {
		order[n] = n
	}
	if a.scores != nil {
		slices.SortStableFunc(order, func(x, y int) int {
			return cmp.Compare(a.scores.Neurons[y].TestCorr, a.scores.Neurons[x].TestCorr) // NaN counts as lowest
		})
	}
	group, active, clean := a.power.Group(), a.power.Active(), a.power.Clean()
	for _, n := range order {
		row := []string{a.id(n)}
		if a.scores != nil {
			s := a.scores.Neurons[n]
			for _, v := range []jsonfloat.Float{s.TestCorr, s.ValCorr, s.Ceiling, s.Explainable, s.FEVE, s.CCNorm, s.TrialCorr, s.Oracle} {
				row = append(row, show(v))
			}
		}
		yes := map[bool]string{true: "yes", false: "no"}[clean[n]]
		row = append(row, label(group[n]), fmt.Sprint(active[n]), yes, label(a.found.Labels[n]), show(a.found.Distances[n]), show(a.found.Shifts[n]*180/math.Pi))
		if truth != nil {
			row = append(row, typeName(truth.TypeNames, truth.Type[n]))
		}
		if silence != nil {
			row = append(row, silence[n].String())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// label formats a group or cluster, a negative one (none) as a dash.
func label(l int) string {
	if l < 0 {
		return show(missing)
	}
	return fmt.Sprint(l)
}

func typeName(names []string, t int) string {
	if t >= 0 && t < len(names) {
		return names[t]
	}
	return fmt.Sprint("type ", t)
}

// harmless returns a name that a spreadsheet takes for a text, not for a formula.
func harmless(name string) string {
	if _, err := strconv.ParseFloat(name, 64); err == nil || name == "" || !strings.Contains("=+-@\t\r", name[:1]) {
		return name
	}
	return "'" + name
}

// csvLink returns a table as a CSV file in a data URL, with ASCII minus signs and empty cells for missing numbers.
func csvLink(t table) (template.URL, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(t.Head); err != nil {
		return "", fmt.Errorf("table of neurons: %w", err)
	}
	for _, row := range t.Rows {
		plain := make([]string, len(row))
		for i, cell := range row {
			plain[i] = cell
			switch {
			case i == 0: // a name
				plain[i] = harmless(cell)
			case cell == show(missing):
				plain[i] = ""
			default:
				ascii := strings.ReplaceAll(cell, "\u2212", "-") // also in an exponent
				if _, err := strconv.ParseFloat(ascii, 64); err == nil {
					plain[i] = ascii
				}
			}
		}
		if err := w.Write(plain); err != nil {
			return "", fmt.Errorf("table of neurons: %w", err)
		}
	}
	w.Flush()
	return template.URL("data:text/csv;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(text.Bytes())), w.Error() //nolint:gosec // made here
}

// corr returns a run's test correlation, NaN if it is unknown.
func corr(s *evaluate.Report) jsonfloat.Float {
	if s == nil {
		return missing
	}
	return s.TestCorr
}
