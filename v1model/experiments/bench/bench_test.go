package bench_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// asWorker makes the test binary a worker: ours, or one that does something wrong.
const asWorker = "V1LAB_TEST_AS_WORKER"

func TestMain(m *testing.M) {
	kind := os.Getenv(asWorker)
	if kind == "" {
		os.Exit(m.Run())
	}
	open := func(ctx context.Context) (compute.Backend, error) { return pjrt.Backend(ctx, "", os.Stderr) }
	in, out := io.Reader(os.Stdin), io.Writer(os.Stdout)
	switch kind {
	case "dies":
		fmt.Fprintln(os.Stderr, "out of luck")
		os.Exit(3)
	case "babbles":
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			fmt.Println("hello")
		}
		os.Exit(0)
	case "errs":
		f := &falsifier{jobs: os.Stdin}
		in, out = f, f
	}
	if err := bench.Serve(context.Background(), open, in, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// falsifier lets jobs and answers of our worker pass, and makes the gradients of coefficients a little too large before the answer that they are
// written goes out.
type falsifier struct {
	jobs io.Reader
	path string
}

func (f *falsifier) Read(p []byte) (int, error) {
	n, err := f.jobs.Read(p) // a job at a time: the parent waits for each answer
	var job struct{ Path string }
	if json.Unmarshal(p[:n], &job) == nil {
		f.path = job.Path
	}
	return n, err
}

func (f *falsifier) Write(p []byte) (int, error) {
	if f.path == "" {
		return os.Stdout.Write(p)
	}
	all, err := array.ReadNPZ(f.path)
	if err != nil {
		return 0, err
	}
	for key, a := range all {
		if values, ok := a.Data.([]float32); ok && strings.HasSuffix(key, "coeffs") {
			for i := range values {
				values[i] *= 1.001
			}
		}
	}
	if err := array.WriteNPZ(f.path, all); err != nil {
		return 0, err
	}
	return os.Stdout.Write(p)
}

func worker(t *testing.T, name, kind string, env ...string) bench.System {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return bench.System{Name: name, Args: []string{self}, Env: append(env, asWorker+"="+kind)}
}

// toy compiles in a moment.
func toy() bench.Case {
	return bench.Case{Name: "toy", Preset: "quickstart", Height: 9, Width: 10, Neurons: 5, Images: 24, Batch: 8,
		Set: []string{"core.filter_sizes=3", "core.features=2", "core.rotations=4", "core.upsampling=1", "core.strides=1", "core.padding=valid",
			"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1"}}
}

func TestSpread(t *testing.T) {
	if got, want := bench.SpreadOf([]float64{3, 1, 10, 2}), (bench.Spread{Median: 2.5, Min: 1, Max: 10}); got != want {
		t.Errorf("found %v, want %v", got, want)
	}
	if got := bench.SpreadOf(nil); got != (bench.Spread{}) {
		t.Errorf("of nothing: %v", got)
	}
	// A round that was slow for both does not move the ratio.
	if got, want := bench.RatioOf([]float64{1, 50, 2}, []float64{2, 100, 4}), (bench.Spread{Median: 0.5, Min: 0.5, Max: 0.5}); got != want {
		t.Errorf("found %v, want %v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(rapid.Float64Range(1e-6, 1e6), 1, 20).Draw(t, "v")
		before := slices.Clone(v)
		s := bench.SpreadOf(v)
		below, above := 0, 0
		for _, x := range v {
			if x <= s.Median {
				below++
			}
			if x >= s.Median {
				above++
			}
		}
		if s.Min != slices.Min(v) || s.Max != slices.Max(v) || 2*below < len(v) || 2*above < len(v) || !slices.Equal(v, before) {
			t.Fatalf("%v of %v", s, v)
		}
	})
}

func TestSlope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		power, scale := rapid.Float64Range(-2, 2).Draw(t, "power"), rapid.Float64Range(0.1, 10).Draw(t, "scale")
		x := []float64{1, 3, 10, 70}
		var y []float64
		for _, v := range x {
			y = append(y, scale*math.Pow(v, power))
		}
		if got := bench.Slope(x, y); math.Abs(got-power) > 1e-9 {
			t.Fatalf("found %g, want %g", got, power)
		}
	})
	if got := bench.Slope([]float64{1}, []float64{1}); !math.IsNaN(got) {
		t.Errorf("of one point: %g", got)
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		preset string
		shape  v1model.Shape
		want   bench.Operations
	}{
		{"ecker2019-n16", v1model.Shape{Height: 36, Width: 64, Channels: 1, Neurons: 6005}, bench.Operations{
			First:   2 * 2304 * 169 * 128,
			Core:    2*2304*169*128 + 2*(2*2304*25*128*128),
			Readout: 2*6005*2304*128 + 2*6005*128,
			Filters: 2*8*169*91*16 + 2*(2*8*25*15*128*16)}},
		// Valid padding: 24 - 6 = 18, 14 and 10 pixels are left.
		{"quickstart-cnn32", v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: 150}, bench.Operations{
			First:   2 * 18 * 18 * 49 * 32,
			Core:    2*18*18*49*32 + 2*14*14*25*32*32 + 2*10*10*25*32*32,
			Readout: 2*150*10*10*32 + 2*150*32}},
	} {
		config, err := v1model.Load(c.preset)
		if err != nil {
			t.Fatal(err)
		}
		m, err := v1model.New(config, c.shape)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bench.Count(m)
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s: found %+v, want %+v", c.preset, got, c.want)
		}
		if step, want := got.Step(4), 4*(3*(c.want.Core+c.want.Readout)-c.want.First)+2*c.want.Filters; step != want {
			t.Errorf("%s: a step is %g, want %g", c.preset, step, want)
		}
		if forward, want := got.Forward(3), 3*(c.want.Core+c.want.Readout)+c.want.Filters; forward != want {
			t.Errorf("%s: prediction is %g, want %g", c.preset, forward, want)
		}
	}
}

