package twin

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/v1model/fitted"
)

// Scheme is the word before the colon.
const Scheme = "model"

// Defaults of options.
const (
	defaultRepeats = 10
	defaultSNR     = 0.5 // as of simulated:
	defaultSeed    = 1
	defaultPart    = 10 // the validation and the test part are each one in so many images
)

// Format describes model:. The model runs on device.
func Format(device fitted.Device) datasets.Format {
	return datasets.Format{
		Scheme: Scheme, Example: "model:run?images=images.npy",
		Reads: "the answers of a fitted or imported run to any images, with noise and with the truth",
		Options: []datasets.Option{
			{Name: "images", Means: "required: a `.npy` file `[n, height, width]` or `[n, height, width, channels]`, an `.npz` file with `images` and perhaps `groups`, or the name of a recording, whose parts are kept; in it, `%26` is `&`"},
			{Name: "units", Default: unitsRecorded, Means: "of the images: `recorded`, as the run's own recording has them, normalised by its mean and SD; `own`, normalised by the mean and SD of these training images; or `normalised`, taken as they are"},
			{Name: "groups", Means: "a `.npy` file `[n]` of whole numbers: images of one group, such as patches of one photograph, stay in one part; without it only equal images do"},
			{Name: "val", Means: "number of validation images, if the images have no parts; without it a tenth"},
			{Name: "test", Means: "number of test images, likewise"},
			{Name: "noise", Default: noisePoisson, Means: "`poisson`, counts whose mean is the model's rate in recorded units; `gaussian`, of one variance for each neuron; or `none`"},
			{Name: "snr", Means: "variance of a neuron's rate over the training images, divided by the mean variance of its noise. With `poisson` it scales the rates of each neuron, which are left as they are without it; with `gaussian` it sets the noise, 0.5 without it"},
			{Name: "repeats", Default: strconv.Itoa(defaultRepeats), Means: "presentations of each test image; 1 for `noise=none`"},
			{Name: "seed", Default: strconv.Itoa(defaultSeed), Means: "seed of the noise and of the division into parts"},
		},
		Paths: []string{"images", "groups"},
		Open:  func(spec datasets.Spec) (*datasets.Dataset, error) { return open(context.Background(), device, spec) },
	}
}

// options are the options of a name.
type options struct {
	images, groups string
	units          string
	val, test      int // 0: not given
	noise          string
	snr            float64 // 0: not given
	repeats        int
	seed           uint64
}

func parse(spec datasets.Spec) (options, error) {
	o := spec.Read()
	p := options{
		images: o.Text("images", ""), groups: o.Text("groups", ""),
		units: o.Choice("units", unitsRecorded, unitsRecorded, unitsOwn, unitsNormalised),
		val:   o.Int("val", 0, 1), test: o.Int("test", 0, 1),
		noise: o.Choice("noise", noisePoisson, noisePoisson, noiseGaussian, noiseNone),
		snr:   o.Float("snr", 0, 1e-6, 1e6),
		seed:  o.Uint64("seed", defaultSeed),
	}
	repeats := defaultRepeats
	if p.noise == noiseNone {
		repeats = 1
	}
	p.repeats = o.Int("repeats", repeats, 1)
	if err := o.Done(); err != nil {
		return p, err
	}
	switch {
	case spec.Path == "":
		return p, fmt.Errorf("data %q: no run, want %s:RUN?images=IMAGES", spec, Scheme)
	case p.images == "":
		return p, fmt.Errorf("data %q: option images is missing, want a .npy or .npz file of images, or the name of a recording", spec)
	case p.noise == noiseNone && p.snr != 0:
		return p, fmt.Errorf("data %q: option snr=%s has no effect with noise=%s", spec, spec.Options.Get("snr"), noiseNone)
	case p.noise == noiseNone && p.repeats > 1:
		return p, fmt.Errorf("data %q: option repeats=%d with noise=%s, want 1: repeats without noise are copies", spec, p.repeats, noiseNone)
	}
	return p, nil
}

// open opens the run, shows it the images and adds noise to its rates.
func open(ctx context.Context, device fitted.Device, spec datasets.Spec) (*datasets.Dataset, error) {
	o, err := parse(spec)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*datasets.Dataset, error) { return nil, fmt.Errorf("data %q: %w", spec, err) }
	var notes []datasets.Finding
	note := func(code, message string) {
		notes = append(notes, datasets.Finding{Severity: datasets.SeverityWarning, Code: code, Message: message})
	}
	run, err := fitted.Open(ctx, spec.Path, fitted.Options{Device: device, Warn: func(text string) { note("edited-run", text) }})
	if err != nil {
		return fail(err)
	}
	defer run.Close() //nolint:errcheck // frees memory only
	d, err := pictures(o, note)
	if err != nil {
		return fail(err)
	}
	rates, err := answers(ctx, run, d, o.units, note)
	if err != nil {
		return fail(err)
	}
	if err := respond(d, rates, o, note); err != nil {
		return fail(fmt.Errorf("run %s: %w", spec.Path, err))
	}
	d.Notes = append(d.Notes, notes...)
	return d, nil
}

// rates are the model's rates to the images of each part, [images, neurons], in recorded units.
type rates struct{ train, val, test datasets.Responses }

func (r *rates) all() []*datasets.Responses { return []*datasets.Responses{&r.train, &r.val, &r.test} }

// answers predicts the responses to d's images in the units in which the run's recording has them: the model's rates times each neuron's SD. The rates of
// a run without a normalisation stay as they are.
func answers(ctx context.Context, run *fitted.Run, d *datasets.Dataset, units string, note func(code, message string)) (r rates, err error) {
	prepared, err := prepare(run, d, units, note)
	if err != nil {
		return r, err
	}
	if names := run.Config.Covariates(); len(names) > 0 {
		note("covariates-at-means", fmt.Sprintf("the rates of run %s depend on %s, which are taken at their means over the training trials", run.Path, strings.Join(names, ", ")))
	}
	for i, to := range r.all() {
		if *to, err = run.Rates(ctx, prepared[i]); err != nil {
			return r, fmt.Errorf("run %s: %w", run.Path, err)
		}
		n := run.Dataset.Normalisation
		for j, v := range to.Values {
			if v-v != 0 {
				return r, fmt.Errorf("run %s: the rate of neuron %d to image %d of the %s part is %v", run.Path, j%to.Neurons, j/to.Neurons, partNames[i], v)
			}
			if n != nil {
				to.Values[j] = float32(float64(v) * n.ResponseSD[j%to.Neurons])
			}
		}
	}
	return r, nil
}

// respond fills in d's responses: rates with noise, and in the test part the rates themselves.
func respond(d *datasets.Dataset, r rates, o options, note func(code, message string)) error {
	noise, err := o.noiseOf(&r, note)
	if err != nil {
		return err
	}
	d.Train.Responses = datasets.Responses{N: r.train.N, Neurons: r.train.Neurons, Values: noise.trials(r.train, 1, "train")}
	d.Val.Responses = datasets.Responses{N: r.val.N, Neurons: r.val.Neurons, Values: noise.trials(r.val, 1, "val")}
	d.Test.Responses = datasets.Repeats{Repeats: o.repeats, N: r.test.N, Neurons: r.test.Neurons, Values: noise.trials(r.test, o.repeats, "test")}
	d.Test.Expected = r.test
	return nil
}

// gaussianSNR is the SNR of gaussian noise.
func (o options) gaussianSNR() float64 { return cmp.Or(o.snr, defaultSNR) }
