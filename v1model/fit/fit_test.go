package fit

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/runfolder"
)

func run(t *testing.T, data *datasets.Dataset, config v1model.Config, o Options) (runfolder.Result, []int, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	result, silent, err := Run(context.Background(), pjrttest.Backend(t), data, config, path, o)
	return result, silent, path, err
}

func TestBadInputIsNamed(t *testing.T) {
	for want, change := range map[string]func(d *datasets.Dataset, c *v1model.Config){
		"fit.batch: 46, the training part has 45 images":            func(_ *datasets.Dataset, c *v1model.Config) { c.Fit.Batch = 46 },
		`data "noise": no validation images; early stopping needs`:  func(d *datasets.Dataset, _ *v1model.Config) { d.Val = datasets.Part{} },
		"fit.learning_rate: 0, must be above 0":                     func(_ *datasets.Dataset, c *v1model.Config) { c.Fit.LearningRate = 0 },
		"core.filter_sizes: 9 in layer 1 does not fit into its 7x6": func(_ *datasets.Dataset, c *v1model.Config) { c.Core.FilterSizes = []int{9} },
		"train_responses: 1 values are not finite, the first (-Inf": func(d *datasets.Dataset, _ *v1model.Config) { d.Train.Responses.Values[4] = float32(math.Inf(-1)) },
		"val_images: 1 values are not finite, the first (+Inf)":     func(d *datasets.Dataset, _ *v1model.Config) { d.Val.Images.Pixels[4] = float32(math.Inf(1)) },
		"val_responses: 4 neurons, want 3 as in train_responses":    func(d *datasets.Dataset, _ *v1model.Config) { d.Val.Responses.Neurons = 4 },
		"train_responses: to 45 images, want 44 as in train_images": func(d *datasets.Dataset, _ *v1model.Config) {
			d.Train.Images.N, d.Train.Images.Pixels = 44, d.Train.Images.Pixels[:44*42]
		},
		"core.features: 2 values for the 1 layers of core.filter_siz": func(_ *datasets.Dataset, c *v1model.Config) { c.Core.Features = []int{2, 2} },
	} {
		data, config := small(), tiny()
		change(data, &config)
		_, _, path, err := run(t, data, config, Options{})
		fails(t, err, want)
		if _, err := runfolder.Open(path); err == nil {
			t.Errorf("%s: a run folder was left", want)
		}
	}
}

