package main

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/datasets/stats"
	"v1lab/notebooks/datafigures"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/score"
)

type infoCmd struct {
	Spec   string `arg:"" help:"The recording, as in npz:recording.npz."`
	JSON   bool   `help:"Print as JSON."`
	Figure string `placeholder:"F.png|F.svg" help:"Also draw some images with the responses to them, to see that rows, columns and trials are understood."`
}

// info is what data info --json prints. Values are as recorded; ceilings are those of the normalised responses, which a fit sees.
type info struct {
	Spec          string                  `json:"spec"`            // name of the recording
	Fingerprint   string                  `json:"fingerprint"`     // of the normalised data, as in run folders; empty for a recording that is unfit
	Unfit         string                  `json:"unfit,omitempty"` // why nothing can be fitted to it
	Height        int                     `json:"height"`          // pixels
	Width         int                     `json:"width"`           // pixels
	Channels      int                     `json:"channels"`
	Pixels        values                  `json:"pixels"`    // of all parts
	Responses     values                  `json:"responses"` // the same, missing ones left out
	Neurons       int                     `json:"neurons"`
	Sessions      map[string]int          `json:"sessions,omitempty"`    // neurons of each
	Layers        map[string]int          `json:"layers,omitempty"`      // neurons of each
	Positions     *positions              `json:"positions,omitempty"`   // where the neurons are, if that is known
	Covariates    []string                `json:"covariates,omitempty"`  // names
	Train         int                     `json:"train"`                 // images
	Val           int                     `json:"val"`                   // images
	Test          int                     `json:"test"`                  // images
	Repeats       int                     `json:"repeats"`               // largest number of repeats of a test image
	Missing       jsonfloat.Float         `json:"missing_repeats"`       // missing share of the test responses
	MissingSingle jsonfloat.Float         `json:"missing_responses"`     // missing share of the training and validation responses
	Ceiling       spread                  `json:"ceiling"`               // over neurons, as are the next two
	Explainable   spread                  `json:"explainable"`           // share of the variance of single trials that is signal
	Oracle        spread                  `json:"oracle"`                // correlation of single trials with the mean of the others
	Types         map[string]int          `json:"types,omitempty"`       // neurons of each true type
	Preparation   datasets.Preparation    `json:"preparation,omitempty"` // what was done to images and neurons
	Normalisation *datasets.Normalisation `json:"normalisation"`         // what a fit will do to the values
	Layout        *datasets.Layout        `json:"layout,omitempty"`      // how arrays were understood, if the format has a choice
	Split         *split                  `json:"split,omitempty"`       // null if the recording brings its own parts
	Notes         []string                `json:"notes,omitempty"`       // what was assumed or left out in reading
}

// split describes how parts were split off, without the lists of images.
type split struct {
	From      string  `json:"from,omitempty"` // arrays of the file that divide the images
	Seed      uint64  `json:"seed"`           // of the draw
	ValShare  float64 `json:"val_share"`
	TestShare float64 `json:"test_share"`
}

func (s split) show() string {
	var drawn []string
	if s.ValShare > 0 {
		drawn = append(drawn, fmt.Sprintf("%.0f %% for validation", 100*s.ValShare))
	}
	if s.From == "" || s.TestShare > 0 {
		drawn = append(drawn, fmt.Sprintf("%.0f %% for the test", 100*s.TestShare))
	}
	text := strings.Join(drawn, ", ")
	if text != "" {
		text += fmt.Sprintf(", seed %d", s.Seed)
	}
	switch {
	case s.From == "":
		return text
	case text == "":
		return "as the file says in " + s.From
	}
	return "as the file says in " + s.From + "; " + text
}

// values summarises the values of an array.
type values struct {
	Lowest  jsonfloat.Float `json:"lowest"`
	Highest jsonfloat.Float `json:"highest"`
	Mean    jsonfloat.Float `json:"mean"`
	SD      jsonfloat.Float `json:"sd"`
}

func (v values) show() string {
	return fmt.Sprintf("%s to %s, mean %s, SD %s", show(v.Lowest), show(v.Highest), show(v.Mean), show(v.SD))
}

// spread is the distribution of a score over the neurons that have one.
type spread struct {
	Neurons int             `json:"neurons"`
	Mean    jsonfloat.Float `json:"mean"`
	Lowest  jsonfloat.Float `json:"lowest"`
	Q1      jsonfloat.Float `json:"q1"` // quartiles
	Median  jsonfloat.Float `json:"median"`
	Q3      jsonfloat.Float `json:"q3"`
	Highest jsonfloat.Float `json:"highest"`
}

