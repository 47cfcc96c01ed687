package runfolder_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

func config(t testing.TB) v1model.Config {
	t.Helper()
	c, err := v1model.Load("quickstart", "core.rotations=4", "core.features=2,2,2", "core.filter_sizes=3,3,3", "core.padding=same,same,same", "fit.seed=18446744073709551615")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var record = runfolder.Dataset{
	Version: runfolder.Version, Spec: "npz:a b.npz?normalise=none", Fingerprint: "0f", Shape: v1model.Shape{Height: 6, Width: 5, Channels: 1, Neurons: 3},
	Preparation: datasets.Preparation{
		{Choice: &datasets.Choice{Neurons: "0-2", Kept: []int{0, 1, 2}, Of: 9}},
		{Crop: &datasets.Crop{From: datasets.Size{Height: 8, Width: 8, Channels: 1}, Top: 1, Left: 2, Height: 6, Width: 5}},
	},
	Normalisation: &datasets.Normalisation{Method: datasets.Pixel, PixelMean: make([]float64, 30), PixelSD: make([]float64, 30)}, Split: &datasets.Split{},
}

func create(t testing.TB) *runfolder.Folder {
	t.Helper()
	f, err := runfolder.Create(filepath.Join(t.TempDir(), "runs", "one"), config(t), record)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) //nolint:errcheck // a second Close after the test's own
	return f
}

func startValues(t testing.TB, f *runfolder.Folder, seed uint64) (weights.Values, []weights.Spec) {
	t.Helper()
	m, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	return weights.Init(m.Specs(), seed), m.Specs()
}

func reopen(t testing.TB, f *runfolder.Folder) *runfolder.Folder {
	t.Helper()
	again, err := runfolder.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestConfigAndDataComeBack(t *testing.T) {
	f := create(t)
	again := reopen(t, f)
	if d := cmp.Diff(config(t), again.Config); d != "" {
		t.Errorf("config (-written +read):\n%s", d)
	}
	if d := cmp.Diff(record, again.Dataset); d != "" {
		t.Errorf("data (-written +read):\n%s", d)
	}
	if info, err := os.Stat(f.Figures()); err != nil || !info.IsDir() {
		t.Errorf("figures: %v", err)
	}
	if _, ok, err := again.Result(); ok || err != nil {
		t.Errorf("a result (%v) or an error (%v) before the end", ok, err)
	}
	if m, err := again.Metrics(); len(m) != 0 || err != nil {
		t.Errorf("metrics %v, error %v before the first validation", m, err)
	}
}

// A folder from before preparations were recorded.
func TestOldDataRecordIsRead(t *testing.T) {
	f := create(t)
	old := `{"version": 1, "spec": "npz:r.npz", "fingerprint": "0f", "shape": {"height": 6, "width": 5, "channels": 1, "neurons": 1},
		"normalisation": {"method": "reference", "image_mean": 113.5, "image_sd": 59.5, "response_sd": [0.5]}}`
	if err := os.WriteFile(filepath.Join(f.Path, "dataset.json"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	want := runfolder.Dataset{Version: 1, Spec: "npz:r.npz", Fingerprint: "0f", Shape: v1model.Shape{Height: 6, Width: 5, Channels: 1, Neurons: 1},
		Normalisation: &datasets.Normalisation{Method: datasets.Reference, ImageMean: 113.5, ImageSD: 59.5, ResponseSD: []float64{0.5}}}
	if d := cmp.Diff(want, reopen(t, f).Dataset); d != "" {
		t.Error(d)
	}
}

func TestMetricsComeBack(t *testing.T) {
	defer durable.Use(faulty.Unsynced{})()
	float := rapid.Custom(func(r *rapid.T) jsonfloat.Float {
		return jsonfloat.Float(rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN())).Draw(r, "value"))
	})
	rapid.Check(t, func(r *rapid.T) {
		f := create(t)
		var metrics []runfolder.Metric
		for range rapid.IntRange(0, 5).Draw(r, "validations") {
			m := runfolder.Metric{
				Step: 10 * (len(metrics) + 1), Stage: rapid.IntRange(1, 3).Draw(r, "stage"), LearningRate: rapid.Float64Range(1e-9, 1).Draw(r, "rate"),
				TrainLoss: float.Draw(r, "train loss"), Penalty: float.Draw(r, "penalty"), ValLoss: float.Draw(r, "validation loss"),
				Best: rapid.Bool().Draw(r, "best"), Seconds: rapid.Float64Range(0, 1e6).Draw(r, "seconds"),
			}
			if err := f.AppendMetric(m); err != nil {
				r.Fatal(err)
			}
			metrics = append(metrics, m)
		}
		path := filepath.Join(f.Path, "metrics.jsonl")
		appendText(r, path, rapid.SampledFrom([]string{"", `{"step":990,"sta`, "\n", "  \n\n", "\x00\x00\x00\n", "\x00\x00\x00", "rubbish\n{\n"}).Draw(r, "what a crash left"))
		compare := func(want []runfolder.Metric) {
			got, err := f.Metrics()
			if err != nil {
				r.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), infinityIsNull); d != "" {
				r.Fatalf("metrics (-written +read):\n%s", d)
			}
		}
		compare(metrics)
		step := rapid.IntRange(0, 60).Draw(r, "rewind to")
		if err := f.RewindMetrics(step); err != nil {
			r.Fatal(err)
		}
		kept := metrics[:min(step/10, len(metrics))]
		compare(kept)
		next := runfolder.Metric{Step: step + 1}
		if err := f.AppendMetric(next); err != nil { // on a line of its own, whatever was there before
			r.Fatal(err)
		}
		compare(append(kept[:len(kept):len(kept)], next))
	})
}

