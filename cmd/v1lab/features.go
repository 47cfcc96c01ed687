package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
)

type featuresCmd struct {
	Folder  string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out     string `required:"" placeholder:"F.npz" help:"Archive to write: effective weights [neurons, rotations, features] and masks [neurons, height, width], bias, power [neurons, features], dead (silent in training or without weights), group (strongest feature, -1: dead), clean, active; with readout.adaptive also strength, of each neuron's penalty, as a multiple of readout.sparsity; with readout.types also types, the type that the fit found for each neuron, -1 for none."`
	Figures string `placeholder:"DIR" help:"Folder for figures, each as PNG and SVG: weights in use, active features, share of the strongest feature, use and sign of each feature."`
	Control string `placeholder:"RUN2" help:"Run with another readout, such as a dense one, to compare with in the figures."`
	JSON    bool   `help:"Print a summary as JSON: clean neurons, active features, and for each feature the number of neurons for which it is strongest, of weights above 0.01, and the larger share of one sign among them."`
}

// summary has the counts of Fig. 4 of the paper.
type summary struct {
	Out           string            `json:"out"`            // the archive
	Neurons       int               `json:"neurons"`        // number of neurons
	Rotations     int               `json:"rotations"`      // orientations of each feature
	Features      int               `json:"features"`       // number of features
	CleanFraction jsonfloat.Float   `json:"clean_fraction"` // share of clean neurons among those not dead
	ActiveMean    jsonfloat.Float   `json:"active_mean"`    // active features, mean over neurons not dead
	Dead          []int             `json:"dead"`           // neurons that are silent in training or without weights; nothing else counts them
	Because       []string          `json:"dead_because"`   // [dead] why: "training responses never vary" or "no readout weights"
	Counts        []int             `json:"counts"`         // [features] neurons for which it is the strongest
	Used          []int             `json:"used"`           // [features] weights above 0.01
	SignShare     []jsonfloat.Float `json:"sign_share"`     // [features] larger share of one sign among these weights; null if there is none
}

func (c *featuresCmd) Run(ctx context.Context, a *app) error {
	if c.Control != "" && c.Figures == "" {
		return usagef("--control: %s without --figures; accepted: with --figures only", c.Control)
	}
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	r, err := run.Readout()
	if err != nil {
		return err
	}
	power, err := run.Power()
	if err != nil {
		return err
	}
	living, err := run.Living()
	if err != nil {
		return err
	}
	silence, err := run.Silence()
	if err != nil {
		return err
	}
	w, clean, dead := r.Weights, power.Clean(), make([]bool, r.Weights.Neurons)
	for n, s := range silence {
		dead[n] = s != fitted.Responds
	}
	arrays := map[string]array.Array{
		"weights": array.New(w.Values, w.Neurons, w.Rotations, w.Features),
		"masks":   r.Masks,
		"bias":    r.Biases,
		"power":   array.New(power.Values, power.Neurons, power.Features),
		"group":   array.New(power.Group()),
		"clean":   array.New(clean),
		"active":  array.New(power.Active()),
		"dead":    array.New(dead),
	}
	strengths, err := run.Strengths()
	if err != nil {
		return err
	}
	if strengths != nil {
		arrays["strength"] = array.New(strengths)
	}
	types, err := run.Types()
	if err != nil {
		return err
	}
	if types != nil {
		arrays["types"] = array.New(types)
	}
	if err := array.WriteNPZ(c.Out, arrays); err != nil {
		return err
	}
	active := power.Active()
	result := summary{Out: c.Out, Neurons: w.Neurons, Rotations: w.Rotations, Features: w.Features, Dead: []int{}, Counts: power.Counts(), Used: living.Weights.Used(features.WeightThreshold)}
	n, all := 0, 0
	for i, is := range clean {
		if is {
			n++
		}
		if all += active[i]; dead[i] {
			result.Dead = append(result.Dead, i)
		}
	}
	if result.Because, err = run.Reasons(result.Dead, ""); err != nil {
		return err
	}
	alive := float64(w.Neurons - len(result.Dead))
	result.CleanFraction, result.ActiveMean = jsonfloat.Float(float64(n)/alive), jsonfloat.Float(float64(all)/alive)
	for _, v := range living.Weights.SignShare(features.WeightThreshold) {
		result.SignShare = append(result.SignShare, jsonfloat.Float(v))
	}
	paths, err := c.draw(ctx, a, run)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(result)
	}
	a.printf("%s: %d neurons, %d of them clean (one feature above half of the power), %d rotations, %d features\n", c.Out, w.Neurons, n, w.Rotations, w.Features)
	if len(result.Dead) > 0 {
		list, err := run.Because(result.Dead, "", strconv.Itoa, 20)
		if err != nil {
			return err
		}
		a.printf("%d neurons are dead: %s\n", len(result.Dead), list)
	}
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return nil
}

// draw writes the figures of --figures and returns their paths.
func (c *featuresCmd) draw(ctx context.Context, a *app, run *fitted.Run) ([]string, error) {
	if c.Figures == "" {
		return nil, nil
	}
	first, err := report.ReadoutOf(run)
	if err != nil {
		return nil, err
	}
	readouts := []report.Readout{first}
	if c.Control != "" {
		control, err := a.open(ctx, c.Control, "")
		if err != nil {
			return nil, fmt.Errorf("--control: %w", err)
		}
		if err := fitted.Comparable(run, control); err != nil {
			return nil, fmt.Errorf("--control: %w", err)
		}
		second, err := report.ReadoutOf(control)
		if err != nil {
			return nil, fmt.Errorf("--control: %w", err)
		}
		if second.Name == first.Name { // the reader must tell them apart
			first.Name, second.Name = filepath.Base(c.Folder), filepath.Base(c.Control)
			readouts[0] = first
		}
		readouts = append(readouts, second)
	}
	return a.save(ctx, c.Figures, report.NewMaterial(run, report.Given{Readouts: readouts}), report.DrawnBy(report.VerbFeatures))
}
