package insilico

import (
	"context"
	"fmt"
	"slices"
	"time"

	"v1lab/v1model/weights"
)

// Places in meiState.
const (
	raw      = 0
	stepsOf  = 3
	lossOf   = 4
	activeOf = 8
)

// image is one image on its way: its state in the order of meiState, planes [channels, height, width] or single numbers; nil before the first
// step, and what is not needed any more when finished.
type image struct {
	values   [][]float32
	finished bool
}

// work is the optimisation of k images for each of n neurons.
type work struct {
	subject *Subject
	options MEIOptions
	neurons []int
	dead    []bool
	images  []*image // [n*k]; nil for dead neurons
	windows []window // [n], grouped
	masks   [][]float32

	whole   int // images there are
	done    int
	begun   time.Time
	doneAt  int // when this call began
	saved   time.Time
	shown   time.Time
	perCall float32               // steps
	called  func(batch, open int) // of each call of the device; tests count with it, otherwise nil
}

func (s *Subject) newWork(neurons []int, dead []bool, o MEIOptions) (*work, error) {
	j := &work{subject: s, options: o, neurons: neurons, dead: dead, images: make([]*image, len(neurons)*o.Images), perCall: 20}
	g := geometryOf(s.Model.Core)
	for i, n := range neurons {
		mask := floored(s.mask(n), o.MaskFloor)
		j.masks = append(j.masks, mask)
		j.windows = append(j.windows, g.see(mask, s.grid[1], s.Model.Shape.Height, s.Model.Shape.Width).group(s.Model.Shape.Height, s.Model.Shape.Width))
		if dead[i] {
			continue
		}
		for k := range o.Images {
			j.images[i*o.Images+k] = &image{}
			j.whole++
		}
	}
	return j, j.load()
}

// floored is a mask without what lies below a share of its peak.
func floored(mask []float32, share float64) []float32 {
	peak := float32(0)
	for _, m := range mask {
		peak = max(peak, m, -m)
	}
	out := slices.Clone(mask)
	for i, m := range out {
		if max(m, -m) < float32(share)*peak {
			out[i] = 0
		}
	}
	return out
}

// begin makes the state of an image before its first step, unless it has begun.
func (j *work) begin(i int) error {
	s, o, im := j.subject, j.options, j.images[i]
	if im.values != nil {
		return nil
	}
	neuron, k := j.neurons[i/o.Images], i%o.Images
	var pixels []float32
	if o.Start != nil {
		pixels = slices.Clone(o.Start(neuron, k))
		if len(pixels) != s.pixels() {
			return fmt.Errorf("mei: start of image %d of neuron %d has %d values; accepted: %d, one for each pixel", k, neuron, len(pixels), s.pixels())
		}
		s.toPlanes(pixels)
	} else {
		pixels = s.start(o, neuron, k)
	}
	for place := range meiState {
		im.values = append(im.values, make([]float32, s.sizeOf(place)))
	}
	im.values[raw], im.values[activeOf][0] = pixels, 1
	return nil
}

// start is the random start of an image, planes [channels, height, width].
func (s *Subject) start(o MEIOptions, neuron, k int) []float32 {
	rng, pixels := weights.Stream(o.Seed, fmt.Sprintf("mei %d %d", neuron, k)), make([]float32, s.pixels())
	for p := range pixels {
		pixels[p] = float32(rng.NormFloat64())
	}
	return pixels
}

// sizeOf is how many values there are of a part of an image's state.
func (s *Subject) sizeOf(place int) int {
	if meiState[place].image {
		return s.pixels()
	}
	return 1
}

// run optimises all images, one kind of window after another.
func (j *work) run(ctx context.Context) error {
	j.begun, j.saved, j.doneAt = time.Now(), time.Now(), j.done
	for _, group := range j.groups() {
		if err := j.runGroup(ctx, group); err != nil {
			return err
		}
	}
	j.report(true)
	return j.forget()
}

// group is images that share a kind of window.
type group struct {
	kind   window
	images []int
}

// groups sorts unfinished images by their windows. Kinds with fewer images than a batch are joined: a program takes seconds to compile.
func (j *work) groups() []group {
	byKind := map[window][]int{}
	for i, im := range j.images {
		if im != nil && !im.finished {
			kind := j.windows[i/j.options.Images].kind()
			byKind[kind] = append(byKind[kind], i)
		}
	}
	var kinds []window
	for kind := range byKind {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, compareKinds)
	var groups []group
	for _, kind := range kinds {
		next := group{kind, byKind[kind]}
		if n := len(groups); n > 0 && len(groups[n-1].images) < j.options.Batch {
			last := groups[n-1]
			next.kind = window{height: max(kind.height, last.kind.height), width: max(kind.width, last.kind.width), inner: kind.inner && last.kind.inner}
			next.images = append(last.images, next.images...)
			groups = groups[:n-1]
		}
		groups = append(groups, next)
	}
	return groups
}

// runGroup keeps a batch full as long as there are images, then lets it shrink.
func (j *work) runGroup(ctx context.Context, g group) error {
	batch := j.options.Batch
	o := j.options
	a := &ascent{options: o, kind: g.kind, geometry: geometryOf(j.subject.Model.Core), size: j.subject.size(), link: j.subject.Model.Objective.Rate}
	var err error
	if a.whole, err = j.subject.direct(); err != nil {
		return err
	}
	if a.part, err = j.subject.coreFor(g.kind, batch, true); err != nil {
		return err
	}
	prepare, err := j.subject.device.Program(fmt.Sprintf("templates %v", g.kind), a.function(a.templates))
	if err != nil {
		return err
	}
	climb, err := j.subject.device.Program(fmt.Sprintf("most exciting images %v %v %v %v %v", g.kind, o.Norm, o.Smoothness, o.LearningRate, o.Decay), a.function(a.steps))
	if err != nil {
		return err
	}

	c := &climber{j, g.kind, prepare, climb, map[int]template{}}
	waiting := g.images
	var open []int
	for {
		for len(waiting) > 0 && len(open) < batch {
			if err := j.begin(waiting[0]); err != nil {
				return err
			}
			open, waiting = append(open, waiting[0]), waiting[1:]
		}
		if len(open) == 0 {
			return nil
		}
		for len(waiting) == 0 && smaller(batch) >= len(open) && smaller(batch) < batch {
			batch = smaller(batch)
		}
		keep := 0 // let the call end when it pays to change the batch
		switch {
		case len(waiting) > 0:
			keep = batch - max(1, batch/8)
		case smaller(batch) < batch:
			keep = smaller(batch)
		}
		if err := ctx.Err(); err != nil {
			return j.interrupted(err)
		}
		if err := c.advance(open, batch, keep); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(i int) bool { return j.images[i].finished })
		if err := j.keepUp(); err != nil {
			return err
		}
	}
}

// smaller is the next smaller batch that a program is compiled for.
func smaller(batch int) int {
	if batch <= 8 {
		return batch
	}
	return (batch + 1) / 2
}

// report tells about progress, not more often than once in half a second unless it is the last.
func (j *work) report(last bool) {
	if j.options.Progress == nil || !last && time.Since(j.shown) < time.Second/2 {
		return
	}
	j.shown = time.Now()
	p := Progress{Done: j.done, Total: j.whole, Elapsed: time.Since(j.begun), Left: -1}
	if made := j.done - j.doneAt; made > 0 {
		p.Left = time.Duration(float64(p.Elapsed) / float64(made) * float64(j.whole-j.done))
	}
	j.options.Progress(p)
}