func TestCases(t *testing.T) {
	cases, err := bench.Cases("", []string{"paper"}, []int{1000, 6005}, []int{32}, []string{"core.rotations=4"})
	if err != nil || len(cases) != 2 || cases[1].Neurons != 6005 || cases[1].Batch != 32 || cases[1].Images < 64 {
		t.Errorf("found %+v, %v", cases, err)
	}
	for _, c := range []struct {
		sizes   []string
		neurons []int
		set     []string
		want    string
	}{
		{[]string{"huge"}, nil, nil, `size "huge"; accepted: quickstart, paper`},
		{[]string{"paper"}, []int{0}, nil, "0 neurons"},
		{[]string{"paper"}, nil, []string{"core.rotation=4"}, `did you mean "rotations"`},
	} {
		if _, err := bench.Cases("", c.sizes, c.neurons, nil, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v", c, err)
		}
		if _, err := bench.ScalingAxes("", c.sizes[:1], nil, nil, nil, c.set); c.sizes[0] == "huge" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("scaling: %+v: error %v", c, err)
		}
	}
}

// Two of our own workers take turns: they agree exactly, and all that was asked for is in the report and in its JSON.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	o := bench.Options{What: []string{bench.Step, bench.Predict, bench.Read, bench.Start}, Cases: []bench.Case{toy()}, Rounds: 2,
		Systems: []bench.System{worker(t, bench.Ours, "ours"), worker(t, "twin", "ours")}}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Agreement; len(a) != 2 || a[0].System != bench.Ours || a[1].System != "twin" || a[0].Gradient > 1e-6 || a[0].Poisson > 1e-6 || a[0].WorstVariable == "" {
		t.Errorf("agreement %+v", r.Agreement)
	}
	for name, rows := range map[string][]bench.Row{"step": r.Step, "predict": r.Predict, "read": r.Read, "start": r.Start} {
		if len(rows) != 1 || len(rows[0].Systems) != 2 || rows[0].Ratio == nil || len(rows[0].Ratios) != 2 {
			t.Fatalf("%s: %+v", name, rows)
		}
		for _, s := range rows[0].Systems {
			if !(s.Min > 0 && s.Min <= s.Median && s.Median <= s.Max && s.First > 0 && s.Peak > 1<<20) {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
	step := r.Step[0]
	if step.Best != "twin" || r.Read[0].Best != "numpy" || step.GFLOP <= 0 || len(step.Evaluation) != 1 || r.Machine.GEMM.Median <= 0 {
		t.Errorf("step %+v, machine %+v", step, r.Machine)
	}
	if s := step.Systems[0]; math.Abs(s.Rate*s.Median-8) > 1e-9 || math.Abs(s.GFLOPS*s.Median-step.GFLOP) > 1e-9 || s.Share <= 0 {
		t.Errorf("rates %+v", s)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"difference from the reference", "one training step: toy, 9x10, 5 neurons, batch 8", "v1lab to twin: ", "peak memory", "GFLOP/s"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no %q in the table:\n%s", part, text.String())
		}
	}
	var keys map[string]any
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		t.Fatal(err)
	}
	timing := keys["step"].([]any)[0].(map[string]any)["systems"].([]any)[0].(map[string]any)
	for _, key := range []string{"system", "median", "min", "max", "first", "images_per_second", "gflops", "gemm_share", "peak_bytes"} {
		if _, ok := timing[key]; !ok {
			t.Errorf("JSON: no %q in %v", key, timing)
		}
	}
	for _, key := range []string{"machine", "rounds", "agreement", "predict", "read", "start"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("JSON: no %q in %v", key, keys)
		}
	}
}

