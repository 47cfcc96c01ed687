package twin_test

import (
	"context"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/datasets/simulated"
	"v1lab/datasets/stats"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fitted"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/twin"
	"v1lab/v1model/weights"
)

var backend = sync.OnceValues(func() (compute.Backend, error) { return pjrt.Backend(context.Background(), "go", os.Stderr) }) // it compiles nothing

func device(context.Context, v1model.Config) (compute.Backend, error) { return backend() }

func init() { formats.Register(twin.Format(device)) }

const neurons = 5

// stored makes a run of a model that nobody fitted, for images of 12 x 14 pixels. Its recording had mean 117 and SD 38.
func stored(t *testing.T, change func(*runfolder.Dataset), settings ...string) string {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.features=2,2,2", "core.filter_sizes=5,3,3", "core.rotations=4"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	record := runfolder.Dataset{Shape: v1model.Shape{Height: 12, Width: 14, Channels: 1, Neurons: neurons},
		Normalisation: &datasets.Normalisation{Method: "reference", ImageMean: 117, ImageSD: 38, ResponseSD: []float64{1, 2, 3, 4, 5}}}
	if change != nil {
		change(&record)
	}
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		t.Fatal(err)
	}
	w := weights.Init(m.Specs(), 7)
	rng := weights.Stream(7, "fitted")
	for _, s := range m.Specs() { // as if fitted: no variable at its start value
		for i := range w.Float32(s.Name) {
			w.Float32(s.Name)[i] += 0.3 * rng.Float32()
		}
	}
	if config.Fit.Loss == loss.Gaussian { // rates below 0
		for i := range w.Float32(readout.Biases) {
			w.Float32(readout.Biases)[i] -= 1e4
		}
	}
	path := filepath.Join(t.TempDir(), "run")
	if err := runfolder.Store(path, config, record, w); err != nil {
		t.Fatal(err)
	}
	return path
}

// pictures writes n images and the group of each.
func pictures(t *testing.T, n int) (images, groups string) {
	t.Helper()
	leaves := simulated.DeadLeaves(n, 12, 14, 3)
	bytes, of := make([]uint8, len(leaves.Pixels)), make([]int64, n)
	for i, v := range leaves.Pixels {
		bytes[i] = uint8(v)
	}
	for i := range of {
		of[i] = int64(i / 4)
	}
	dir := t.TempDir()
	images, groups = filepath.Join(dir, "images & more.npy"), filepath.Join(dir, "groups.npy")
	for path, a := range map[string]array.Array{images: array.New(bytes, n, 12, 14), groups: array.New(of, n)} {
		if err := array.WriteNPY(path, a); err != nil {
			t.Fatal(err)
		}
	}
	return images, groups
}

