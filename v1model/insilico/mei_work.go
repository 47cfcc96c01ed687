package insilico

import (
	"context"
	"fmt"
	"slices"
	"time"

	"v1lab/v1model/weights"
)

// Indices into meiState.
const (
	rawIndex    = 0
	stepsIndex  = 3
	lossIndex   = 4
	activeIndex = 8
)

// imageState is the state of one image during the ascent. values are in the order of meiState, each [channels, height, width] or a single number. They are
// nil before the first step; of a finished image, those that are no longer needed are nil.
type imageState struct {
	values   [][]float32
	finished bool
}

// meiJob optimises k images for each of n neurons.
type meiJob struct {
	subject *Subject
	options MEIOptions
	neurons []int
	dead    []bool
	images  []*imageState // [n*k]; nil for dead neurons
	windows []window      // [n], grouped
	masks   [][]float32

	total      int // images there are
	done       int
	started    time.Time
	doneBefore int // when this call began
	saved      time.Time
	reported   time.Time
	perCall    float32               // steps
	onCall     func(batch, open int) // of each call of the device; tests count with it, otherwise nil
}

func (s *Subject) newMEIJob(neurons []int, dead []bool, o MEIOptions) (*meiJob, error) {
	j := &meiJob{subject: s, options: o, neurons: neurons, dead: dead, images: make([]*imageState, len(neurons)*o.Images), perCall: 20}
	g := geometryOf(s.Model.Core)
	for i, n := range neurons {
		mask := applyFloor(s.mask(n), o.MaskFloor)
		j.masks = append(j.masks, mask)
		j.windows = append(j.windows, g.visibleWindow(mask, s.grid[1], s.Model.Shape.Height, s.Model.Shape.Width).roundUp(s.Model.Shape.Height, s.Model.Shape.Width))
		if dead[i] {
			continue
		}
		for k := range o.Images {
			j.images[i*o.Images+k] = &imageState{}
			j.total++
		}
	}
	return j, j.load()
}

// applyFloor returns a copy of a mask in which values below a share of its peak are 0.
func applyFloor(mask []float32, share float64) []float32 {
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

// initState sets the state of an image before its first step. It does nothing if the image was begun.
func (j *meiJob) initState(i int) error {
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
		s.toChannelsFirst(pixels)
	} else {
		pixels = s.randomStart(o, neuron, k)
	}
	for place := range meiState {
		im.values = append(im.values, make([]float32, s.stateSize(place)))
	}
	im.values[rawIndex], im.values[activeIndex][0] = pixels, 1
	return nil
}

// randomStart draws the start of an image, [channels, height, width].
func (s *Subject) randomStart(o MEIOptions, neuron, k int) []float32 {
	rng, pixels := weights.Stream(o.Seed, fmt.Sprintf("mei %d %d", neuron, k)), make([]float32, s.pixels())
	for p := range pixels {
		pixels[p] = float32(rng.NormFloat64())
	}
	return pixels
}

// stateSize is the number of values that one entry of meiState has for an image.
func (s *Subject) stateSize(place int) int {
	if meiState[place].image {
		return s.pixels()
	}
	return 1
}

// run optimises all images, one kind of window after another.
func (j *meiJob) run(ctx context.Context) error {
	j.started, j.saved, j.doneBefore = time.Now(), time.Now(), j.done
	for _, group := range j.groups() {
		if err := j.runGroup(ctx, group); err != nil {
			return err
		}
	}
	j.report(true)
	return j.removePartial()
}

// windowGroup lists images that share a kind of window.
type windowGroup struct {
	kind   window
	images []int
}

// groups groups unfinished images by their windows. Groups smaller than a batch are merged, because each kind of window costs seconds of compilation.
func (j *meiJob) groups() []windowGroup {
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
	var groups []windowGroup
	for _, kind := range kinds {
		next := windowGroup{kind, byKind[kind]}
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

// runGroup keeps the batch full while images are waiting, then shrinks it.
func (j *meiJob) runGroup(ctx context.Context, g windowGroup) error {
	batch := j.options.Batch
	o := j.options
	a := &ascent{options: o, kind: g.kind, geometry: geometryOf(j.subject.Model.Core), size: j.subject.imageSize(), link: j.subject.Model.Objective.Rate}
	var err error
	if a.fullCore, err = j.subject.directCore(); err != nil {
		return err
	}
	if a.windowCore, err = j.subject.coreFor(g.kind, batch, true); err != nil {
		return err
	}
	prepare, err := j.subject.device.Program(fmt.Sprintf("templates %v", g.kind), a.builder(a.buildTemplates))
	if err != nil {
		return err
	}
	climb, err := j.subject.device.Program(fmt.Sprintf("most exciting images %v %v %v %v %v", g.kind, o.Norm, o.Smoothness, o.LearningRate, o.Decay), a.builder(a.buildSteps))
	if err != nil {
		return err
	}

	c := &windowRunner{j, g.kind, prepare, climb, map[int]template{}}
	waiting := g.images
	var open []int
	for {
		for len(waiting) > 0 && len(open) < batch {
			if err := j.initState(waiting[0]); err != nil {
				return err
			}
			open, waiting = append(open, waiting[0]), waiting[1:]
		}
		if len(open) == 0 {
			return nil
		}
		for len(waiting) == 0 && smallerBatch(batch) >= len(open) && smallerBatch(batch) < batch {
			batch = smallerBatch(batch)
		}
		keep := 0 // the call ends once so few images are active that changing the batch saves time
		switch {
		case len(waiting) > 0:
			keep = batch - max(1, batch/8)
		case smallerBatch(batch) < batch:
			keep = smallerBatch(batch)
		}
		if err := ctx.Err(); err != nil {
			return j.interrupted(err)
		}
		if err := c.advance(open, batch, keep); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(i int) bool { return j.images[i].finished })
		if err := j.reportAndSave(); err != nil {
			return err
		}
	}
}

// smallerBatch is the next smaller batch size that a program is compiled for.
func smallerBatch(batch int) int {
	if batch <= 8 {
		return batch
	}
	return (batch + 1) / 2
}

// report calls Progress at most every half second; the last report is always made.
func (j *meiJob) report(last bool) {
	if j.options.Progress == nil || !last && time.Since(j.reported) < time.Second/2 {
		return
	}
	j.reported = time.Now()
	p := Progress{Done: j.done, Total: j.total, Elapsed: time.Since(j.started), Left: -1}
	if made := j.done - j.doneBefore; made > 0 {
		p.Left = time.Duration(float64(p.Elapsed) / float64(made) * float64(j.total-j.done))
	}
	j.options.Progress(p)
}