// fitOptions are a short fit to a small simulation.
func fitOptions(t *testing.T) bench.Options {
	t.Helper()
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=4&repeats=2&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", append(toy().Set, "fit.batch=8", "fit.validate_every=5", "fit.max_steps=400")...)
	if err != nil {
		t.Fatal(err)
	}
	return bench.Options{What: []string{bench.Fit}, Rounds: 1, Fit: bench.FitOptions{Data: data, Config: config, MaxSteps: 20}}
}

// cycleOptions are a fit by one cycle of 22 steps, with shared biases.
func cycleOptions(t *testing.T) bench.Options {
	t.Helper()
	o := fitOptions(t)
	config, err := v1model.Load("quickstart@3", append(toy().Set, "fit.batch=8", "fit.validate_every=5", "fit.steps=22")...)
	if err != nil {
		t.Fatal(err)
	}
	o.Fit.Config, o.Fit.MaxSteps = config, 0
	return o
}

// A fit by one cycle is compared with the peers' by the same schedule, and with those by another.
func TestFitBeside(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	o := cycleOptions(t)
	o.Systems = []bench.System{worker(t, bench.Ours, "ours"), worker(t, "twin", "ours")}
	beside := fitOptions(t).Fit.Config
	beside.Fit.MaxSteps = 10
	o.Fit.Beside = &beside
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	same, other := r.Fit, r.FitBeside
	if same.Schedule != "one_cycle" || same.Preset != "quickstart@3" || same.Fits[0].Steps != 22 || same.Fits[1].Steps != 22 || same.Score != same.Fits[1].Lowest || !(same.Ratio > 0) {
		t.Errorf("%+v", same)
	}
	if other.Schedule != "reference" || other.Preset != "quickstart@1" || other.Fits[0].Steps != 22 || other.Fits[1].System != "twin" || other.Fits[1].Steps != 10 ||
		other.Fits[0].Seconds != same.Fits[0].Seconds || other.Score != other.Fits[1].Lowest {
		t.Errorf("%+v", other)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "fit of quickstart@1 (schedule reference) to simulated:") {
		t.Errorf("%v: %s", err, text.String())
	}
	o.Fit.MaxSteps = 5
	if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "fit.schedule one_cycle makes 22; accepted: fit.steps=5") {
		t.Errorf("part of a cycle: %v", err)
	}
	o.Fit.MaxSteps, o.Systems = 0, o.Systems[:1]
	if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "and no peers") {
		t.Errorf("without peers: %v", err)
	}
}

// Most exciting images are found four ways, the reference's last.
func TestMEI(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	o := bench.Options{What: []string{bench.MEI}, Cases: []bench.Case{toy()}, Rounds: 2, Systems: []bench.System{worker(t, bench.Ours, "ours")},
		MEI: bench.MEIOptions{Neurons: 3, Steps: 3}}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.MEI) != 1 || len(r.MEI[0].Systems) != 4 || len(r.MEI[0].Ratios) != 2 || r.MEI[0].Best != "one neuron at a time" {
		t.Fatalf("%+v", r.MEI)
	}
	for _, s := range r.MEI[0].Systems {
		if !(s.Min > 0 && s.First > 0 && s.Peak > 1<<20) || math.Abs(s.Steps-3) > 1e-9 || math.Abs(s.Rate*s.Median-1) > 1e-9 {
			t.Errorf("%+v", s)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "one most exciting image: toy") {
		t.Errorf("%v: %s", err, text.String())
	}
}

