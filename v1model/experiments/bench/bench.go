package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"v1lab/v1model"
)

// What can be measured. The caller measures Cell, the times that people wait in a notebook: see Wait.
const (
	Step    = "step"
	Predict = "predict"
	MEI     = "mei"
	Read    = "read"
	Start   = "start"
	Cell    = "cell"
	Fit     = "fit"
	Scaling = "scaling"

	Sessions = "sessions"
	Dots     = "products"
)

// What lists the accepted values of Options.What.
var What = []string{Step, Predict, MEI, Read, Start, Cell, Fit, Scaling, Sessions, Dots}

// Options say what to measure, on what and how often.
type Options struct {
	What     []string
	Cases    []Case   // for step, predict, mei, products, read and start
	Systems  []System // ours first, then the peers
	Rounds   int
	Products int // of each program, those with the most arithmetic; 0 is all
	Fit      FitOptions
	MEI      MEIOptions
	Scaling  ScalingOptions
	Sessions ScalingOptions
	Progress io.Writer // gets a line at the start of each measurement
}

// minDuration is the minimum duration of one timed job.
const minDuration = time.Second

// mostSteps limits the steps of one timed job.
const mostSteps = 64

// gemmEdge is the size of the square matrices whose product measures the speed of the machine.
const gemmEdge = 2048

// Run makes the measurements. A peer that does not agree with the reference is an error, and its case is not timed. With an error, also that of a ctx that has
// ended, comes a report of what was measured before, unless the options were wrong.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Rounds < 1 || len(o.Systems) == 0 || o.Systems[0].Name != Ours {
		return nil, fmt.Errorf("%d rounds of %d systems; accepted: at least 1 of each, %s first", o.Rounds, len(o.Systems), Ours)
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	b := &bench{Options: o, checked: map[string]bool{}, report: &Report{Rounds: o.Rounds, Machine: Machine{OS: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Edge: gemmEdge,
		Taken: time.Now().Format(time.RFC3339)}}}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		b.report.Machine.Load = strings.TrimSpace(string(load))
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{Step, b.timeSteps}, {Predict, b.timeSteps}, {MEI, b.timeMEIs}, {Dots, b.timeProducts}, {Read, b.timeReading}, {Start, b.timeStarts}, {Fit, b.timeFits},
		{Scaling, func(ctx context.Context) error { return b.timeScaling(ctx, b.Scaling) }},
		{Sessions, func(ctx context.Context) error { return b.timeScaling(ctx, b.Sessions) }}} {
		if !slices.Contains(o.What, part.name) || part.name == Predict && slices.Contains(o.What, Step) {
			continue // step and predict share their processes
		}
		if err := part.run(ctx); err != nil {
			b.report.Unfinished = true
			return b.report, cmp.Or(ctx.Err(), err)
		}
	}
	return b.report, nil
}

type bench struct {
	Options
	report  *Report
	checked map[string]bool // problems, by name, that checkAgreement has checked
}

func (b *bench) progressf(format string, args ...any) {
	fmt.Fprintf(b.Progress, format+"\n", args...) //nolint:errcheck // progress only
}

// folder writes the problem of a case to a temporary folder and calls f with it.
func (b *bench) folder(c Case, f func(dir string, m *v1model.Model) error) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if len(b.Systems) > 1 {
		if err := supportedByPeers(config); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	data, err := c.data()
	if err != nil {
		return err
	}
	m, err := v1model.New(config, shapeOf(data))
	if err != nil {
		return err
	}
	if err := writeProblem(dir, config, data, mostSteps); err != nil {
		return err
	}
	return f(dir, m)
}

// timeSteps times training steps and predictions of all cases.
func (b *bench) timeSteps(ctx context.Context) error {
	for _, c := range b.Cases {
		err := b.folder(c, func(dir string, m *v1model.Model) error {
			if err := b.checkAgreement(ctx, c.Name, dir); err != nil {
				return err
			}
			b.progressf("%s: %d neurons, batch %d: starting %d systems", c.Name, c.Neurons, c.Batch, len(b.Systems))
			crew, err := startWorkers(ctx, b.Systems, dir, filepath.Join(dir, "cache"))
			if err != nil {
				return err
			}
			defer crew.stop()
			b.report.Machine.Device = crew[0].loaded.Version
			count, err := Count(m)
			if err != nil {
				return err
			}
			return b.timeCase(crew, c, count)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// timeCase times training steps and predictions of one case.
func (b *bench) timeCase(crew workers, c Case, count Operations) error {
	var gemm []float64
	measure := func() error {
		a, err := crew[0].do(job{Do: doGEMM, N: gemmEdge})
		gemm = append(gemm, 2*math.Pow(gemmEdge, 3)/1e9/a.Seconds)
		return err
	}
	if slices.Contains(b.What, Step) {
		b.progressf("%s: %d neurons, batch %d: training steps", c.Name, c.Neurons, c.Batch)
		timings, err := b.timeInRounds(crew, mostSteps, func(n int) job { return job{Do: doTrain, N: n} }, measure)
		if err != nil {
			return err
		}
		r := row(c, "one training step", timings)
		r.Evaluation = crew[0].loaded.Evaluation
		r.setRates(count.Step(c.Batch), c.Batch, SpreadOf(gemm).Median)
		b.report.Step = append(b.report.Step, r)
	}
	if slices.Contains(b.What, Predict) {
		b.progressf("%s: %d neurons: prediction", c.Name, c.Neurons)
		images := 2 * chunk
		timings, err := b.timeInRounds(crew, mostSteps, func(n int) job { return job{Do: doPredict, N: n * images} }, measure)
		if err != nil {
			return err
		}
		r := row(c, fmt.Sprintf("rates of %d images", images), timings)
		r.Evaluation = crew[0].loaded.Evaluation
		r.setRates(2*count.Forward(chunk), images, SpreadOf(gemm).Median)
		b.report.Predict = append(b.report.Predict, r)
	}
	b.report.Machine.GEMM = SpreadOf(gemm)
	return nil
}

// timeInRounds warms up every worker, then times one job of each worker in every round, beginning each round with another worker. between is called after
// every round. work makes a job of n repetitions, at most most. Times are seconds per repetition.
func (b *bench) timeInRounds(crew workers, most int, work func(n int) job, between func() error) ([]Timing, error) {
	timings, repeat := make([]Timing, len(crew)), make([]int, len(crew))
	for i, w := range crew {
		timings[i].System = w.system.Name
		for k := range 3 { // programs may compile again at their second call
			a, err := w.do(work(1))
			if err != nil {
				return nil, err
			}
			if k == 0 {
				timings[i].First = a.Seconds
			}
			repeat[i] = max(1, min(most, int(math.Ceil(minDuration.Seconds()/a.Seconds))))
		}
	}
	for round := range b.Rounds {
		for k := range crew {
			i := (round + k) % len(crew)
			a, err := crew[i].do(work(repeat[i]))
			if err != nil {
				return nil, err
			}
			if !a.Loss.Finite() {
				return nil, fmt.Errorf("%s: the loss is not a number", crew[i].system.Name)
			}
			timings[i].seconds = append(timings[i].seconds, a.Seconds/float64(repeat[i]))
		}
		if err := between(); err != nil {
			return nil, err
		}
	}
	for i, w := range crew {
		timings[i].Peak = w.peak()
	}
	return timings, nil
}