func raw(t *testing.T, spec string) *datasets.Dataset {
	t.Helper()
	d, err := formats.OpenRaw(spec)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func codes(d *datasets.Dataset) string {
	var all []string
	for _, n := range d.Notes {
		all = append(all, n.Code)
	}
	return strings.Join(all, " ")
}

// The truth of the test part is what predict says, in recorded units; without noise it is the response.
func TestTruthIsTheRuns(t *testing.T) {
	run := stored(t, nil)
	images, groups := pictures(t, 60)
	spec := "model:" + run + "?noise=none&images=" + url.QueryEscape(images)
	d := raw(t, spec+"&val=8&test=12&groups="+groups)
	if d.Train.Images.N != 40 || d.Val.Images.N != 8 || d.Test.Images.N != 12 || d.NumNeurons() != neurons || d.Test.Responses.Repeats != 1 || d.Notes != nil {
		t.Errorf("%d, %d, %d images, %d neurons, %d repeats, notes %v", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.NumNeurons(), d.Test.Responses.Repeats, d.Notes)
	}
	for k, part := range [][]int{d.Split.TrainIndex, d.Split.ValIndex, d.Split.TestIndex} {
		for _, i := range part {
			if !slices.Contains(part, i/4*4) {
				t.Errorf("part %d has image %d, and not the first of its group", k, i)
			}
		}
	}
	r, err := fitted.Open(t.Context(), run, fitted.Options{Device: device})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want, err := r.Rates(t.Context(), r.Dataset.Normalisation.ApplyImages(d.Test.Images))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Values {
		want.Values[i] = float32(float64(v) * float64(1+i%neurons))
	}
	if !slices.Equal(d.Test.Expected.Values, want.Values) || !slices.Equal(d.Test.Responses.Values, want.Values) {
		t.Error("other rates than the run's")
	}

	// Normalisation scales the truth with the responses, preparation chooses from it, and a file keeps it.
	chosen, err := formats.Open(spec + "&neurons=3,1")
	if err != nil {
		t.Fatal(err)
	}
	full, err := formats.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	for i := range full.Test.Expected.N {
		if a, b := chosen.Test.Expected.At(i), full.Test.Expected.At(i); a[0] != b[3] || a[1] != b[1] || b[3] != full.Test.Responses.At(0, i)[3] {
			t.Fatalf("image %d: %v of %v, response %v", i, a, b, full.Test.Responses.At(0, i))
		}
	}
	file := filepath.Join(t.TempDir(), "twin.npz")
	format, err := formats.Writer(".npz")
	if err != nil {
		t.Fatal(err)
	}
	if err := format.Write(file, d); err != nil {
		t.Fatal(err)
	}
	if again := raw(t, "npz:"+file); !slices.Equal(again.Test.Expected.Values, d.Test.Expected.Values) {
		t.Error("the file has another truth")
	}
	both := raw(t, "model:"+run+","+stored(t, nil, "fit.seed=2")+strings.TrimPrefix(spec, "model:"+run)) // two animals
	if both.NumNeurons() != 2*neurons || len(both.Sessions) != 2 {
		t.Fatalf("two runs: %d neurons, %d sessions", both.NumNeurons(), len(both.Sessions))
	}
	one := raw(t, spec)
	for i, s := range both.Sessions { // the other run has the same weights
		if !slices.Equal(s.Test.Expected.Values, one.Test.Expected.Values) {
			t.Errorf("session %d: another truth than that of its run alone", i)
		}
	}

	// A perfect model of noisy neurons correlates fully with the truth.
	noisy, err := formats.Open(strings.Replace(spec, "noise=none", "repeats=3", 1))
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Model()
	if err != nil {
		t.Fatal(err)
	}
	report, err := evaluate.Compare(m.Objective, full.Val.Responses, full.Test.Expected, noisy)
	if err != nil || report.TrueCorr == nil || !(*report.TrueCorr > 1-1e-5) || !(report.TestCorr < 1) || report.Neurons[2].TrueCorr == nil {
		t.Errorf("%+v, %v", report, err)
	}
}

// Seed and run decide every bit; the chosen neurons do not matter to the others.
func TestSameSeedSameRecording(t *testing.T) {
	run := stored(t, nil)
	images, _ := pictures(t, 40)
	spec := "model:" + run + "?images=" + url.QueryEscape(images)
	first := raw(t, spec)
	if again := raw(t, spec+"&seed=1&repeats=10&noise=poisson"); datasets.Fingerprint(first) != datasets.Fingerprint(again) {
		t.Error("the defaults give another recording")
	}
	for _, other := range []string{"&seed=2", "&noise=gaussian", "&snr=1", "&repeats=3"} {
		if datasets.Fingerprint(first) == datasets.Fingerprint(raw(t, spec+other)) {
			t.Errorf("%s has no effect", other)
		}
	}
	if one := raw(t, spec+"&neurons=4"); one.Test.Responses.At(7, 2)[0] != first.Test.Responses.At(7, 2)[4] {
		t.Error("the choice of neurons changes their noise")
	}
}

// Noise has the mean and the variance that it should have.
func TestNoise(t *testing.T) {
	run := stored(t, nil)
	images, _ := pictures(t, 30)
	for _, options := range []string{"noise=poisson", "noise=poisson&snr=2", "noise=gaussian&snr=0.5"} {
		d := raw(t, "model:"+run+"?repeats=4000&test=2&"+options+"&images="+url.QueryEscape(images))
		snr := 0.0
		for i := range d.Test.Expected.N {
			for n, rate := range d.Test.Expected.At(i) {
				trials := make([]float32, d.Test.Responses.Repeats)
				for k := range trials {
					trials[k] = d.Test.Responses.At(k, i)[n]
				}
				means, sds := stats.Columns(trials, 1)
				if options[:9] == "noise=poi" {
					if want := math.Sqrt(float64(rate)); math.Abs(sds[0]/want-1) > 0.1 {
						t.Errorf("%s: rate %g has SD %g, want %g", options, rate, sds[0], want)
					}
				}
				if math.Abs(means[0]-float64(rate)) > 5*sds[0]/math.Sqrt(4000) {
					t.Errorf("%s: rate %g has mean %g", options, rate, means[0])
				}
				snr = sds[0] * sds[0]
			}
		}
		if options == "noise=gaussian&snr=0.5" {
			without := raw(t, "model:"+run+"?test=2&noise=none&images="+url.QueryEscape(images))
			_, sds := stats.Columns(without.Train.Responses.Values, neurons)
			if got := sds[neurons-1] * sds[neurons-1] / snr; math.Abs(got-0.5) > 0.05 {
				t.Errorf("signal to noise %g, want 0.5", got)
			}
		}
	}
}

// Images of a recording keep their parts; units are said, and what is unlike them is.
func TestUnits(t *testing.T) {
	run := stored(t, nil)
	const leaves = "simulated:?neurons=2&images=40&val=10&test=6&repeats=2&height=16&width=18"
	inner := url.QueryEscape(leaves + "&crop=2,1,12,14")
	d := raw(t, "model:"+run+"?images="+inner)
	if d.Train.Images.N != 40 || d.Val.Images.N != 10 || d.Test.Images.N != 6 || codes(d) != "" {
		t.Errorf("%d, %d, %d images; %s", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, codes(d))
	}
	small, err := formats.OpenRaw(leaves + "&crop=2,1,12,14")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "small.npz")
	for i := range small.Train.Images.Pixels {
		small.Train.Images.Pixels[i] /= 255
	}
	im := small.Train.Images
	if err := array.WriteNPZ(file, map[string]array.Array{"images": array.New(im.Pixels, im.N, im.Height, im.Width), "groups": array.New(make([]int64, 40))}); err != nil {
		t.Fatal(err)
	}
	_, err = formats.OpenRaw("model:" + run + "?images=" + file)
	if err == nil || !strings.Contains(err.Error(), "1 groups of images among 40, want at least 3") {
		t.Errorf("%v", err)
	}
	if err := array.WriteNPZ(file, map[string]array.Array{"images": array.New(im.Pixels, im.N, im.Height, im.Width)}); err != nil {
		t.Fatal(err)
	}
	if got := codes(raw(t, "model:"+run+"?images="+file)); got != "unlike-images" {
		t.Errorf("notes %q", got)
	}
	own := raw(t, "model:"+run+"?noise=none&units=own&images="+file)
	without := stored(t, func(d *runfolder.Dataset) { d.Normalisation = nil })
	if codes(own) != "" {
		t.Errorf("notes %q", codes(own))
	}
	// The same weights without a normalisation: rates differ by the neurons' SDs only.
	other := raw(t, "model:"+without+"?noise=none&units=own&images="+file)
	for i, v := range other.Test.Expected.Values {
		if want := float64(v) * float64(1+i%neurons); math.Abs(want-float64(own.Test.Expected.Values[i])) > 1e-5*want {
			t.Fatalf("rate %d: %g, want %g", i, own.Test.Expected.Values[i], want)
		}
	}
	for name, wrong := range map[string]string{
		without + "?images=" + file:                                            "does not know how its images were recorded, as it was imported without a recording; want the option units=own",
		run + "?images=" + url.QueryEscape(leaves):                             "training images: images of 16 x 18 pixels, 1 channels; accepted: 12 x 14 pixels",
		run + "?images=" + url.QueryEscape(leaves+"&normalise=none"):           "option normalise has no effect",
		run + "?test=3&images=" + inner:                                        "has its own parts",
		run + "?images=npz:nowhere.npz":                                        "option images: nowhere.npz",
		run + "?images=nowhere.npy":                                            "nowhere.npy",
		run + "?images=images.png":                                             `extension ".png", want .npy or .npz`,
		run:                                                                    "option images is missing",
		run + "?images=" + file + "&noise=none&snr=1":                          "option snr=1 has no effect with noise=none",
		run + "?images=" + file + "&noise=none&repeats=2":                      "repeats without noise are copies",
		run + "?images=" + file + "&noise=pink":                                `option noise="pink", want poisson or gaussian or none`,
		run + "?images=" + file + "&val=40":                                    "option val=40, and " + file + " has 40 images; want fewer",
		run + "?images=" + file + "&groups=nowhere.npy":                        "nowhere.npy",
		run + "?images=" + file + "&neuron=3":                                  `unknown option "neuron", did you mean "neurons"?`,
		"/nowhere?images=" + file:                                              "run folder /nowhere: no config.yaml there",
		"?images=" + file:                                                      "no run, want model:RUN?images=IMAGES",
		stored(t, nil, "fit.loss=gaussian") + "?images=" + file + "&units=own": "Poisson noise needs rates from 0; want noise=gaussian or noise=none",
	} {
		if _, err := formats.OpenRaw("model:" + name); err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", name, err, wrong)
		}
	}
}

// A run records the recording by a name that is true in any folder.
func TestNameIsAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"model:a?images=b.npy&seed=2":                                      "model:" + here + "/a?images=" + here + "/b.npy&seed=2",
		"model:a?groups=g.npy&images=npz:b.npz%3Fgrey=true%26crop=1,2,3,4": "model:" + here + "/a?groups=" + here + "/g.npy&images=npz:" + here + "/b.npz?grey=true%26crop=1,2,3,4",
		"model:/a?images=simulated:%3Fseed=3":                              "model:/a?images=simulated:%3Fseed=3",
	} {
		if got, err := formats.Absolute(name); err != nil || got != want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, want)
		}
	}
}