// positions are in micrometres.
type positions struct {
	Neurons int         `json:"neurons"`     // number of neurons with a value for every axis below
	X       *[2]float64 `json:"x,omitempty"` // lowest and highest
	Y       *[2]float64 `json:"y,omitempty"` // lowest and highest
	Z       *[2]float64 `json:"z,omitempty"` // lowest and highest
}

func (c *infoCmd) Run(a *app) error {
	d, err := formats.OpenRaw(c.Spec)
	if err != nil {
		return blame(c.Spec, err)
	}
	if c.Figure != "" { // before values are normalised
		if ext := filepath.Ext(c.Figure); ext != ".png" && ext != ".svg" {
			return usagef("--figure %s: extension %q; accepted: .png, .svg", c.Figure, ext)
		}
		sheet, err := datafigures.ContactSheet(d)
		if err == nil {
			err = sheet.Save(c.Figure)
		}
		if err != nil {
			return fmt.Errorf("--figure %s: %w", c.Figure, err)
		}
	}
	i, err := describe(d)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(i)
	}
	return i.show(a)
}

// describe summarises a raw recording. It normalises the recording on the way.
func describe(d *datasets.Dataset) (info, error) {
	im, test := d.Train.Images, d.Test.Responses
	if im.N == 0 {
		im = d.Test.Images
	}
	var trained, tested [][]float32
	for _, b := range d.Blocks() {
		trained, tested = append(trained, b.Train.Responses.Values, b.Val.Responses.Values), append(tested, b.Test.Responses.Values)
	}
	i := info{
		Spec: d.Spec, Height: im.Height, Width: im.Width, Channels: im.Channels,
		Pixels:    measure(d.Train.Images.Pixels, d.Val.Images.Pixels, d.Test.Images.Pixels),
		Responses: measure(slices.Concat(trained, tested)...),
		Neurons:   d.NumNeurons(), Positions: positionRange(d.Neurons), Covariates: d.Train.Covariates.Names,
		Train: d.Train.Images.N, Val: d.Val.Images.N, Test: d.Test.Images.N, Repeats: test.Repeats,
		Missing: missing(tested...), MissingSingle: missing(trained...), Preparation: d.Preparation, Layout: d.Layout,
	}
	i.Sessions = count(d.Neurons, func(n datasets.Neuron) string { return n.Session })
	i.Layers = count(d.Neurons, func(n datasets.Neuron) string { return n.Layer })
	if s := d.Split; s != nil {
		i.Split = &split{s.From, s.Seed, s.ValShare, s.TestShare}
	}
	if d.Truth != nil && d.Truth.TypeNames != nil {
		i.Types = map[string]int{}
		for _, t := range d.Truth.Type {
			i.Types[d.Truth.TypeNames[t]]++
		}
	}
	for _, note := range d.Notes {
		i.Notes = append(i.Notes, note.Message)
	}
	if err := formats.Finish(d); err != nil {
		i.Unfit = strings.TrimPrefix(oneLine(err), d.Spec+": ")
	} else {
		i.Fingerprint, i.Normalisation = datasets.Fingerprint(d), d.Normalisation
	}
	return i, i.reliability(d)
}

// reliability fills in ceiling, explainable variance and oracle. They stay unknown if there are no usable test responses.
func (i *info) reliability(d *datasets.Dataset) error {
	i.Ceiling, i.Explainable, i.Oracle = distribution(nil), distribution(nil), distribution(nil)
	var ceilings, explainables, oracles []float64
	for _, b := range d.Blocks() {
		test := b.Test.Responses
		if i.Unfit != "" && (test.N < 1 || test.Repeats < 1 || len(test.Values) != test.Repeats*test.N*test.Neurons) || test.Neurons < 1 {
			return nil
		}
		variance, err := score.Explain(test)
		if err != nil {
			if i.Unfit != "" {
				return nil //nolint:nilerr // numbers that are not finite were found already
			}
			return err
		}
		explainable, err := score.Explainable(test)
		if err != nil {
			return err
		}
		oracle, err := score.Oracle(test)
		if err != nil {
			return err
		}
		ceilings, explainables, oracles = append(ceilings, variance.Ceiling...), append(explainables, explainable...), append(oracles, oracle...)
	}
	i.Ceiling, i.Explainable, i.Oracle = distribution(ceilings), distribution(explainables), distribution(oracles)
	return nil
}

