package main

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/runfolder"
)

type clusterCmd struct {
	Folder []string `name:"run" required:"" sep:"none" placeholder:"RUN" help:"Run folder. Given several times: fits of the same neurons, the first is reported, with its agreement with the others."`
	K      int      `placeholder:"K" help:"Number of clusters. Default: chosen by the data."`
	Seed   uint64   `default:"0" help:"Of the starts of the clustering."`
	JSON   bool     `help:"Print labels and numbers as JSON."`
}

func (c *clusterCmd) Run(ctx context.Context, a *app) error {
	if c.K < 0 {
		return usagef("--k %d; accepted: a number of clusters from 1, or 0 to let the data choose", c.K)
	}
	var clusterings []features.Clustering
	var truth *datasets.Truth
	var data *datasets.Dataset
	var seen runfolder.Dataset
	var device compute.Backend
	for i, path := range c.Folder {
		run, err := runfolder.Open(path)
		if err != nil {
			return err
		}
		if n, first := run.Dataset.Shape.Neurons, seen.Shape.Neurons; i > 0 && n != first {
			return fmt.Errorf("--run %s: %d neurons, run %s has %d; accepted: fits of the same neurons", path, n, c.Folder[0], first)
		}
		if i == 0 || run.Dataset.Spec != seen.Spec || run.Dataset.Fingerprint != seen.Fingerprint {
			data, seen = a.dataIfAny(run, "clustering weights as they are, without the covariance of the features"), run.Dataset
		}
		if i == 0 && data != nil {
			truth = data.Truth
		}
		if data != nil && device == nil {
			if device, err = a.device(ctx, run.Config); err != nil {
				return err
			}
		}
		clustering, err := celltypes.Cluster(device, run, data, features.Options{K: c.K, Seed: c.Seed})
		if err != nil {
			return fmt.Errorf("run %s: %w", path, err)
		}
		clusterings = append(clusterings, clustering)
	}
	report, err := celltypes.Compare(clusterings, truth)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(report)
	}
	showClusters(a, report)
	return nil
}

func showClusters(a *app, r *celltypes.Report) {
	a.printf("%d clusters of %d neurons: sizes %v, silhouette %s\n", r.K, len(r.Labels), r.Sizes, show(r.Silhouette))
	if r.ARITruth != nil {
		a.printf("agreement with the truth: adjusted Rand index %s\n", show(*r.ARITruth))
	}
	if s := r.Stability; s != nil {
		a.printf("agreement of %d runs: adjusted Rand index %s, SD %s\n", s.Runs, show(s.Mean), show(s.SD))
	}
}
