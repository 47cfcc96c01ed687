package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

type clusterCmd struct {
	Folder  []string `name:"run" required:"" sep:"none" placeholder:"RUN" help:"Run folder. May be repeated for fits of one recording, or of shares of its training images: clusters of the first are reported, with their agreement with the others."`
	Data    string   `placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says."`
	From    string   `default:"auto" enum:"auto,weights,tuning,mei" help:"What neurons are grouped by: weights (of the readout, aligned over orientation), tuning (for Gabors, which is measured first, or read if the run folder stores it), or mei (spectra of the most exciting images that the run folder stores, aligned over orientation). auto is weights, or tuning if the features of the core have no rotations. One of ${enum}."`
	Neurons string   `placeholder:"LIST" help:"With tuning and mei, neurons by number, as in 0-3,7. Default: all, which takes minutes for the tuning of thousands of neurons; of mei, all of the archive with the most."`
	K       int      `placeholder:"K" help:"Number of clusters. Default: chosen by the data."`
	Method  string   `default:"joint" enum:"joint,kmeans,gmm,ward" help:"joint aligns neurons over orientation while it clusters them; kmeans, gmm (Gaussian mixture) and ward (hierarchical) cluster neurons that were aligned first. One of ${enum}."`
	By      string   `default:"auto" enum:"auto,silhouette,bic,gap,stability" help:"Criterion that chooses the number of clusters, one of ${enum}. auto: stability if several runs are given, otherwise silhouette. stability: the number with which most clusters come back in halves of the runs or, for one run, in halves of its neurons. bic does not work with joint."`
	Seed    uint64   `default:"0" help:"Seed of the start values of the clustering."`
	Out     string   `placeholder:"F.npz|F.csv" help:"Archive for labels, shifts, distances, embedding, aligned weights and templates; with several runs also matched labels, their consistency and consensus. Or, if the name ends in .csv, a table with a line for each neuron."`
	Figures string   `placeholder:"DIR" help:"Folder for figures: embedding, aligned weights, templates, agreement with the truth and between runs."`
	JSON    bool     `help:"Print labels and numbers as JSON."`
}

func (c *clusterCmd) Run(ctx context.Context, a *app) error {
	if c.K < 0 {
		return usagef("--k %d; accepted: a number of clusters from 1, or 0 to let the data choose", c.K)
	}
	method, err := features.MethodByName(c.Method)
	if err != nil {
		return usagef("--method: %w", err)
	}
	if method == nil && c.By == features.BIC {
		return usagef("--by %s: --method %s has no likelihood; accepted with the other methods", c.By, c.Method)
	}
	by, together := c.By, len(c.Folder) > 1 && c.K == 0 && (c.By == "auto" || c.By == features.Recurring)
	if by == "auto" || together {
		by = features.Silhouette // Join has the last word
	}
	runs, err := a.fits(ctx, c.Folder, given(c.Data))
	if err != nil {
		return err
	}
	for _, run := range runs[1:] {
		if err := fitted.SameNeurons(runs[0], run); err != nil {
			return err
		}
	}
	var analyses []*celltypes.Analysis
	for _, run := range runs {
		analysis, err := c.analyse(ctx, a, run, features.Options{K: c.K, Seed: c.Seed, Method: method, By: by})
		if err = errors.Join(err, run.Close()); err != nil {
			return fmt.Errorf("run %s: %w", run.Path, err)
		}
		analyses = append(analyses, analysis)
	}
	if len(analyses) > 1 {
		if err := celltypes.Join(analyses, together); err != nil {
			return err
		}
	}
	truth := runs[0].Truth()
	result, err := celltypes.Describe(analyses, truth)
	if err != nil {
		return err
	}
	if result.Because, err = runs[0].Reasons(result.Dead, "in no cluster"); err != nil {
		return err
	}
	if n := runs[0].Dataset.Shape.Neurons; len(result.Labels) == n {
		if result.Sessions, err = celltypes.MembersOf(analyses[0].Everyone(n), result.K, runs[0].Dataset.Sessions); err != nil {
			return fmt.Errorf("run %s: dataset.json: %w", runs[0].Path, err)
		}
	}
	if c.Out != "" {
		if err := c.write(analyses[0], result); err != nil {
			return err
		}
	}
	if c.Figures != "" {
		m := report.NewMaterial(runs[0], report.Given{Types: analyses[0], Found: result})
		if _, err := a.save(ctx, c.Figures, m, report.DrawnBy(report.VerbCluster)); err != nil {
			return err
		}
	}
	if c.JSON {
		return a.json(result)
	}
	return showClusters(a, runs[0], result)
}

// analyse groups the neurons of a run by what --from asks for.
func (c *clusterCmd) analyse(ctx context.Context, a *app, run *fitted.Run, o features.Options) (*celltypes.Analysis, error) {
	from := c.From
	if from == "auto" {
		from = celltypes.ByWeights
		if turns, err := run.Turns(); err != nil {
			return nil, err
		} else if !turns {
			from = celltypes.ByTuning
			a.sayf("core.kind: %s, whose features have no rotations: no rotation-invariant weights, so neurons are grouped by tuning", run.Config.Core.Kind)
		}
	}
	if from == celltypes.ByWeights {
		if c.Neurons != "" {
			return nil, usagef("--neurons: accepted with --from %s and %s; weights are aligned over all neurons", celltypes.ByTuning, celltypes.ByMEI)
		}
		a.warnWithoutRecording(run, "weights are compared without the covariance of the features")
		return run.Analyse(ctx, o)
	}
	neurons, err := insilico.ParseNeurons(c.Neurons, run.Dataset.Shape.Neurons)
	if err != nil {
		return nil, usagef("--%w", err)
	}
	if from == celltypes.ByMEI {
		if c.Neurons == "" {
			neurons = nil
		}
		return run.AnalyseMEIs(neurons, o)
	}
	if err := a.sayBehaviour(run); err != nil {
		return nil, err
	}
	p := newCounter(ctx, a.stderr, "neurons", true)
	var analysis *celltypes.Analysis
	var stored bool
	err = a.gracefully(func() (err error) {
		analysis, stored, err = run.AnalyseTuning(ctx, neurons, o, p.report)
		return err
	})
	p.close()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("%w; to go on: the same command", err)
	case stored:
		a.sayf("tuning is that which %s stores", kept.Folder(run.Path))
	}
	return analysis, err
}