var infinityIsNull = cmp.Transformer("null", func(f jsonfloat.Float) float64 {
	if math.IsInf(float64(f), 0) {
		return math.NaN()
	}
	return float64(f)
})

func appendText(t interface{ Fatal(...any) }, path, text string) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestResultComesBack(t *testing.T) {
	f := create(t)
	want := runfolder.Result{Version: runfolder.Version, Reason: runfolder.ReasonCap, Steps: 70, Best: 60, ValLoss: 1.0 / 3, Seconds: 12.5}
	written := want
	written.Version = 0
	if err := f.WriteResult(written); err != nil {
		t.Fatal(err)
	}
	got, ok, err := reopen(t, f).Result()
	if err != nil || !ok || got != want {
		t.Errorf("result %+v, %v, %v, want %+v", got, ok, err, want)
	}
}

type place struct{ Step int }

func checkpoint(values weights.Values, step int) runfolder.Checkpoint {
	return runfolder.Checkpoint{Arrays: values, State: place{step}}
}

func TestCheckpointComesBack(t *testing.T) {
	f := create(t)
	var last, best place
	if _, _, ok, err := f.LoadCheckpoint(&last, &best); ok || err != nil {
		t.Fatalf("a checkpoint (%v) or an error (%v) in a new folder", ok, err)
	}
	values := map[int]weights.Values{}
	var specs []weights.Spec
	for step := range 10 {
		values[step], specs = startValues(t, f, uint64(step))
	}
	expect := func(lastStep, bestStep int) {
		t.Helper()
		again := reopen(t, f)
		got, atBest, ok, err := again.LoadCheckpoint(&last, &best)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if last.Step != lastStep {
			t.Errorf("last state %v, want %d", last, lastStep)
		}
		if d := cmp.Diff(values[lastStep], got); d != "" {
			t.Errorf("last arrays:\n%s", d)
		}
		if bestStep < 0 {
			if atBest != nil {
				t.Error("a best state before the first validation")
			}
			return
		}
		if best.Step != bestStep {
			t.Errorf("best state %v, want %d", best, bestStep)
		}
		if d := cmp.Diff(values[bestStep], atBest); d != "" {
			t.Errorf("best arrays:\n%s", d)
		}
	}
	save := func(lastStep, bestStep int) {
		t.Helper()
		var atBest *runfolder.Checkpoint
		if bestStep >= 0 {
			c := checkpoint(values[bestStep], bestStep)
			atBest = &c
		}
		if err := f.SaveCheckpoint(checkpoint(values[lastStep], lastStep), atBest, specs); err != nil {
			t.Fatal(err)
		}
	}
	save(0, -1)
	expect(0, -1)
	save(2, 1)
	expect(2, 1)
	save(4, -1)
	expect(4, 1)
	save(6, 5)
	expect(6, 5)
	w, err := f.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(values[5], w); d != "" {
		t.Errorf("weights:\n%s", d)
	}

	// A save that ends half-way, after the state at the best and before the last one, leaves a pair that belongs together.
	atBest := checkpoint(values[7], 7)
	for range 3 {
		if err := f.SaveCheckpoint(runfolder.Checkpoint{Arrays: values[8], State: math.NaN()}, &atBest, specs); err == nil {
			t.Fatal("NaN in a checkpoint's JSON went through")
		}
		expect(6, 5)
	}
	save(8, 7)
	expect(8, 7)

	if err := os.Remove(filepath.Join(f.Path, "checkpoint", "best-1.npz")); err != nil {
		t.Fatal(err)
	}
	save(9, -1)
	expect(9, 7)
	if err := os.Remove(filepath.Join(f.Path, "checkpoint", "best-0.npz")); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := f.LoadCheckpoint(&last, &best); err == nil || !strings.Contains(err.Error(), "best-0.npz: missing") {
		t.Errorf("error %v, want the missing file", err)
	}
}