// measure summarises the finite values of all parts.
func measure(parts ...[]float32) values {
	low, high, sum, n := math.Inf(1), math.Inf(-1), 0.0, 0.0
	each := func(f func(float64)) {
		for _, part := range parts {
			for _, v := range part {
				if v-v == 0 {
					f(float64(v))
				}
			}
		}
	}
	each(func(v float64) { low, high, sum, n = min(low, v), max(high, v), sum+v, n+1 })
	squares, mean := 0.0, sum/n
	each(func(v float64) { squares += (v - mean) * (v - mean) })
	return values{jsonfloat.Float(low), jsonfloat.Float(high), jsonfloat.Float(mean), jsonfloat.Float(math.Sqrt(squares / n))}
}

// missing returns the share of values that are NaN.
func missing(parts ...[]float32) jsonfloat.Float {
	gone, all := 0, 0
	for _, part := range parts {
		all += len(part)
		for _, v := range part {
			if v != v {
				gone++
			}
		}
	}
	return jsonfloat.Float(float64(gone) / float64(all))
}

// distribution summarises scores. It leaves out neurons whose score is NaN.
func distribution(scores []float64) spread {
	q := stats.Quantiles(scores, 0, 0.25, 0.5, 0.75, 1)
	at := func(i int) jsonfloat.Float { return jsonfloat.Float(q[i]) }
	return spread{len(stats.Known(scores)), jsonfloat.Float(stats.Mean(scores)), at(0), at(1), at(2), at(3), at(4)}
}

// count returns the number of neurons for each value of a property, nil if no value is known.
func count(neurons []datasets.Neuron, of func(datasets.Neuron) string) map[string]int {
	counts := map[string]int{}
	for _, n := range neurons {
		counts[of(n)]++
	}
	if counts[""] == len(neurons) {
		return nil
	}
	return counts
}

// positionRange returns the range of the neurons' positions, nil if no position is known.
func positionRange(neurons []datasets.Neuron) *positions {
	p := &positions{}
	axes := []struct {
		to *(*[2]float64)
		of func(datasets.Neuron) float64
	}{
		{&p.X, func(n datasets.Neuron) float64 { return n.X }},
		{&p.Y, func(n datasets.Neuron) float64 { return n.Y }},
		{&p.Z, func(n datasets.Neuron) float64 { return n.Z }},
	}
	for _, axis := range axes {
		for _, n := range neurons {
			v := axis.of(n)
			if v != v {
				continue
			}
			if *axis.to == nil {
				*axis.to = &[2]float64{v, v}
			}
			(*axis.to)[0], (*axis.to)[1] = min((*axis.to)[0], v), max((*axis.to)[1], v)
		}
	}
	for _, n := range neurons {
		whole, any := true, false
		for _, axis := range axes {
			known := axis.of(n) == axis.of(n)
			whole, any = whole && (known || *axis.to == nil), any || known
		}
		if whole && any {
			p.Neurons++
		}
	}
	if p.X == nil && p.Y == nil && p.Z == nil {
		return nil
	}
	return p
}

// firstCounts formats the first counts of a map in alphabetical order.
func firstCounts(counts map[string]int) string {
	const most = 6
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		label := datasets.Printable(name)
		if label == "" {
			label = "unknown"
		}
		if parts = append(parts, fmt.Sprintf("%s: %d", label, counts[name])); len(parts) == most && len(counts) > most {
			parts = append(parts, fmt.Sprintf("and %d more", len(counts)-most))
			break
		}
	}
	return strings.Join(parts, ", ")
}

// preparationText describes the preparation of images and neurons in words.
func preparationText(p datasets.Preparation) string {
	var done []string
	say := func(format string, args ...any) { done = append(done, fmt.Sprintf(format, args...)) }
	for _, s := range p {
		switch {
		case s.Crop != nil:
			say("%d x %d pixels cut out of %d x %d, from %d down and %d right", s.Crop.Height, s.Crop.Width, s.Crop.From.Height, s.Crop.From.Width, s.Crop.Top, s.Crop.Left)
		case s.Grey != nil:
			say("%d channels made grey", s.Grey.From.Channels)
		case s.Resize != nil:
			say("%d x %d pixels resized to %d x %d", s.Resize.From.Height, s.Resize.From.Width, s.Resize.Height, s.Resize.Width)
		case s.Choice != nil:
			say("%d of %d neurons chosen", len(s.Choice.Kept), s.Choice.Of)
		case s.Window != nil:
			done = append(done, windowText(*s.Window))
		case s.Subset != nil:
			say("%d of %d training images drawn with seed %d", len(s.Subset.Kept), s.Subset.Of, s.Subset.Seed)
		case s.Clean != nil:
			say("%d of %d validation and %d of %d test images taken out, which resemble images of an earlier part", s.Clean.OfVal-len(s.Clean.Val), s.Clean.OfVal, s.Clean.OfTest-len(s.Clean.Test), s.Clean.OfTest)
		}
	}
	return strings.Join(done, "; ")
}

