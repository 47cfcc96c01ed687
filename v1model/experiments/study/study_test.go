package study_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

func plan(t *testing.T, scale string, settings ...string) *study.Plan {
	t.Helper()
	p, err := study.NewPlan(scale, "", "", settings...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A study is interrupted, goes on, and is asked for again: every fit is made once, and the report is the same.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some 40 fits")
	}
	p, backend, dir := plan(t, study.Toy), pjrttest.Backend(t), filepath.Join(t.TempDir(), "study")
	p.HardSeeds = 3
	const hard = 3 // fits with the third seed: the fewest images, more types, the lowest signal-to-noise ratio
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	_, err := p.Run(ctx, backend, dir, 2, nil, grid.Watch{Progress: func(fit.Progress) {
		if steps++; steps == 9 { // in the second fit
			cancel()
		}
	}})
	if !errors.Is(err, fit.ErrInterrupted) {
		t.Fatalf("interrupted: %v", err)
	}
	run := func() (*study.Report, int, int) {
		var over, all int
		r, err := p.Run(t.Context(), backend, dir, 2, nil, grid.Watch{Started: func(s grid.Step) {
			if s.Over {
				over++
			}
			if all++; s.Number != all {
				t.Errorf("step %d is number %d", all, s.Number)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return r, over, all
	}
	first, over, all := run()
	conditions, err := p.Conditions()
	if err != nil {
		t.Fatal(err)
	}
	once := len(p.Search) // made with one seed
	if over != 1 || all != 2*len(conditions)-once+hard || first.Fits != all {
		t.Errorf("%d fits were over of %d, the report counts %d, %d conditions", over, all, first.Fits, len(conditions))
	}
	again, over, _ := run()
	if over != all || text(t, first) != text(t, again) {
		t.Errorf("%d of %d fits were over; reports\n%s\n%s", over, all, text(t, first), text(t, again))
	}
	if n, left, err := p.Fits(dir, 3); err != nil || n != 3*len(conditions)-2*once || left != len(conditions)-once-hard {
		t.Errorf("%d fits, %d left, %v", n, left, err)
	}
	holdsTogether(t, p, first)

	// A fit without scores is measured anew, and they are the same.
	if err := os.Remove(filepath.Join(dir, "scores", "dense-seed2.json")); err != nil {
		t.Fatal(err)
	}
	if third, _, _ := run(); text(t, third) != text(t, first) {
		t.Errorf("measured anew\n%s\nbefore\n%s", text(t, third), text(t, first))
	}

	other := plan(t, study.Toy, "fit.batch=8")
	_, err = other.Run(t.Context(), backend, dir, 1, nil, grid.Watch{})
	oneLine(t, err, "equivariant-2-seed1: fitted with another config")
	if _, err = study.NewPlan(study.Toy, "simulated:?neurons=3", ""); err != nil {
		t.Fatal(err)
	}
}

// holdsTogether checks that the parts of a report tell the same story.
func holdsTogether(t *testing.T, p *study.Plan, r *study.Report) {
	t.Helper()
	main := r.Performance.Curve[0].Equivariant
	if got := r.Performance.Table.Models[0]; !reflect.DeepEqual(got.Fits, main.Fits) || got.Maps != 8*p.Main {
		t.Errorf("main model %+v, in the curve %+v", got, main)
	}
	if cnn := r.Performance.Curve[1].CNN; cnn.Maps != 24 {
		t.Errorf("plain CNN beside 3 features: %d maps, want 24", cnn.Maps)
	}
	best := r.Search.Tried[0]
	for _, tried := range r.Search.Tried {
		if tried.Fit.ValLoss < best.Fit.ValLoss {
			best = tried
		}
	}
	cnn, err := runfolder.Open(strings.Replace(main.Fits[1].Run, "equivariant-2", "cnn-of-4-maps", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := cnn.Config.Readout.Sparsity; len(r.Search.Tried) != 2 || best.Sparsity != r.Search.Chosen || got != best.Sparsity {
		t.Errorf("the plain CNN's readout sparsity is %g; search %+v", got, r.Search)
	}
	points := r.Efficiency.Points
	if len(points) != 2 || points[0].Images != 32 || points[1].Images != 64 || points[1].Equivariant.Mean != main.MeanCorr {
		t.Errorf("efficiency %+v", points)
	}
	for i, d := range r.Transfer.Neurons {
		k := p.Every[i]
		learned := (12 + k - 1) / k
		mean := (float64(learned)*float64(d.AllTrained.Mean) + float64(12-learned)*float64(d.AllOthers.Mean)) / 12
		if d.Every != k || d.Learned != learned || math.Abs(mean-float64(main.MeanCorr)) > 1e-9 {
			t.Errorf("every %d-th: %+v, together %g, the main fit %g", k, d, mean, float64(main.MeanCorr))
		}
	}
	run, err := runfolder.Open(strings.Replace(main.Fits[1].Run, "equivariant-2", "second-kept-images0.5", 1))
	if err != nil {
		t.Fatal(err)
	}
	if !run.Config.Core.Frozen || run.Config.Fit.CoreFrom == nil || !strings.HasSuffix(run.Config.Fit.CoreFrom.Run, "equivariant-2-seed2") || len(r.Transfer.Second) != 2 {
		t.Errorf("core kept from %+v", run.Config.Fit.CoreFrom)
	}
	if s := run.Dataset.Preparation[0].Subset; s == nil || s.Seed != 2 || s.Share != 0.5 {
		t.Errorf("recorded %s", run.Dataset.Preparation)
	}
	conditions := map[string]int{}
	for _, row := range r.Clusters {
		conditions[row.Change]++
		if len(row.Methods) != 7 || float64(row.Dead.Mean) < 0 || (row.Change == study.ByPopulation) == (row.Methods[0].Stability == row.Methods[0].Stability) {
			t.Errorf("%s: %+v", row.Change, row)
		}
		fits := 2
		if row.Hard {
			fits = 3
		}
		f := row.Found
		if f == nil || f.Fits != fits || len(f.Halves) != fits || (f.Together == nil) != (row.Change == study.ByPopulation) {
			t.Errorf("%s: %d fits wanted, found %+v", row.Change, fits, f)
		} else if g := f.Together; g != nil && (g.Low > g.K || g.High < g.K || float64(g.Fits.Mean) > float64(f.BestARI)) {
			t.Errorf("%s: %+v", row.Change, g)
		}
		for _, m := range row.Methods {
			for _, v := range m.Truth.Values {
				if float64(v) < -1 || float64(v) > 1 {
					t.Errorf("%s, %s: ARI %v", row.Change, m.Method, v)
				}
			}
		}
	}
	if len(r.Clusters) != 9 || len(conditions) != 8 || conditions[study.ByTypes] != 2 {
		t.Errorf("conditions %v", conditions)
	}
	for i, seed := range []string{"seed=21", "seed=22"} {
		name := fmt.Sprintf("equivariant-2-populations-seed%d", i+1)
		other, err := runfolder.Open(strings.Replace(main.Fits[i].Run, filepath.Base(main.Fits[i].Run), name, 1))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(other.Dataset.Spec, seed) && !strings.Contains(other.Dataset.Spec, seed+"&") {
			t.Errorf("%s is fitted to %s, want %s", name, other.Dataset.Spec, seed)
		}
	}
	if len(r.Sparsity) != 4 || r.Sparsity[3].Model != "dense-3" || r.Sparsity[3].Features != 3 {
		t.Errorf("sparsity %+v", r.Sparsity)
	}
	for _, s := range r.Sparsity {
		if c := s.Clean.Mean; !(c >= 0 && c <= 1) || float64(s.Active.Mean) > float64(s.Features) || float64(s.Shared.Mean) > float64(s.Features) {
			t.Errorf("sparsity %+v", s)
		}
	}
	names := map[bool][]string{}
	for _, c := range r.Claims {
		names[c.Ours] = append(names[c.Ours], c.Name)
	}
	if len(names[false]) != 4 || !slices.Contains(names[true], "where there are no types, none are found") {
		t.Errorf("claims %v", names)
	}
	page := string(r.Markdown("figures/size.png"))
	for _, table := range r.Tables() {
		if !strings.Contains(page, "## "+table.Title) {
			t.Errorf("no table %q in the page", table.Title)
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Header) {
				t.Errorf("%s: %d cells under %d titles: %q", table.Title, len(row), len(table.Header), row)
			}
		}
	}
	if len(r.Tables()) != 12 || strings.Contains(page, "NaN") || !strings.Contains(page, "(figures/size.png)") {
		t.Errorf("%d tables in\n%s", len(r.Tables()), page)
	}
}

// Every scale's grid can be laid out, has each fit once, and a core's source before what takes it.
func TestConditions(t *testing.T) {
	for _, scale := range study.Scales() {
		p := plan(t, scale)
		conditions, err := p.Conditions()
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range conditions {
			if seen[c.Name] || c.CoreOf != "" && !seen[c.CoreOf] {
				t.Errorf("%s: %s comes twice, or before %s", scale, c.Name, c.CoreOf)
			}
			seen[c.Name] = true
		}
		if scale == study.CPU && len(conditions) > 50 {
			t.Errorf("%d fits for each seed; with 3 seeds of about 17 s each they must take at most an hour", len(conditions))
		}
	}
	p := plan(t, study.CPU)
	some, err := p.Conditions(study.Efficiency)
	if err != nil || len(some) != 2*len(p.Shares)+2+len(p.Search) {
		t.Errorf("%d fits for efficiency, %v", len(some), err)
	}
	k4 := 0.0
	conditions, err := p.Conditions(study.Transfer)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conditions {
		if c.Name == "transfer-4" && c.Config.Readout.TransferEvery == 4 {
			k4 = c.Config.Core.Smoothness
		}
	}
	if math.Abs(4*k4-conditions[0].Config.Core.Smoothness) > 1e-12 {
		t.Errorf("smoothness %g, of all neurons %g", k4, conditions[0].Config.Core.Smoothness)
	}
	if got := (study.Condition{Data: "npz:a.npz", Share: 0.25}).Spec(3); got != "npz:a.npz?train_share=0.25&subset_seed=3" {
		t.Error(got)
	}
}

// Names, recordings and configs of the fits stay, so that a study that was begun goes on.
func TestConditionsStay(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "conditions.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for _, scale := range study.Scales() {
		for _, settings := range [][]string{nil, {"readout.sparsity=0.01", "fit.batch=32"}} {
			conditions, err := plan(t, scale, settings...).Conditions()
			if err != nil {
				t.Fatal(err)
			}
			got = fmt.Appendf(got, "# %s %q\n", scale, settings)
			for _, c := range conditions {
				config, err := c.Config.YAML()
				if err != nil {
					t.Fatal(err)
				}
				got = fmt.Appendf(got, "%s, core of %q, config %.4x\n\t%s\n", c.Name, c.CoreOf, sha256.Sum256(config), c.Spec(2))
			}
		}
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("fits changed; testdata/conditions.txt says: %s", d)
	}
}

func TestRefuses(t *testing.T) {
	second := func(_ any, err error) error { return err }
	p := plan(t, study.Toy)
	oneLine(t, second(study.NewPlan("large", "", "")), `study: scale "large"; accepted: toy, cpu, paper`)
	oneLine(t, second(p.Conditions("speed")), `study: part "speed"; accepted: performance, efficiency, transfer, clusters, sparsity`)
	oneLine(t, second(p.Run(t.Context(), nil, t.TempDir(), 0, nil, grid.Watch{})), "study: 0 seeds; at least 1 is needed")
	if p := plan(t, study.Toy, "readout.sparsity=0.01"); len(p.Search) > 0 {
		t.Errorf("a readout sparsity that was set is searched for among %v", p.Search)
	}
	oneLine(t, second(plan(t, study.Toy, "fit.batsh=3").Conditions(study.Sparsity)), `did you mean "batch"`)
}

func text(t *testing.T, r *study.Report) string {
	t.Helper()
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}
