package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

type discriminateCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	imageSize
	Data        string  `placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says."`
	K           int     `placeholder:"K" help:"Number of clusters. Default: chosen by the data, as v1lab cluster does."`
	Labels      string  `placeholder:"FILE" help:"Clusters from a file of v1lab cluster --out (.csv or .npz), or a table with the columns neuron and cluster, instead of clustering."`
	Column      string  `default:"auto" enum:"auto,cluster,consensus" help:"Which clusters of the file, one of ${enum}. auto: the consensus of several runs, if the file has one."`
	Neurons     string  `placeholder:"LIST" help:"Instead of clusters, an image for each of these neurons, as in 0,4,17: it excites the one while the others stay silent."`
	Images      int     `default:"4" placeholder:"N" help:"Starts for each cluster's image; the best is kept. Default: 4."`
	Temperature float64 `default:"0.2" placeholder:"T" help:"How sharp the contrast between clusters is, in units of a neuron's rate to the image that excites its cluster. Default: 0.2."`
	Members     int     `default:"50" placeholder:"N" help:"At most so many neurons of a cluster shape its image. Default: 50."`
	Steps       int     `default:"500" placeholder:"N" help:"Largest number of steps for an image, twice: to excite the cluster, then to tell it from the others. Default: 500."`
	Seed        uint64  `default:"0" placeholder:"N" help:"Seed of the start images. Default: 0."`
	Out         string  `placeholder:"F.npz" help:"Archive for images, rates and the images that neurons prefer."`
	Figures     string  `placeholder:"DIR" help:"Folder for figures, each as PNG and SVG."`
	JSON        bool    `help:"Print as JSON."`
}

// Help implements kong.HelpProvider.
func (*discriminateCmd) Help() string {
	return "Neurons are clustered as by v1lab cluster, or as --labels says, moved to the middle of the image and turned to one orientation. Each image excites the members of its cluster and not those of others. " +
		"What is printed is how many neurons prefer the image of their own cluster to all others: a check of the clusters with K images. " +
		"The archive has images [K, height, width] in normalised units, recorded_images in those of the recording, shares [K] (of the own cluster in the contrast, 1/K if the image tells nothing), responses [K clusters, K images] (means over members, 1 for the image that excites the cluster most), rates [neurons, K], assigned and labels [neurons] (-1 without a cluster) and confusion [K, K]. If interrupted, the same command continues where it was given --out."
}

// discriminated is what discriminate prints with --json.
type discriminated struct {
	K         int         `json:"k"`
	Correct   float64     `json:"correct"`   // share of neurons that prefer the image of their own cluster
	Chance    float64     `json:"chance"`    // the same if they preferred any
	Confusion [][]int     `json:"confusion"` // [k clusters][k images] numbers of neurons by the image that they prefer
	Shares    []float64   `json:"shares"`    // [k] of the own cluster in the contrast
	Responses [][]float64 `json:"responses"` // [k clusters][k images] mean over members, 1 for the image that excites the cluster most
	Assigned  []int       `json:"assigned"`  // [neurons] the preferred image; -1 without a cluster
	Labels    []int       `json:"labels"`    // [neurons] clusters; -1 for none
	Out       string      `json:"out,omitempty"`
}

// options returns the flags as options of package insilico.
func (c *discriminateCmd) options() (o insilico.DiscriminateOptions, err error) {
	for _, count := range []struct {
		flag string
		n    int
	}{{"images", c.Images}, {"members", c.Members}, {"steps", c.Steps}} {
		if count.n < 1 {
			return o, usagef("--%s: %d, must be at least 1", count.flag, count.n)
		}
	}
	given := 0
	for _, is := range []bool{c.K != 0, c.Labels != "", c.Neurons != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return o, usagef("--k, --labels and --neurons: more than one is given; accepted: one of them, or none")
	}
	if c.Column != "auto" && c.Labels == "" {
		return o, usagef("--column: accepted with --labels")
	}
	if c.K < 0 || c.K == 1 {
		return o, usagef("--k %d; accepted: a number of clusters from 2, or 0 to let the data choose", c.K)
	}
	if !(c.Temperature > 0) || math.IsInf(c.Temperature, 0) {
		return o, usagef("--temperature: %g, must be above 0", c.Temperature)
	}
	o.Images, o.MaxSteps, o.Seed, o.Temperature, o.Members = c.Images, c.Steps, c.Seed, c.Temperature, c.Members
	return o, c.limit(&o.MEIOptions)
}

