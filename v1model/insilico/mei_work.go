package insilico

import (
	"cmp"
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
	box     *box // nil if images may have any pixels
	neurons []int
	dead    []bool
	images  []*imageState // [n*k]; nil for dead neurons
	windows []window      // [n], grouped
	masks   [][][]float32 // [n][members]
	apart   *apart        // what diverse images start from, once it is known; else nil

	total      int // images there are
	done       int
	started    time.Time
	doneBefore int // when this call began
	saved      time.Time
	reported   time.Time
	perCall    float32               // steps
	onCall     func(batch, open int) // before each call of the device; tests count with it and set perCall, otherwise nil

	// Which image is in which place of the batch; see recompose. An image that finished keeps its place until then.
	places []int
	batch  int // number of places; those after places are empty
}

func (s *Subject) newMEIJob(neurons []int, dead []bool, o MEIOptions) (*meiJob, error) {
	bounds, o, err := s.bounds(o)
	if err != nil {
		return nil, err
	}
	if o.Diverse { // sets are together in the batch
		o.Batch = max(1, o.Batch/o.Images) * o.Images
	}
	j := &meiJob{subject: s, options: o, box: bounds, neurons: neurons, dead: slices.Clone(dead), images: make([]*imageState, len(neurons)*o.Images), perCall: 20, batch: o.Batch}
	for i, n := range neurons {
		var seen window
		var masks [][]float32
		for k, m := range s.members {
			masks = append(masks, applyFloor(m.mask(n), o.MaskFloor))
			own := geometryOf(m.model.Core).visibleWindow(masks[k], m.grid[1], s.Model.Shape.Height, s.Model.Shape.Width)
			if k == 0 {
				seen = own
			} else {
				seen = seen.join(own)
			}
		}
		j.masks, j.windows = append(j.masks, masks), append(j.windows, seen.roundUp(s.Model.Shape.Height, s.Model.Shape.Width))
		if dead[i] {
			continue
		}
		for k := range o.Images {
			j.images[i*o.Images+k] = &imageState{}
			j.total++
		}
	}
	if o.Diverse { // most exciting ones come before
		j.total *= 2
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
	if j.apart != nil {
		pixels = j.apartStart(i)
	} else if o.Start != nil {
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

// run optimises all images; diverse images after the most exciting ones.
func (j *meiJob) run(ctx context.Context) error {
	j.started, j.saved, j.doneBefore = time.Now(), time.Now(), j.done
	if j.options.Diverse && j.apart == nil {
		if err := j.optimise(ctx); err != nil {
			return err
		}
		if err := j.beginApart(); err != nil {
			return err
		}
	}
	if err := j.optimise(ctx); err != nil {
		return err
	}
	j.report(true)
	return removePartial(j.options.Partial)
}

// optimise moves all images to their end, one kind of window after another.
func (j *meiJob) optimise(ctx context.Context) error {
	for _, group := range j.groups() {
		if err := j.runGroup(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// windowGroup lists images that share a kind of window.
type windowGroup struct {
	kind   window
	images []int
}

// groups groups images by their windows. Groups smaller than a batch are merged, because each kind of window costs seconds of compilation. Finished images
// are in it too: work that goes on has the groups that it began with.
func (j *meiJob) groups() []windowGroup {
	byKind := map[window][]int{}
	for i, im := range j.images {
		if im != nil {
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

// runGroup optimises the images of a group. To the bit, an image is what it is because of the program that moves it and its place in the batch, so both
// follow from steps alone: nothing depends on the time that calls take, nor on where work was interrupted.
func (j *meiJob) runGroup(ctx context.Context, g windowGroup) error {
	o := j.options
	goesOn := slices.ContainsFunc(j.places, func(i int) bool { return slices.Contains(g.images, i) })
	if !goesOn {
		j.places, j.batch = nil, o.Batch
	}
	waiting := slices.DeleteFunc(slices.Clone(g.images), func(i int) bool { return j.images[i].finished || slices.Contains(j.places, i) })
	if len(waiting) == 0 && j.active() == 0 {
		return nil
	}
	a := &ascent{options: o, box: j.box, kind: g.kind, size: j.subject.imageSize(), apart: j.apart != nil}
	for _, m := range j.subject.members {
		p := ascentPart{nodes: m.nodes, geometry: geometryOf(m.model.Core), link: m.model.Objective.Rate}
		var err error
		if p.fullCore, err = m.directCore(); err != nil {
			return err
		}
		if p.windowCore, err = m.coreFor(g.kind, o.Batch, true); err != nil {
			return err
		}
		a.parts = append(a.parts, p)
	}
	what := "most exciting images"
	prepare, err := j.subject.programs.Program(fmt.Sprintf("templates %v %d", g.kind, o.Batch), a.builder(a.buildTemplates))
	if err != nil {
		return err
	}
	if a.apart {
		what = fmt.Sprintf("diverse images %d %v", o.Images, o.Share)
	}
	climb, err := j.subject.programs.Program(fmt.Sprintf("%s %v %d %v %v %v %v %v %v %v", what, g.kind, o.Batch, o.Range, o.Std, o.Norm, o.Smoothness, o.LearningRate, o.Decay, o.Inhibiting), a.builder(a.buildSteps))
	if err != nil {
		return err
	}

	c := newWindowRunner(j, g, prepare, climb)
	if !goesOn {
		slices.SortStableFunc(waiting, func(a, b int) int { return cmp.Compare(len(j.images[b].values), len(j.images[a].values)) }) // what was begun first
		waiting = j.recompose(waiting)
	}
	for {
		active := j.active()
		if active <= j.keep(len(waiting)) {
			waiting = j.recompose(waiting)
			if active = j.active(); active == 0 {
				return nil
			}
		}
		for _, i := range j.places {
			if err := j.initState(i); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return j.interrupted(err)
		}
		if err := c.advance(active, j.keep(len(waiting))); err != nil {
			return err
		}
		if err := j.reportAndSave(); err != nil {
			return err
		}
	}
}

// active is the number of unfinished images in the batch.
func (j *meiJob) active() (n int) {
	for _, i := range j.places {
		if !j.images[i].finished {
			n++
		}
	}
	return n
}

// keep is the number of active images at which changing the batch saves time. A call of the device ends there.
func (j *meiJob) keep(waiting int) int {
	switch {
	case waiting > 0:
		return j.batch - max(1, j.batch/8)
	case j.smallerBatch() < j.batch:
		return j.smallerBatch()
	}
	return 0
}

// recompose takes finished images out of the batch, fills it while images are waiting, and then shrinks it. It returns the images that still wait.
func (j *meiJob) recompose(waiting []int) []int {
	j.places = slices.DeleteFunc(j.places, func(i int) bool { return j.images[i].finished })
	enter := min(len(waiting), j.batch-len(j.places))
	j.places, waiting = append(j.places, waiting[:enter]...), waiting[enter:]
	for len(waiting) == 0 && j.smallerBatch() >= len(j.places) && j.smallerBatch() < j.batch {
		j.batch = j.smallerBatch()
	}
	return waiting
}

// smallerBatch is the next smaller batch size that a program is compiled for. Sets of diverse images stay whole.
func (j *meiJob) smallerBatch() int {
	together := 1
	if j.options.Diverse {
		together = j.options.Images
	}
	if j.batch <= max(8, together) {
		return j.batch
	}
	return (j.batch/together + 1) / 2 * together
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
