package bench

import (
	"context"
	"fmt"
	"math"

	"v1lab/v1model"
)

// Process is a running system with a problem loaded, for callers that measure in an order of their own. Its jobs end with an error if ctx of [Open] ends,
// because the process is then killed.
type Process struct{ w *worker }

// WriteProblem writes the problem of a case to a folder: the model with its start values, the data, and what peers need beside.
func WriteProblem(dir string, c Case) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	data, err := c.data()
	if err != nil {
		return err
	}
	if _, err := v1model.New(config, shapeOf(data)); err != nil {
		return err
	}
	return writeProblem(dir, config, data, mostSteps)
}

// Open starts a system on the problem in a folder. It caches what peers compile in the folder cache.
func Open(ctx context.Context, s System, problem, cache string) (*Process, error) {
	crew, err := startWorkers(ctx, []System{s}, problem, cache)
	if err != nil {
		return nil, err
	}
	return &Process{crew[0]}, nil
}

// Close ends the process and waits.
func (p *Process) Close() { p.w.close() }

// Version is what the system said of itself: ours its device, peers their version.
func (p *Process) Version() string { return p.w.loaded.Version }

// Evaluate writes losses and gradients of the first batch at the start values, and the rates of validation images, to an archive, for [Differences].
func (p *Process) Evaluate(path string) error {
	_, err := p.w.do(job{Do: doGradients, Path: path})
	return err
}

// Multiply makes ours multiply two square matrices, which compiles a small program.
func (p *Process) Multiply(edge int) error {
	_, err := p.w.do(job{Do: doGEMM, N: edge})
	return err
}

// mostSmallSteps limits the training steps of one timed job on a device where a step may take less than a millisecond.
const mostSmallSteps = 1024

// Steps times training steps, seconds a step.
func (p *Process) Steps(rounds int) (Timing, error) {
	return p.time(rounds, mostSmallSteps, 1, func(n int) job { return job{Do: doTrain, N: n} })
}

// Predict times the rates of 512 images.
func (p *Process) Predict(rounds int) (Timing, error) {
	const images = 2 * chunk
	return p.time(rounds, mostSteps, images, func(n int) job { return job{Do: doPredict, N: n * images} })
}

func (p *Process) time(rounds, most, images int, work func(n int) job) (Timing, error) {
	b := &bench{Options: Options{Rounds: rounds}}
	timings, err := b.timeInRounds(workers{p.w}, most, work, func() error { return nil })
	if err != nil {
		return Timing{}, err
	}
	t := timings[0]
	t.Spread = SpreadOf(t.seconds)
	t.Rate = float64(images) / t.Median
	return t, nil
}

// MEIs times the most exciting images of so many neurons together, of at most so many steps (0: the paper's), seconds an image. The first time, which
// compiles, makes one step.
func (p *Process) MEIs(neurons, steps int) (Timing, error) {
	first, err := p.w.do(job{Do: doMEI, N: neurons, Steps: 1})
	if err != nil {
		return Timing{}, err
	}
	a, err := p.w.do(job{Do: doMEI, N: neurons, Steps: steps})
	if err != nil {
		return Timing{}, err
	}
	images := float64(neurons * meiImages)
	s := a.Seconds / images
	return Timing{System: p.w.system.Name, Spread: Spread{s, s, s}, First: first.Seconds, Rate: 1 / s, Steps: float64(a.Steps) / images, Peak: p.w.peak()}, nil
}

// Part is what Process.Fit did.
type Part struct {
	Steps   int     // of the fit so far
	Seconds float64 // of this part
	First   float64 // seconds until the end of its first step, compilation included
}

// Fit fits the problem's model in a run folder and stops after so many steps; 0 means never. A fit that is in the folder already is continued.
func (p *Process) Fit(run string, stop int) (Part, error) {
	a, err := p.w.do(job{Do: doPart, Path: run, N: stop})
	if err == nil && stop > 0 && a.Steps != stop {
		err = fmt.Errorf("%s: the fit in %s is at step %d, not at %d", p.w.system.Name, run, a.Steps, stop)
	}
	return Part{a.Steps, a.Seconds, a.First}, err
}

// Peak is the largest resident memory of the process so far, in bytes; 0 if the operating system does not tell.
func (p *Process) Peak() int64 { return p.w.peak() }

// Finite reports whether every difference is a number.
func (a Agreement) Finite() bool {
	sum := a.Poisson + a.Penalty + a.Rates + a.Gradient
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// Worst is the largest difference.
func (a Agreement) Worst() float64 { return max(a.Poisson, a.Penalty, a.Rates, a.Gradient) }