// windowText describes in words how responses were cut out of a continuous recording.
func windowText(w datasets.Window) string {
	measure := "mean of "
	if w.Measure == "count" {
		measure = "spikes of "
	}
	until := fmt.Sprintf("from %g to %g s after each onset", w.From, w.To)
	if w.NextOnset {
		until = fmt.Sprintf("from each onset to the next, %.4g to %.4g s", w.Shortest, w.Longest)
		if w.Breaks > 0 {
			until += fmt.Sprintf(" (cut after the median time before %d breaks)", w.Breaks)
		}
	}
	axes := "[height, width]"
	if w.Axes == "wh" {
		axes = "[width, height]"
	}
	return fmt.Sprintf("%s%s %s; %d presentations by %s; images of %s, stored as %s, counted by %s",
		measure, strings.Join(w.Responses, ", "), until, w.Presentations, w.Stimulus, w.Images, axes, w.Order)
}

func (s spread) show() string {
	return fmt.Sprintf("mean %s, quartiles %s, %s, %s, highest %s", show(s.Mean), show(s.Q1), show(s.Median), show(s.Q3), show(s.Highest))
}

func (i info) show(a *app) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, name+"\t"+format+"\n", args...) //nolint:errcheck // kept in a.stdout
	}
	row("recording", "%s", i.Spec)
	if i.Unfit != "" {
		row("unfit", "%s", i.Unfit)
	} else {
		row("fingerprint", "%s", i.Fingerprint)
	}
	if i.Layout != nil {
		row("read as", "%s", i.Layout)
	}
	row("images", "%d x %d pixels, channels: %d", i.Height, i.Width, i.Channels)
	row("pixels", "%s", i.Pixels.show())
	row("responses", "%s", i.Responses.show())
	row("neurons", "%d", i.Neurons)
	if i.Sessions != nil {
		row("sessions", "%d (%s)", len(i.Sessions), firstCounts(i.Sessions))
	}
	if i.Layers != nil {
		row("layers", "%s", firstCounts(i.Layers))
	}
	if p := i.Positions; p != nil {
		var axes []string
		for _, axis := range []struct {
			name string
			span *[2]float64
		}{{"x", p.X}, {"y", p.Y}, {"depth", p.Z}} {
			if r := axis.span; r != nil {
				axes = append(axes, fmt.Sprintf("%s %.4g to %.4g", axis.name, r[0], r[1]))
			}
		}
		row("positions", "of %d neurons, in micrometres: %s", p.Neurons, strings.Join(axes, ", "))
	}
	if len(i.Covariates) > 0 {
		row("covariates", "%s", strings.Join(i.Covariates, ", "))
	}
	row("training", "%d images, one trial each", i.Train)
	row("validation", "%d images, one trial each", i.Val)
	row("test", "%d images, up to %d repeats, %.1f %% of them missing", i.Test, i.Repeats, 100*i.Missing)
	if i.MissingSingle > 0 {
		row("missing", "%.1f %% of training and validation responses", 100*i.MissingSingle)
	}
	if i.Ceiling.Neurons > 0 {
		row("ceiling", "%s; of %d neurons", i.Ceiling.show(), i.Ceiling.Neurons)
		row("explainable", "%s; share of single trials' variance", i.Explainable.show())
		row("oracle", "%s", i.Oracle.show())
	} else {
		row("ceiling", "unknown: no repeats")
	}
	if i.Split != nil {
		row("split", "%s", i.Split.show())
	}
	for _, note := range i.Notes {
		row("note", "%s", note)
	}
	if len(i.Preparation) > 0 {
		row("preparation", "%s", preparationText(i.Preparation))
	}
	switch n := i.Normalisation; {
	case n != nil:
		low, high := math.Inf(1), math.Inf(-1)
		for _, sd := range n.ResponseSD {
			low, high = min(low, sd), max(high, sd)
		}
		row("normalisation", "%s: images had mean %.4g and SD %.4g, responses SDs of %.4g to %.4g", n.Method, n.ImageMean, n.ImageSD, low, high)
	case i.Unfit == "":
		row("normalisation", "none: values count as normalised")
	}
	if i.Types != nil {
		row("truth", "known: %s", firstCounts(i.Types))
	}
	return w.Flush()
}
