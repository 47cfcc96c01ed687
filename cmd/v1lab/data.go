package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
)

type dataCmd struct {
	Info     infoCmd     `cmd:"" help:"Show what a recording holds."`
	Check    checkCmd    `cmd:"" help:"Look for what would ruin a fit or its score."`
	Convert  convertCmd  `cmd:"" help:"Write a recording as one .npz archive."`
	Simulate simulateCmd `cmd:"" help:"Make a recording of simulated neurons, with its truth."`
}

// info is what data info --json prints.
type info struct {
	Spec          string                  `json:"spec"`
	Fingerprint   string                  `json:"fingerprint"` // of the normalised data, as in run folders
	Height        int                     `json:"height"`
	Width         int                     `json:"width"`
	Channels      int                     `json:"channels"`
	Neurons       int                     `json:"neurons"`
	Train         int                     `json:"train"` // images
	Val           int                     `json:"val"`
	Test          int                     `json:"test"`
	Repeats       int                     `json:"repeats"`
	Missing       float64                 `json:"missing_repeats"` // share of test responses
	Types         map[string]int          `json:"types,omitempty"` // neurons of each true type
	Normalisation *datasets.Normalisation `json:"normalisation"`
	Split         *split                  `json:"split,omitempty"` // null if the recording brings its own parts
}

// split is how parts were split off, without the list of images.
type split struct {
	Seed      uint64  `json:"seed"`
	ValShare  float64 `json:"val_share"`
	TestShare float64 `json:"test_share"`
}

type infoCmd struct {
	Spec string `arg:"" help:"The recording, as in npz:recording.npz."`
	JSON bool   `help:"Print as JSON."`
}

func (c *infoCmd) Run(a *app) error {
	d, err := dataset(c.Spec)
	if err != nil {
		return err
	}
	im, missing := d.Train.Images, 0
	for _, v := range d.Test.Responses.Values {
		if v != v {
			missing++
		}
	}
	i := info{
		Spec: d.Spec, Fingerprint: datasets.Fingerprint(d), Height: im.Height, Width: im.Width, Channels: im.Channels, Neurons: d.NumNeurons(),
		Train: im.N, Val: d.Val.Images.N, Test: d.Test.Images.N, Repeats: d.Test.Responses.Repeats,
		Missing: float64(missing) / float64(len(d.Test.Responses.Values)), Normalisation: d.Normalisation,
	}
	if s := d.Split; s != nil {
		i.Split = &split{s.Seed, s.ValShare, s.TestShare}
	}
	if d.Truth != nil && d.Truth.TypeNames != nil {
		i.Types = map[string]int{}
		for _, t := range d.Truth.Type {
			i.Types[d.Truth.TypeNames[t]]++
		}
	}
	if c.JSON {
		return a.json(i)
	}
	return i.show(a)
}

func (i info) show(a *app) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, name+"\t"+format+"\n", args...) //nolint:errcheck // kept in a.stdout
	}
	row("recording", "%s", i.Spec)
	row("fingerprint", "%s", i.Fingerprint)
	row("images", "%d x %d pixels, channels: %d", i.Height, i.Width, i.Channels)
	row("neurons", "%d", i.Neurons)
	row("training", "%d images, one trial each", i.Train)
	row("validation", "%d images, one trial each", i.Val)
	row("test", "%d images, up to %d repeats, %.1f %% of them missing", i.Test, i.Repeats, 100*i.Missing)
	if i.Split != nil {
		row("split", "%.0f %% for validation, %.0f %% for the test, seed %d", 100*i.Split.ValShare, 100*i.Split.TestShare, i.Split.Seed)
	}
	if n := i.Normalisation; n != nil {
		low, high := math.Inf(1), math.Inf(-1)
		for _, sd := range n.ResponseSD {
			low, high = min(low, sd), max(high, sd)
		}
		row("normalisation", "%s: images had mean %.4g and SD %.4g, responses SDs of %.4g to %.4g", n.Method, n.ImageMean, n.ImageSD, low, high)
	} else {
		row("normalisation", "none: values count as normalised")
	}
	if i.Types != nil {
		row("truth", "known: %s", strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(i.Types), "map["), "]"))
	}
	return w.Flush()
}

type checkCmd struct {
	Spec string `arg:"" help:"The recording, as in npz:recording.npz."`
	JSON bool   `help:"Print as JSON."`
}

func (c *checkCmd) Run(a *app) error {
	d, err := formats.OpenRaw(c.Spec)
	if err != nil {
		return blame(c.Spec, err)
	}
	findings, count := datasets.Check(d), map[datasets.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
		if !c.JSON {
			a.printf("%s: %s (%s)\n", f.Severity, f.Message, f.Code)
			if f.Advice != "" {
				a.printf("    %s\n", f.Advice)
			}
		}
	}
	switch {
	case c.JSON:
		if findings == nil {
			findings = []datasets.Finding{}
		}
		err = a.json(struct {
			Spec     string             `json:"spec"`
			Errors   int                `json:"errors"`
			Warnings int                `json:"warnings"`
			Findings []datasets.Finding `json:"findings"`
		}{c.Spec, count[datasets.SeverityError], count[datasets.SeverityWarning], findings})
	case len(findings) == 0:
		a.printf("%s: nothing found\n", c.Spec)
	}
	if n := count[datasets.SeverityError]; n > 0 && err == nil {
		return fmt.Errorf("%s: %d of %d findings would ruin a fit or its score", c.Spec, n, len(findings))
	}
	return err
}

type convertCmd struct {
	Spec string `arg:"" help:"The recording, as in npy:FOLDER."`
	Out  string `required:"" placeholder:"X.npz" help:"Archive to write: values as recorded, and what is known of the neurons."`
}

func (c *convertCmd) Run(a *app) error { return convert(a, c.Spec, c.Out) }

type simulateCmd struct {
	Spec string `arg:"" optional:"" default:"simulated:" help:"Size, noise, types and seed, as in simulated:?neurons=100&seed=2."`
	Out  string `required:"" placeholder:"X.npz" help:"Archive to write."`
}

func (c *simulateCmd) Run(a *app) error {
	if !strings.HasPrefix(c.Spec, "simulated:") {
		return usagef("data %q; accepted: simulated:?option=value&...; v1lab data convert takes other recordings", c.Spec)
	}
	return convert(a, c.Spec, c.Out)
}

// convert keeps raw values: opened again they are normalised as those of spec would be, and have the same fingerprint.
func convert(a *app, spec, out string) error {
	if ext := filepath.Ext(out); ext != ".npz" {
		return usagef("--out %s: extension %q; accepted: .npz", out, ext)
	}
	d, err := formats.OpenRaw(spec)
	if err != nil {
		return blame(spec, err)
	}
	if err := npz.Write(out, d); err != nil {
		return err
	}
	a.printf("npz:%s\n", out)
	return nil
}