func (c *discriminateCmd) Run(ctx context.Context, a *app) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	run, err := a.open(ctx, c.Folder, c.Data)
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	a.warnWithoutRecording(run, "weights are compared without the covariance of the features")
	k := c.K
	if c.Labels != "" || c.Neurons != "" {
		k = 1 // who lives and how neurons are turned is all that is asked
	}
	analysis, err := run.Analyse(ctx, features.Options{K: k})
	if err != nil {
		return err
	}
	if analysis.Clustering.Labels, err = c.labels(a, run, analysis.Clustering.Labels); err != nil {
		return err
	}
	p := newCounter(ctx, a.stderr, "images", c.Out != "")
	if o.Progress = p.report; c.Out != "" {
		o.Partial = c.Out + ".partial"
	}
	var d *insilico.Discriminative
	err = a.gracefully(func() (err error) {
		d, err = run.Discriminate(ctx, analysis, o)
		return err
	})
	p.close()
	switch {
	case errors.Is(err, context.Canceled) && c.Out != "":
		return fmt.Errorf("%w; to go on: the same command", err)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w; with --out it would be kept", err)
	case err != nil:
		return err
	}
	if c.Out != "" {
		if err := array.WriteNPZ(c.Out, d.Arrays()); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	if c.Figures != "" {
		m := report.NewMaterial(run, report.Given{Types: analysis, Discriminative: d})
		if _, err := a.save(ctx, c.Figures, m, report.DrawnBy(report.VerbDiscriminate)); err != nil {
			return fmt.Errorf("--figures: %w", err)
		}
	}
	return c.show(a, d)
}

// labels returns the groups that get an image each: the clusters that were found, unless a flag says others.
func (c *discriminateCmd) labels(a *app, run *fitted.Run, found []int) ([]int, error) {
	switch {
	case c.Labels != "":
		which := c.Column
		if which == "auto" {
			which = ""
		}
		labels, name, err := celltypes.ReadLabels(c.Labels, which, len(found))
		if err != nil {
			return nil, fmt.Errorf("--labels: %w", err)
		}
		a.sayf("clusters are the column %s of %s", name, c.Labels)
		return labels, c.living(labels, found)
	case c.Neurons != "":
		neurons, err := insilico.ParseNeurons(c.Neurons, len(found))
		if err != nil {
			return nil, usagef("--%w", err)
		}
		if len(neurons) < 2 {
			return nil, usagef("--neurons %s: 1 neuron; accepted: 2 or more", c.Neurons)
		}
		labels := slices.Repeat([]int{-1}, len(found))
		for i, n := range neurons {
			labels[n] = i
		}
		return labels, c.living(labels, found)
	}
	return found, nil
}

// living is an error if a dead neuron, which nothing excites, is to have an image or a cluster.
func (c *discriminateCmd) living(labels, found []int) error {
	for n, l := range labels {
		if l >= 0 && found[n] < 0 {
			return fmt.Errorf("neuron %d is dead: its training responses never vary, or it has no readout weights; accepted: neurons that are not", n)
		}
	}
	return nil
}

func (c *discriminateCmd) show(a *app, d *insilico.Discriminative) error {
	k := d.Shares.Len()
	if c.JSON {
		told := discriminated{K: k, Correct: d.Correct(), Chance: 1 / float64(k), Confusion: d.Confusion(), Shares: d.Shares.Data.([]float64), Assigned: d.Assigned, Labels: d.Labels, Out: c.Out}
		for row := range slices.Chunk(d.Responses.Data.([]float64), k) {
			told.Responses = append(told.Responses, row)
		}
		return a.json(told)
	}
	a.printf("%d clusters, an image each: %.1f %% of their neurons prefer the image of their own cluster (chance: %.1f %%)\n", k, 100*d.Correct(), 100/float64(k))
	for l, row := range d.Confusion() {
		a.printf("cluster %d: neurons by the image that they prefer %v, share of the cluster in the contrast %.2f\n", l, row, d.Shares.Data.([]float64)[l])
	}
	return nil
}