// Of a fitted run its own neurons are taken; too few of them are an error.
func TestMEIOfRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	o, path := fitOptions(t), filepath.Join(t.TempDir(), "run")
	o.Fit.Config.Fit.MaxSteps = 10
	if _, _, err := fit.Run(t.Context(), pjrttest.Backend(t), o.Fit.Data, o.Fit.Config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	run, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	o.What, o.MEI = []string{bench.MEI}, bench.MEIOptions{Run: run, Steps: 2}
	o.Systems, o.Rounds = []bench.System{worker(t, bench.Ours, "ours")}, 2
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.MEI) != 1 || r.MEI[0].Case.Name != "run run" || r.MEI[0].Case.Neurons != o.Fit.Data.Train.Responses.Neurons || r.MEI[0].Systems[2].Steps != 2 {
		t.Errorf("%+v", r.MEI)
	}
	o.Rounds = 1000
	if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "at least one for each of 1000 rounds") {
		t.Errorf("error %v", err)
	}
}

func TestFitAndScaling(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	o := fitOptions(t)
	o.What = append(o.What, bench.Scaling, bench.Sessions)
	o.Systems = []bench.System{worker(t, bench.Ours, "ours"), worker(t, "twin", "ours")}
	o.Scaling = bench.ScalingOptions{Base: toy(), Neurons: []int{5, 10}}
	several := toy()
	several.Set = append(several.Set, "fit.sessions=round_robin") // which one session does without
	o.Sessions = bench.ScalingOptions{Base: several, Sessions: []int{1, 3}}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	f := r.Fit
	if len(f.Fits) != 2 || f.Best != "twin" || f.Fits[0].Steps != 20 || len(f.Fits[0].Curve) != 4 || f.Fits[0].Lowest != f.Fits[1].Lowest || f.Score != f.Fits[1].Lowest {
		t.Errorf("fit %+v", f)
	}
	// Equal seeds take equal ways: ours gets where its twin does.
	if !(f.Ratio > 0) || !(f.ToNear > 0) || f.Near < f.Score || f.Fits[0].ToNear > f.Fits[0].ToScore {
		t.Errorf("fit %+v", f)
	}
	if len(r.Scaling) != 2 || len(r.Scaling[0].Points) != 2 || r.Scaling[0].Points[1].Case.Neurons != 10 || math.IsNaN(float64(r.Scaling[0].Slope)) {
		t.Errorf("scaling %+v", r.Scaling)
	}
	// An epoch of 24 images in batches of 8 has 3 steps for each session.
	if a := r.Scaling[1]; a.Name != "sessions" || len(a.Points) != 2 || a.Points[1].Case.Sessions != 3 || !(a.Points[1].Seconds.Median > 0) || math.IsNaN(float64(a.Slope)) {
		t.Errorf("sessions %+v", a)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"seconds to validation loss", "twin", "log-log slope", "peak memory"} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("no %q in the table:\n%s", part, text.String())
		}
	}
}