// A colleague who may read a run folder may see who writes to it.
func TestLockCanBeReadAsTheOtherFiles(t *testing.T) {
	f := create(t)
	if err := f.AppendMetric(runfolder.Metric{Step: 1}); err != nil {
		t.Fatal(err)
	}
	mode := func(name string) os.FileMode {
		info, err := os.Stat(filepath.Join(f.Path, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	if lock, other := mode(".lock"), mode("metrics.jsonl"); lock != other {
		t.Errorf("mode %v, other files have %v", lock, other)
	}
}

func TestRunFolderOfPipes(t *testing.T) {
	f := create(t)
	for _, name := range []string{"config.yaml", "metrics.jsonl"} {
		path := filepath.Join(f.Path, name)
		if err := errors.Join(os.RemoveAll(path), syscall.Mkfifo(path, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	fails(t, "not a regular file", func() error { _, err := runfolder.Open(f.Path); return err })
	fails(t, "not a regular file", func() error { _, err := f.Metrics(); return err })
}

func TestOneWriterAtATime(t *testing.T) {
	f := create(t)
	if g, err := runfolder.OpenForWriting(f.Path); g != nil || err == nil || !strings.Contains(err.Error(), "another process is writing to it") {
		t.Errorf("second writer: folder %v, error %v", g, err)
	}
	reopen(t, f) // readers are free
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := runfolder.OpenForWriting(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCreateLeavesWhatIsThere(t *testing.T) {
	f := create(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(f.Path, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := config(t)
	other.Fit.Seed = 2
	fails(t, "exists already; accepted: a new folder, or --resume", func() error { _, err := runfolder.Create(f.Path, other, record); return err })
	after, err := os.ReadFile(filepath.Join(f.Path, "config.yaml"))
	if err != nil || string(before) != string(after) {
		t.Errorf("the folder changed (%v)", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	appendText(t, file, "mine")
	fails(t, "run folder: ", func() error { _, err := runfolder.Create(file, other, record); return err })
	fails(t, "run folder: ", func() error { _, err := runfolder.Create(filepath.Join(file, "sub"), other, record); return err })
	empty := t.TempDir()
	g, err := runfolder.Create(empty, other, record)
	if err != nil {
		t.Fatalf("an empty folder: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}

// fails checks that an error is one line that contains want.
func fails(t *testing.T, want string, do func() error) {
	t.Helper()
	err := do()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	opening := func(f *runfolder.Folder) error { _, err := runfolder.Open(f.Path); return err }
	result := func(f *runfolder.Folder) error { _, _, err := f.Result(); return err }
	metrics := func(f *runfolder.Folder) error { _, err := f.Metrics(); return err }
	best := func(f *runfolder.Folder) error { _, err := f.Weights(); return err }
	last := func(f *runfolder.Folder) error {
		var a, b place
		_, _, _, err := f.LoadCheckpoint(&a, &b)
		return err
	}
	npz := func(arrays map[string]array.Array) string {
		path := filepath.Join(t.TempDir(), "a.npz")
		if err := array.WriteNPZ(path, arrays); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := func(s string) array.Array { return array.Scalar(s) }
	for _, c := range []struct {
		file, content string // "" removes
		read          func(*runfolder.Folder) error
		want          string
	}{
		{"config.yaml", "", opening, "no config.yaml there; accepted: a folder that v1lab fit made"},
		{"config.yaml", "core: [", opening, "config.yaml: not YAML"},
		{"config.yaml", "cor: {}", opening, `config.yaml: cor: unknown key, did you mean "core"?`},
		{"config.yaml", "core: {rotations: many}", opening, "config.yaml: core.rotations: found many"},
		{"config.yaml", "core: {}", opening, "config.yaml: core.kind"},
		{"dataset.json", "", opening, "dataset.json: no such file"},
		{"dataset.json", `{"version": 1,`, opening, "dataset.json: unexpected end of JSON input"},
		{"dataset.json", `{"version": "one"}`, opening, "dataset.json: json: cannot unmarshal string"},
		{"dataset.json", `{"version": 99, "shape": "of another kind"}`, opening, "dataset.json is of version 99, this program reads up to 1"},
		{"result.json", `{"version": 99, "steps": "of another kind"}`, result, "result.json is of version 99, this program reads up to 1"},
		{"result.json", `{`, result, "result.json: unexpected end of JSON input"},
		{"metrics.jsonl", "{\"step\": 1}\nnot JSON\n{\"step\": 2}\n", metrics, "metrics.jsonl, line 2: invalid character"},
		{"best/weights.npz", "", best, "no weights yet; let the fit reach its first validation, or resume it"},
		{"best/weights.npz", "PK\x03\x04cut", best, "weights.npz: not an .npz archive, or cut short"},
		{"best/weights.npz", npz(map[string]array.Array{"readout/masks": array.New([]float32{1})}), best, `weights.npz: weights: variable "core/conv1/coeffs" is missing`},
		{"checkpoint/last.npz", "PK\x03\x04cut", last, "last.npz: not an .npz archive, or cut short"},
		{"checkpoint/last.npz", npz(map[string]array.Array{"a": array.New([]float32{1})}), last, `last.npz: no text "state" in it`},
		{"checkpoint/last.npz", npz(map[string]array.Array{"state": array.New([]float32{1})}), last, `last.npz: no text "state" in it`},
		{"checkpoint/last.npz", npz(map[string]array.Array{"state": text("{")}), last, "last.npz: state: unexpected end of JSON input"},
		{"checkpoint/last.npz", npz(map[string]array.Array{"state": text("{}")}), last, `last.npz: no text "best" in it`},
		{"checkpoint/last.npz", npz(map[string]array.Array{"state": text("{}"), "best": text("/etc/passwd")}), last, `last.npz: best: "/etc/passwd", accepted: checkpoint/best-0.npz`},
	} {
		t.Run(c.file, func(t *testing.T) {
			f := create(t)
			path := filepath.Join(f.Path, c.file)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if c.content != "" {
				appendText(t, path, c.content)
			}
			fails(t, c.want, func() error { return c.read(f) })
			fails(t, f.Path, func() error { return c.read(f) })
		})
	}
}

func TestWeightsMustFitTheConfig(t *testing.T) {
	f := create(t)
	values, _ := startValues(t, f, 1)
	values["readout/biases"] = array.New([]float32{1, 2})
	if err := f.SaveWeights(values); err != nil {
		t.Fatal(err)
	}
	fails(t, `weights.npz: weights: variable "readout/biases" has shape [2], the model needs [3]`, func() error { _, err := f.Weights(); return err })
}

// A writer says who it is and how far; one that ends in good order leaves nothing of that.
func TestWriterOf(t *testing.T) {
	f := create(t)
	if err := f.NoteProgress(runfolder.Progress{Steps: 1234567, MaxSteps: 5, Stage: 1, Stages: 2, Best: jsonfloat.Float(math.NaN())}); err != nil {
		t.Fatal(err)
	}
	if err := f.NoteProgress(runfolder.Progress{Steps: 7, MaxSteps: 10, Stage: 1, Stages: 2, Best: 3.5}); err != nil { // shorter than the one before
		t.Fatal(err)
	}
	w, writing, err := runfolder.WriterOf(f.Path)
	if err != nil || !writing || w.PID != os.Getpid() || !w.IsLocal() || w.Progress == nil || *w.Progress != (runfolder.Progress{Steps: 7, MaxSteps: 10, Stage: 1, Stages: 2, Best: 3.5}) {
		t.Errorf("writer %+v, %v, %v", w, writing, err)
	}
	fails(t, fmt.Sprintf("another process is writing to it (process %d, since %s, at step 7)", os.Getpid(), w.Since.Local().Format(time.DateTime)),
		func() error { _, err := runfolder.OpenForWriting(f.Path); return err })
	for _, other := range []runfolder.Writer{{PID: w.PID, Host: w.Host, Birth: "1"}, {PID: w.PID, Host: "elsewhere", Birth: w.Birth}, {}} {
		if other.IsLocal() {
			t.Errorf("%+v is taken for a process of this machine", other)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.Path, t.TempDir(), filepath.Join(f.Path, "none")} {
		if w, writing, err := runfolder.WriterOf(path); err != nil || writing || w != (runfolder.Writer{}) {
			t.Errorf("%s: writer %+v, %v, %v; want none", path, w, writing, err)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(f.Path, "..")); err != nil || len(entries) != 1 {
		t.Errorf("a look made files: %v, %v", entries, err)
	}
}

// Those who only look do not keep a writer out.
func TestLookersAndAWriter(t *testing.T) {
	f := create(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var lookers sync.WaitGroup
	for range 2 {
		lookers.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond):
					if _, _, err := runfolder.WriterOf(f.Path); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for range 50 {
		g, err := runfolder.OpenForWriting(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	lookers.Wait()
}

// Who wants a run that another process is about to make, or writes to, is told so, and can wait for it.
func TestTakenAndWait(t *testing.T) {
	f := create(t)
	again := func() error { _, err := runfolder.Create(f.Path, f.Config, f.Dataset); return err }
	reopen := func() error { _, err := runfolder.OpenForWriting(f.Path); return err }
	for name, do := range map[string]func() error{"create": again, "open": reopen} {
		if err := do(); !errors.Is(err, runfolder.ErrTaken) {
			t.Errorf("%s: %v, want an error of a taken folder", name, err)
		}
	}
	if other := filepath.Join(f.Path, ".."); errors.Is(runfolder.CheckFree(other), runfolder.ErrTaken) || runfolder.CheckFree(other) == nil {
		t.Errorf("a folder of something else: %v", runfolder.CheckFree(other))
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := runfolder.Wait(short, f.Path, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited too short: %v", err)
	}
	looks := 0
	err := runfolder.Wait(t.Context(), f.Path, func(w runfolder.Writer) {
		if looks++; looks == 1 {
			if w.PID != os.Getpid() {
				t.Errorf("writer %v", w)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || looks != 1 {
		t.Errorf("waited with %d looks: %v", looks, err)
	}
}

// A folder whose config is being written is taken; one that was left so may be used.
func TestTakenBeforeTheConfig(t *testing.T) {
	f := create(t)
	for from, to := range map[string]string{"config.yaml": ".config.yaml1234", "dataset.json": ".dataset.json1234"} {
		if err := os.Rename(filepath.Join(f.Path, from), filepath.Join(f.Path, to)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := runfolder.Create(f.Path, f.Config, f.Dataset); !errors.Is(err, runfolder.ErrTaken) {
		t.Errorf("%v, want an error of a taken folder", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := runfolder.Create(f.Path, f.Config, f.Dataset)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