func (c *clusterCmd) write(a *celltypes.Analysis, r *celltypes.Report) error {
	if strings.EqualFold(filepath.Ext(c.Out), ".csv") {
		return durable.Replace(c.Out, 0o644, func(w io.Writer) error { return celltypes.WriteCSV(w, r) })
	}
	return array.WriteNPZ(c.Out, celltypes.Arrays(a, r))
}

func showClusters(a *app, run *fitted.Run, r *celltypes.Report) error {
	a.printf("%d clusters of %d neurons: sizes %v, silhouette %s; grouped by %s\n", r.K, len(r.Labels), r.Sizes, show(r.Silhouette), r.From)
	if r.By != celltypes.Given {
		a.printf("number of clusters chosen by %s\n", r.By)
	}
	showRecurrence(a, r.Recurrence)
	if r.ARITruth != nil {
		a.printf("agreement with the truth: adjusted Rand index %s\n", show(*r.ARITruth))
	}
	if n := len(r.Dead); n > 0 {
		list, err := run.Because(r.Dead, "in no cluster", strconv.Itoa, 20)
		if err != nil {
			return err
		}
		a.printf("%d neurons are dead and belong to no cluster: %s\n", n, list)
	}
	for l, neurons := range r.Exemplars {
		a.printf("cluster %d: exemplars %s\n", l, strings.Trim(fmt.Sprint(neurons), "[]"))
		for f, name := range r.Features {
			a.printf("%s%s %s", []string{"", ", "}[min(f, 1)], name, show(r.Means[l][f]))
		}
		if len(r.Features) > 0 {
			a.printf("\n")
		}
	}
	for _, s := range r.Sessions {
		a.printf("session %s: %d neurons, members of clusters 0 to %d %v, dead %d%s\n", datasets.Printable(s.Session), s.Neurons, r.K-1, s.Clusters, s.Dead, withoutMembers(s.Clusters))
	}
	if s := r.Stability; s != nil {
		a.printf("agreement of %d runs: adjusted Rand index %s, SD %s, each pair by at least %d neurons that are dead in neither\n", s.Runs, show(s.Mean), show(s.SD), s.MinCounted())
		for _, c := range s.Clusters {
			verdict := "not believed"
			if c.Believed {
				verdict = "believed"
			}
			a.printf("cluster %d: %d neurons, overlap with the other runs %s on average, %s at least: %s\n", c.Cluster, c.Size, show(c.Mean), show(c.Min), verdict)
		}
	}
	showConsensus(a, r)
	return nil
}

// showConsensus prints on what several runs agree.
func showConsensus(a *app, r *celltypes.Report) {
	c := r.Consensus
	if c == nil {
		return
	}
	a.printf("consensus of %d runs: %d clusters, sizes %v", r.Stability.Runs, c.K, c.Sizes)
	if c.ARITruth != nil {
		a.printf(", agreement of these neurons with the truth %s", show(*c.ARITruth))
	}
	if len(c.None) > 0 {
		const shown = 20
		a.printf("; %d neurons belong to none: %s", len(c.None), strings.Trim(fmt.Sprint(c.None[:min(shown, len(c.None))]), "[]"))
		if more := len(c.None) - shown; more > 0 {
			a.printf(" and %d more", more)
		}
	}
	a.printf("\n")
	for l, confidence := range c.Clusters {
		a.printf("consensus cluster %d: %d neurons, confidence %s, two of them are together in %s of the groupings by halves of the runs\n", l, c.Sizes[l], show(confidence), show(c.Together[l][l]))
	}
}

// showRecurrence prints which numbers of clusters come back, and what is cut from one to the next.
func showRecurrence(a *app, r *celltypes.Recurrence) {
	if r == nil {
		return
	}
	a.printf("most clusters come back over %s (%d comparisons) with %d, interval %d to %d\n", r.Over, r.Compared, r.K, r.Low, r.High)
	for _, l := range r.Levels[1:] {
		split := ""
		if len(l.Splits) > 0 {
			split = "; cuts cluster " + strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Splits), " ", ", "), "[]") + fmt.Sprintf(" of the %d", l.K-1)
		}
		a.printf("  %d clusters: %s come back, %s%s\n", l.K, show(l.Recurring), l.Verdict(), split)
	}
	if r.K == 1 {
		a.printf("no clusters here: no stable number of clusters has a valley between them, so the neurons are one group or a continuum\n")
	}
}

// withoutMembers says which clusters have no member in a session.
func withoutMembers(members []int) string {
	var none []string
	for l, n := range members {
		if n == 0 {
			none = append(none, strconv.Itoa(l))
		}
	}
	if len(none) == 0 {
		return ""
	}
	return "; none of cluster " + strings.Join(none, ", ")
}