// A peer that computes something else, or does not work, ends the bench before anything is timed.
func TestBadPeers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	for kind, want := range map[string]string{
		"errs":    "toy: v1lab: gradient/core/conv1/coeffs differs by 0.00",
		"dies":    "dies: load: the process ended: out of luck",
		"babbles": `babbles: load: answered "hello`,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			o := bench.Options{What: []string{bench.Step}, Cases: []bench.Case{toy()}, Rounds: 1,
				Systems: []bench.System{worker(t, bench.Ours, "ours"), worker(t, kind, kind)}}
			r, err := bench.Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q", err, want)
			}
			if r == nil || !r.Unfinished || !r.Empty() {
				t.Errorf("timed before the peer was checked: %+v", r)
			}
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestWrongOptions(t *testing.T) {
	ours := worker(t, bench.Ours, "ours")
	cnn := toy()
	cnn.Set = append(cnn.Set, "readout.kind=dense")
	for _, c := range []struct {
		o    bench.Options
		want string
	}{
		{bench.Options{Systems: []bench.System{ours}}, "0 rounds"},
		{bench.Options{Rounds: 1}, "0 systems"},
		{bench.Options{Rounds: 1, What: []string{bench.Step}, Cases: []bench.Case{cnn}, Systems: []bench.System{ours, ours}}, "readout.kind: dense, the peers have joint_l1 only"},
		{bench.Options{Rounds: 1, What: []string{bench.Step}, Cases: []bench.Case{toy()}, Systems: []bench.System{{Name: bench.Ours, Args: []string{"/nowhere/v1lab"}}}}, "/nowhere/v1lab"},
	} {
		if _, err := bench.Run(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestServeRefuses(t *testing.T) {
	open := func(context.Context) (compute.Backend, error) { return nil, fmt.Errorf("no device") }
	for job, want := range map[string]string{
		`nonsense`:                          "invalid character",
		`{"do":"train","n":1}`:              "no device",
		`{"do":"read","path":"/nowhere.x"}`: "/nowhere.x",
	} {
		var out strings.Builder
		if err := bench.Serve(t.Context(), open, strings.NewReader(job+"\n"), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), `"error":"`) || !strings.Contains(out.String(), want) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: answered %q, want %q", job, out.String(), want)
		}
	}
}

func TestWait(t *testing.T) {
	row, err := bench.WaitCell.Row([]float64{9, 1, 3})
	if err != nil || row.Systems[0].First != 9 || row.Systems[0].Median != 2 || row.Target != 0.3 || row.What != bench.WaitCell.What {
		t.Errorf("%+v, %v", row, err)
	}
	if _, err := bench.WaitLab.Row([]float64{9}); err == nil || !strings.Contains(err.Error(), "v1lab lab, from its start to a served page: measured 1 times; needed are 2") {
		t.Errorf("one time is no row: %v", err)
	}
	var b strings.Builder
	if err := (&bench.Report{Rounds: 2, Cell: []bench.Row{row}}).WriteText(&b); err != nil || !strings.Contains(b.String(), bench.WaitCell.What+" (target 0.3 s)") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// The run that cells open gives rates like any other; a recording of too few images is refused.
func TestMakeRun(t *testing.T) {
	config, err := v1model.Load("quickstart", toy().Set...)
	if err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{"simulated:?neurons=4&images=100&val=20&test=10&height=16&width=16": "", "simulated:?neurons=4&images=99&val=20&test=10&height=16&width=16": "99 training images; needed are 100"} {
		data, err := formats.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "run")
		err = bench.MakeRun(path, config, data)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		folder, err := runfolder.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, w, err := folder.Fitted(); err != nil || len(w) == 0 || folder.Dataset.Spec != data.Spec {
			t.Errorf("%v: %d weights, data %q", err, len(w), folder.Dataset.Spec)
		}
	}
	if cell := bench.PredictCell("a \"run\"", 1); !strings.Contains(cell, `lab.Open("a \"run\"")`) || cell == bench.PredictCell("a \"run\"", 2) || bench.TrivialCell(1) == bench.TrivialCell(2) {
		t.Errorf("a cell does not open the run, or those of two rounds are the same: %s", cell)
	}
}

// Every preset can be measured: its problem has what the model needs beside images, such as covariates and the places of neurons, and our worker reads it all.
func TestEveryPresetHasAProblem(t *testing.T) {
	for _, p := range v1model.Presets() {
		layers := p.Config.Core.Layers()
		two := strings.TrimSuffix(strings.Repeat("2,", layers), ",")
		cases, err := bench.Cases(p.ID(), nil, []int{3}, []int{2}, []string{"core.features=" + two, "core.rotations=" + strconv.Itoa(min(p.Config.Core.Rotations, 2))})
		if err != nil || len(cases) != 1 {
			t.Errorf("%s: %d cases, %v", p.ID(), len(cases), err)
			continue
		}
		c := cases[0]
		if small := strings.HasPrefix(p.Name, "quickstart"); c.Preset != p.ID() || small != (c.Height == 24) {
			t.Errorf("%s: %+v", p.ID(), c)
		}
		c.Images = 4
		if err := bench.ProblemOf(t.TempDir(), c); err != nil {
			t.Errorf("%s: %v", p.ID(), err)
		}
	}
	if _, err := bench.Cases("quickstart", []string{"paper"}, nil, nil, []string{"core.filter_sizes=41,5,5"}); err == nil || !strings.Contains(err.Error(), "core.") {
		t.Errorf("filters larger than the images: %v", err)
	}
}

// A model with behaviour and places on cortex is measured, in steps, predictions, images and of several sessions.
func TestBehaviourIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("starts workers")
	}
	c := bench.Case{Name: "behaviour", Preset: "sensorium2022-p", Height: 12, Width: 13, Neurons: 5, Images: 24, Batch: 8,
		Set: []string{"core.filter_sizes=3,3,3,3", "core.features=2,2,2,2"}}
	o := bench.Options{What: []string{bench.Step, bench.Predict, bench.MEI, bench.Sessions}, Cases: []bench.Case{c}, Rounds: 1, Systems: []bench.System{worker(t, bench.Ours, "ours")},
		MEI: bench.MEIOptions{Neurons: 2, Steps: 3, OneByOne: 1}, Sessions: bench.ScalingOptions{Base: c, Sessions: []int{2}}}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Step) != 1 || !(r.Step[0].Systems[0].Median > 0) || len(r.MEI) != 1 || len(r.Scaling) != 1 {
		t.Errorf("found %+v", r)
	}
}
