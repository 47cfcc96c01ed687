package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"v1lab/v1model/jsonfloat"
)

// ScalingOptions are the values at which our cost is measured: one axis varies, the others stay at Base.
type ScalingOptions struct {
	Base                               Case
	Neurons, Images, Batches, Sessions []int // an empty axis is left out
}

// timeScaling measures our cost and memory along each axis, each point in its own process.
func (b *bench) timeScaling(ctx context.Context, o ScalingOptions) error {
	for _, axis := range []struct {
		name, what string
		values     []int
		at         func(c *Case, v int)
		repeats    func(c Case) float64 // steps that the cost is of
	}{
		{"neurons", "one training step", o.Neurons, func(c *Case, v int) { c.Neurons = v }, func(Case) float64 { return 1 }},
		{"images", "one pass over the images", o.Images, func(c *Case, v int) { c.Images = v }, func(c Case) float64 { return float64(c.Images / c.Batch) }},
		{"batch", "one training step", o.Batches, func(c *Case, v int) { c.Batch, c.Images = v, max(c.Images, v) }, func(Case) float64 { return 1 }},
		{"sessions", "one epoch", o.Sessions, func(c *Case, v int) { c.Sessions = v }, func(c Case) float64 { return float64(c.Sessions * (c.Images / c.Batch)) }},
	} {
		if len(axis.values) == 0 {
			continue
		}
		a := Axis{Name: axis.name, What: axis.what}
		var x, y, memory, busy []float64
		for _, v := range axis.values {
			c := o.Base
			axis.at(&c, v)
			b.progressf("scaling: %s %d", axis.name, v)
			seconds, processor, peak, err := b.onePoint(ctx, c)
			if err != nil {
				return err
			}
			for i := range seconds {
				seconds[i] *= axis.repeats(c)
				processor[i] *= axis.repeats(c)
			}
			s := Scaled{Case: c, Value: v, Seconds: SpreadOf(seconds), Processor: SpreadOf(processor), Peak: peak}
			a.Points = append(a.Points, s)
			x, y, memory, busy = append(x, float64(v)), append(y, s.Seconds.Median), append(memory, float64(peak)), append(busy, s.Processor.Median)
		}
		a.Slope, a.ProcessorSlope, a.MemorySlope = jsonfloat.Float(Slope(x, y)), jsonfloat.Float(Slope(x, busy)), jsonfloat.Float(Slope(x, memory))
		b.report.Scaling = append(b.report.Scaling, a)
	}
	return nil
}

// onePoint times training steps of one case, in seconds and processor seconds per step.
func (b *bench) onePoint(ctx context.Context, c Case) (seconds, processor []float64, peak int64, err error) {
	config, err := c.config()
	if err != nil {
		return nil, nil, 0, err
	}
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return nil, nil, 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	data, err := c.data()
	if err != nil {
		return nil, nil, 0, err
	}
	if err := writeProblem(dir, config, data, 1); err != nil {
		return nil, nil, 0, err
	}
	w, err := startWorker(ctx, b.Systems[0], filepath.Join(dir, "cache"))
	if err != nil {
		return nil, nil, 0, err
	}
	defer w.close()
	loaded, err := w.do(job{Do: doLoad, Folder: dir})
	if err != nil {
		return nil, nil, 0, err
	}
	b.report.Machine.Device = loaded.Version
	steps := 1
	for range 2 { // the first compiles
		a, err := w.do(job{Do: doTrain, N: 1})
		if err != nil {
			return nil, nil, 0, err
		}
		steps = max(1, min(mostSteps, int(math.Ceil(minDuration.Seconds()/2/a.Seconds))))
	}
	for range b.Rounds {
		before := w.processor()
		a, err := w.do(job{Do: doTrain, N: steps})
		if err != nil {
			return nil, nil, 0, err
		}
		seconds, processor = append(seconds, a.Seconds/float64(steps)), append(processor, (w.processor()-before)/float64(steps))
	}
	return seconds, processor, w.peak(), nil
}

// ScalingAxes returns the axes of a size, the last of several, with a config as for Cases. Empty lists mean the default values.
func ScalingAxes(config string, names []string, neurons, images, batches []int, settings []string) (ScalingOptions, error) {
	names = sizesFor(config, names)
	base, err := caseOf(config, names[len(names)-1], settings)
	if err != nil {
		return ScalingOptions{}, err
	}
	base.Batch, base.Images = 32, 64
	for _, n := range images {
		if n < base.Batch {
			return ScalingOptions{}, fmt.Errorf("%d images; accepted: numbers from %d, the batch that images are scaled with", n, base.Batch)
		}
	}
	own := func(list []int, usual ...int) []int {
		if len(list) == 0 {
			return usual
		}
		return list
	}
	return ScalingOptions{Base: base, Neurons: own(neurons, 100, 300, 1000, 3000, 6000), Images: own(images, 1000, 3000, 10000, 50000), Batches: own(batches, 8, 32, 128, 256)}, nil
}

// SessionsAxis returns the axis of sessions, of a size, the first of several, with a config as for Cases: 1, 2, 4, 8 and 16 of 1000 neurons and 2000 training
// images each, unless other values are given.
func SessionsAxis(config string, names []string, sessions, neurons, images, batches []int, settings []string) (ScalingOptions, error) {
	base, err := caseOf(config, sizesFor(config, names)[0], settings)
	if err != nil {
		return ScalingOptions{}, err
	}
	base.Neurons, base.Images = 1000, 2000
	for _, of := range []struct {
		what   string
		values []int
		to     *int
	}{{"neurons", neurons, &base.Neurons}, {"images", images, &base.Images}, {"batch", batches, &base.Batch}} {
		if len(of.values) > 1 {
			return ScalingOptions{}, fmt.Errorf("%s %v; accepted: one number, of every session", of.what, of.values)
		}
		*of.to = orDefault(of.values, *of.to)[0]
	}
	if base.Images < base.Batch {
		return ScalingOptions{}, fmt.Errorf("%d images; accepted: numbers from %d, the batch", base.Images, base.Batch)
	}
	if len(sessions) == 0 {
		sessions = []int{1, 2, 4, 8, 16}
	}
	return ScalingOptions{Base: base, Sessions: sessions}, nil
}
