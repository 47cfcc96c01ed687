package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/runfolder"
)

// MEIOptions are the settings for most exciting images.
type MEIOptions struct {
	Run      *runfolder.Folder // fitted model; nil: a model with a synthetic readout for each case
	Neurons  int               // 0 means 200, or all of the run's if they are fewer
	OneByOne int               // neurons of a round that are also done one by one, which is slow; 0 means 3, or all if they are fewer
	Steps    int               // most steps of an image; 0 means the paper's 2000
}

const meiImages = 8 // per neuron, as in the paper

// oneByOne is the name of the reference's method in reports.
const oneByOne = "one neuron at a time"

// meiFloor is the share of its peak below which a mask counts as 0 in the method that is not exact. Without a floor the whole field has to be computed,
// because masks of L1 readouts have small weights everywhere.
const meiFloor = 0.02

// timeMEIs times four methods: the images of all neurons together, exactly and with a floor for the masks; and the images of a few neurons one
// neuron at a time with a call from the host for each step, with our evaluation of the core and with plain convolutions as in the reference. Every round has
// its own neurons. The ratio is that of the first method to the last.
func (b *bench) timeMEIs(ctx context.Context) error {
	o := b.MEI
	if o.Neurons == 0 {
		o.Neurons = 200
	}
	if o.OneByOne == 0 {
		o.OneByOne = 3
	}
	cases := b.Cases
	if o.Run != nil {
		m, err := o.Run.Model()
		if err != nil {
			return err
		}
		cases = []Case{{Name: "run " + filepath.Base(o.Run.Path), Preset: o.Run.Config.Preset, Height: m.Shape.Height, Width: m.Shape.Width, Neurons: m.Shape.Neurons, Images: 1, Batch: o.Run.Config.Fit.Batch}}
		if o.Neurons = min(o.Neurons, m.Shape.Neurons); b.Rounds > o.Neurons {
			return fmt.Errorf("run %s has %d neurons; accepted: at least one for each of %d rounds", o.Run.Path, m.Shape.Neurons, b.Rounds)
		}
	}
	share := max(1, o.Neurons/b.Rounds)
	ways := []struct {
		name string
		job  job
	}{
		{Ours + ", exact", job{Do: doMEI, N: share}},
		{fmt.Sprintf("%s, mask floor %g", Ours, meiFloor), job{Do: doMEI, N: share, Floor: meiFloor}},
		{oneByOne + ", our core", job{Do: doOneByOne, N: min(o.OneByOne, share)}},
		{oneByOne, job{Do: doOneByOne, N: min(o.OneByOne, share), Plain: true}},
	}
	if o.Run != nil {
		for i := range ways {
			ways[i].job.Path = o.Run.Path
		}
	}
	for _, c := range cases {
		if o.Run == nil {
			c.Neurons = max(c.Neurons, share*b.Rounds)
		}
		err := b.meiFolder(c, func(dir string) error {
			b.progressf("%s: most exciting images of %d neurons", c.Name, share*b.Rounds)
			var systems []System
			for _, way := range ways {
				systems = append(systems, System{Name: way.name, Args: b.Systems[0].Args, Env: b.Systems[0].Env})
			}
			crew, err := b.startMEIWorkers(ctx, systems, dir)
			if err != nil {
				return err
			}
			defer crew.stop()
			timings := make([]Timing, len(ways))
			for i, w := range crew {
				j := ways[i].job
				j.Steps = 1
				a, err := w.do(j)
				if err != nil {
					return err
				}
				timings[i].System, timings[i].First = ways[i].name, a.Seconds
				for j.Do == doMEI && j.N > 1 { // compiles the smaller batches that occur as images finish
					j.N /= 2
					if _, err := w.do(j); err != nil {
						return err
					}
				}
			}
			for round := range b.Rounds {
				for i, w := range crew {
					j := ways[i].job
					j.From, j.Steps = round*share, o.Steps
					a, err := w.do(j)
					if err != nil {
						return err
					}
					images := float64(j.N * meiImages)
					timings[i].seconds = append(timings[i].seconds, a.Seconds/images)
					timings[i].Steps += float64(a.Steps) / images / float64(b.Rounds)
				}
			}
			for i, w := range crew {
				timings[i].Peak = w.peak()
			}
			r := row(c, "one most exciting image", timings)
			r.setRatio(len(ways) - 1)
			r.setRates(0, 1, 0)
			b.report.MEI = append(b.report.MEI, r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// meiFolder calls f with a temporary folder that holds a case's problem or, for a run, is empty.
func (b *bench) meiFolder(c Case, f func(dir string) error) error {
	if b.MEI.Run == nil {
		return b.folder(c, func(dir string, _ *v1model.Model) error { return f(dir) })
	}
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	return f(dir)
}

// meiCrew starts the systems, on the problem in dir if there is one.
func (b *bench) startMEIWorkers(ctx context.Context, systems []System, dir string) (c workers, err error) {
	cache := filepath.Join(dir, "cache")
	if b.MEI.Run == nil {
		c, err = startWorkers(ctx, systems, dir, cache)
		if err == nil {
			b.report.Machine.Device = c[0].loaded.Version
		}
		return c, err
	}
	for _, s := range systems {
		w, err := startWorker(ctx, s, cache)
		if err != nil {
			c.stop()
			return nil, err
		}
		c = append(c, w)
	}
	return c, nil
}

// findMEIs finds the images of j.N neurons from j.From on, and returns the total number of steps.
func (s *server) findMEIs(ctx context.Context, j job) (steps int, err error) {
	if s.subject == nil {
		if err := s.openSubject(ctx, j.Path); err != nil {
			return 0, err
		}
	}
	o := insilico.MEIOptions{Images: meiImages, MaxSteps: j.Steps, MaskFloor: j.Floor}
	count := func(m *insilico.MEIs, err error) error {
		if err != nil {
			return err
		}
		for _, n := range m.Steps.Data.([]int64) {
			steps += int(n)
		}
		return nil
	}
	var neurons []int
	for i := range j.N {
		neurons = append(neurons, j.From+i)
	}
	if j.Do == doMEI {
		err := count(s.subject.MEIs(ctx, neurons, o))
		return steps, err
	}
	for _, n := range neurons {
		if err := count(s.subject.OneByOne(ctx, n, j.Plain, o)); err != nil {
			return 0, err
		}
	}
	return steps, nil
}

// openSubject opens a fitted run or, if path is empty, the problem's model with a synthetic readout.
func (s *server) openSubject(ctx context.Context, path string) error {
	if path != "" {
		run, err := fitted.Open(ctx, path, fitted.Options{Device: fitted.On(s.backend)})
		if err != nil {
			return err
		}
		s.owner = run
		s.subject, err = run.Subject(ctx)
		return err
	}
	w := withSyntheticReadout(s.model, s.start)
	if err := s.setMovingAverages(w); err != nil {
		return err
	}
	d, err := ondevice.New(s.backend, s.model, w)
	if err != nil {
		return err
	}
	s.owner = d
	s.subject, err = insilico.New(d)
	return err
}
