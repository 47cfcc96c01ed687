package bench

import (
	"context"
	"fmt"
	"path/filepath"

	"v1lab/v1model"
	"v1lab/v1model/insilico"
)

// MEIOptions say for how many neurons most exciting images are found.
type MEIOptions struct {
	Neurons  int // of each case's; 0 means 200
	OneByOne int // of them one by one in a round, which takes long; 0 means 1
	Steps    int // of an image at most; 0 means the paper's 2000
}

const meiImages = 8 // of a neuron, as in the paper

// oneByOne is the name of the reference's way in reports.
const oneByOne = "one neuron at a time"

// meiFloor is the share of its peak below which a mask counts as 0, where that is not exact: masks of L1 readouts have small weights
// everywhere, so that nothing of the field can be left out without.
const meiFloor = 0.02

// mei has the images of all neurons found together, once with a floor for their masks and once exactly, and those of a few one neuron at a
// time, a call from the host for each step. In every round each way takes its next neurons. The ratio is the first way's to the last's.
func (b *bench) mei(ctx context.Context) error {
	o := b.MEI
	if o.Neurons == 0 {
		o.Neurons = 200
	}
	if o.OneByOne == 0 {
		o.OneByOne = 1
	}
	share := (o.Neurons + b.Rounds - 1) / b.Rounds
	ways := []struct {
		name string
		job  job
	}{
		{fmt.Sprintf("%s, mask floor %g", Ours, meiFloor), job{Do: doMEI, N: share, Floor: meiFloor}},
		{Ours + ", exact", job{Do: doMEI, N: share}},
		{oneByOne, job{Do: doOneByOne, N: o.OneByOne}},
	}
	for _, c := range b.Cases {
		c.Neurons = max(c.Neurons, share*b.Rounds, o.OneByOne*b.Rounds)
		err := b.folder(c, func(dir string, m *v1model.Model) error {
			b.sayf("%s: most exciting images of %d neurons", c.Name, share*b.Rounds)
			var systems []System
			for _, way := range ways {
				systems = append(systems, System{Name: way.name, Args: b.Systems[0].Args, Env: b.Systems[0].Env})
			}
			crew, err := assemble(ctx, systems, dir, filepath.Join(dir, "cache"))
			if err != nil {
				return err
			}
			defer crew.dismiss()
			b.report.Machine.Device = crew[0].loaded.Version
			timings := make([]Timing, len(ways))
			for round := range b.Rounds + 1 { // the first compiles
				for i, w := range crew {
					j := ways[i].job
					j.From, j.Steps = max(round-1, 0)*j.N, o.Steps
					if round == 0 {
						j.Steps = 1
					}
					a, err := w.do(j)
					if err != nil {
						return err
					}
					images := float64(j.N * meiImages)
					if round == 0 {
						timings[i].System, timings[i].First = ways[i].name, a.Seconds
						continue
					}
					timings[i].seconds = append(timings[i].seconds, a.Seconds/images)
					timings[i].Steps += float64(a.Steps) / images / float64(b.Rounds)
				}
			}
			for i, w := range crew {
				timings[i].Peak = w.peak()
			}
			r := row(c, "one most exciting image", timings)
			r.against(len(ways) - 1)
			r.rates(0, 1, 0)
			b.report.MEI = append(b.report.MEI, r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exciting finds the images of n neurons from one on, and returns their steps in all.
func (s *server) exciting(ctx context.Context, j job) (steps int, err error) {
	if s.subject == nil {
		w := populated(s.model, s.start)
		if err := s.settle(w); err != nil {
			return 0, err
		}
		if s.subject, err = insilico.New(s.backend, s.model, w); err != nil {
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
		if err := count(s.subject.OneByOne(ctx, n, o)); err != nil {
			return 0, err
		}
	}
	return steps, nil
}