// The best validation loss is that of the weights kept, by an independent computation; more images than one chunk, not a multiple.
func TestResultIsThatOfTheWeights(t *testing.T) {
	data, config := recording(30, maxChunk+41, 7, 6, 3), tiny()
	config.Fit.MaxSteps = 14 // ends between two validations
	var metrics []runfolder.Metric
	steps := 0
	result, silent, path, err := run(t, data, config, Options{Progress: func(p Progress) {
		steps++
		if p.Steps != steps || p.MaxSteps != 14 || p.Stage < 1 || p.Stage > p.Stages || p.Stages != 2 {
			t.Errorf("step %d: %+v", steps, p)
		}
		if (p.Metric == nil) != (steps%4 != 0 && steps != 14) {
			t.Errorf("step %d: metric %v", steps, p.Metric)
		}
		if math.IsNaN(p.Best) != (steps < 4) {
			t.Errorf("step %d: best %g", steps, p.Best)
		}
		if p.Metric != nil {
			metrics = append(metrics, *p.Metric)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(silent) > 0 || steps != 14 || result.Reason != runfolder.ReasonCap {
		t.Errorf("silent %v, %d steps, %+v", silent, steps, result)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	written, err := folder.Metrics()
	if err != nil || len(written) != 4 || len(metrics) != 4 {
		t.Fatalf("%d validations reported, %d written (%v), want 4", len(metrics), len(written), err)
	}
	rates, err := rates(t, folder, data.Val.Images)
	if err != nil {
		t.Fatal(err)
	}
	want := meanLoss(t, config, rates, data.Val.Responses)
	if math.Abs(float64(result.ValLoss)/want-1) > 1e-5 {
		t.Errorf("validation loss %g, the weights kept have %g", result.ValLoss, want)
	}
}

func TestSilentNeuronsAreNamed(t *testing.T) {
	data, config := small(), tiny()
	for i := range data.Train.Responses.N {
		data.Train.Responses.At(i)[1] = 0
	}
	config.Fit.MaxSteps = 8
	result, silent, path, err := run(t, data, config, Options{})
	if err != nil || len(silent) != 1 || silent[0] != 1 {
		t.Fatalf("silent %v, error %v, want neuron 1", silent, err)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := folder.Result()
	if err != nil || math.IsNaN(float64(result.ValLoss)) || math.IsNaN(float64(result.ConstantLoss)) || kept != result || len(folder.Dataset.Silent) != 1 || folder.Dataset.Silent[0] != 1 {
		t.Errorf("%+v, kept %+v of %+v (%v)", result, kept, folder.Dataset, err)
	}
	rates, err := rates(t, folder, data.Val.Images)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rates.N {
		if r := rates.At(i)[1]; !(r >= 0 && r < 0.1) {
			t.Errorf("image %d: rate %g of a neuron that never responds", i, r)
		}
	}
}

// The smallest data: as many images as a batch, one to validate with.
func TestOneBatchIsTheTrainingSet(t *testing.T) {
	data, config := recording(2, 1, 7, 6, 1), tiny()
	config.Fit.Batch, config.Fit.MaxSteps = 2, 8
	if result, _, _, err := run(t, data, config, Options{}); err != nil || result.Steps != 8 {
		t.Errorf("%+v, %v", result, err)
	}
}

// A fit that never had a number says so; it can be interrupted before it knows.
func TestDivergenceIsSaid(t *testing.T) {
	config := tiny()
	config.Fit.LearningRate = 1e30
	path := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, _, err := Run(ctx, pjrttest.Backend(t), small(), config, path, Options{Progress: func(p Progress) {
		if p.Steps == 3 {
			cancel()
		}
	}})
	fails(t, err, "interrupted at step 3; the state is saved in "+path)
	_, _, err = Resume(context.Background(), pjrttest.Backend(t), small(), path, Options{})
	fails(t, err, "the fit diverged: the validation loss was never a number up to step 12; begin a new run with a lower fit.learning_rate than 1e+30: resuming repeats this one")
}

// A fit that had a number and lost it goes back to its best with a lower rate, and goes on: here an image that overflows float32,
// seen once, turns all weights into NaN.
func TestDivergenceAfterTheBestGoesBack(t *testing.T) {
	data, config := small(), tiny()
	config.Fit.ValidateEvery, config.Fit.MaxSteps = 1, 30
	const spiked = 44
	for i := range data.Train.Images.Size() {
		data.Train.Images.At(spiked)[i] = 3e38
	}
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	start, _, err := m.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range start.Float32("core/conv1/coeffs") {
		start.Float32("core/conv1/coeffs")[i] *= 100 // the same model: batch normalisation divides it out
	}
	result, _, path, err := run(t, data, config, Options{Start: start, permute: func(epoch int) []int32 {
		order := newSampler(spiked, 7, config.Fit.Seed).permute(epoch)
		if epoch == 0 {
			order[7] = spiked // in the second step
		}
		return order
	}})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := folder.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics {
		lost := m.Step >= 2 && m.Step <= 4
		if math.IsNaN(float64(m.ValLoss)) != lost || (m.Stage == 1) != (m.Step <= 4) {
			t.Errorf("%+v", m)
		}
	}
	if result.Reason != runfolder.ReasonConverged || !(result.ValLoss <= metrics[0].ValLoss) {
		t.Errorf("%+v; want at least as good as the first validation, %g", result, metrics[0].ValLoss)
	}
}

// rates predicts with the weights that a run folder keeps.
func rates(t *testing.T, folder *runfolder.Folder, images datasets.Images) (datasets.Responses, error) {
	t.Helper()
	m, w, err := folder.Fitted()
	if err != nil {
		t.Fatal(err)
	}
	d, err := ondevice.New(pjrttest.Backend(t), m, w)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // frees memory only
	return d.Rates(t.Context(), images)
}
