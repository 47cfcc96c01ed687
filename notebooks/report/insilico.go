package report

import (
	"context"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// CropSize is the largest edge of the crops in figures, in pixels, as in Fig. 6 of the paper.
const CropSize = 24

// Layout is the arrangement of pictures of a run's neurons: grouped by strongest feature, the strongest neuron of a group first, and cropped around
// the place where each neuron looks.
type Layout struct {
	Power         features.Power
	Centres       [][2]int // [neurons] row and column of the place where each looks
	Height, Width int      // of the images, pixels
	Size          int      // edge of the crops, pixels
}

// LayoutOf returns the layout of a run's neurons.
func LayoutOf(ctx context.Context, run *fitted.Run) (Layout, error) {
	power, err := run.Power()
	if err != nil {
		return Layout{}, err
	}
	s, err := run.Subject(ctx)
	if err != nil {
		return Layout{}, err
	}
	l := Layout{Power: power, Height: s.Model.Shape.Height, Width: s.Model.Shape.Width}
	l.Size = min(CropSize, max(8, 2*max(l.Height, l.Width)/3))
	for n := range power.Neurons {
		row, column := s.Centre(n)
		l.Centres = append(l.Centres, [2]int{row, column})
	}
	return l, nil
}

func init() {
	for _, e := range []struct {
		name, caption string
		place         int
		of            func(*insilico.Fields) array.Array
	}{
		{"receptive_fields", "Receptive fields of each group's strongest neurons: derivative of the rate by each pixel at grey (mean over channels), around where they look.", 200,
			func(f *insilico.Fields) array.Array { return f.Raw }},
		{"receptive_fields_masked", "The same receptive fields, multiplied by the neuron's mask.", 210, func(f *insilico.Fields) array.Array { return f.Masked }},
	} {
		Register(Entry{Name: e.name, Section: SectionFields, Place: e.place, Verbs: []string{VerbRF}, Caption: e.caption, OfExperiment: true,
			Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
				fields, err := m.Fields(ctx)
				if err != nil || fields == nil {
					return nil, err
				}
				layout, err := m.Layout(ctx)
				if err != nil {
					return nil, err
				}
				return ReceptiveFields(layout, fields.Neurons, e.of(fields))
			}})
	}
	Register(Entry{Name: "most_exciting_images", Section: SectionFields, Place: 220, Verbs: []string{VerbMEI}, OfExperiment: true,
		Caption: "Best most exciting image of each neuron that has one in the run folder.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			images, err := m.Images()
			if err != nil || images == nil {
				return nil, err
			}
			layout, err := m.Layout(ctx)
			if err != nil {
				return nil, err
			}
			return MostExciting(layout, images)
		}})
	Register(Entry{Name: "most_inhibiting_images", Section: SectionFields, Place: 225, Verbs: []string{VerbInhibiting}, OfExperiment: true,
		Caption: "Best most inhibiting image of each neuron that has one in the run folder.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			images, err := m.InhibitingImages()
			if err != nil || images == nil {
				return nil, err
			}
			layout, err := m.Layout(ctx)
			if err != nil {
				return nil, err
			}
			return MostExciting(layout, images)
		}})
	Register(Entry{Name: "exemplars", Section: SectionCellTypes, Place: 180, OfExperiment: true,
		Caption: "Typical neurons of each cluster, the medoid first: receptive field and, if the run folder has it, most exciting image.",
		Draw:    drawExemplars})
}

// drawExemplars draws receptive fields and most exciting images if every exemplar has both, else receptive fields.
func drawExemplars(ctx context.Context, m *Material) (*figures.Figure, error) {
	fields, err := m.Fields(ctx)
	if err != nil || fields == nil {
		return nil, err
	}
	types, err := m.Types(ctx)
	if err != nil {
		return nil, err
	}
	layout, err := m.Layout(ctx)
	if err != nil {
		return nil, err
	}
	images, err := m.Images()
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(types.Exemplars...) {
		if images == nil || !slices.Contains(images.Neurons, n) {
			return ExemplarFields(layout, types.Exemplars, fields)
		}
	}
	ofType, names := typesOf(m.Truth())
	return Exemplars(layout, types.Exemplars, fields, images, ofType, names)
}

// ReceptiveFields draws fields [n, height, width] of neurons, at most 16 of a group. Channels are averaged.
func ReceptiveFields(l Layout, neurons []int, fields array.Array) (*figures.Figure, error) {
	pictures, err := l.pictures(fields)
	if err != nil {
		return nil, err
	}
	groups, err := l.groups(neurons, pictures)
	if err != nil {
		return nil, err
	}
	return figures.FieldGroups(groups, l.Size)
}

// MostExciting draws the best of each neuron's most exciting, or most inhibiting, images, at most 16 of a group.
func MostExciting(l Layout, m *insilico.MEIs) (*figures.Figure, error) {
	pictures, err := l.best(m)
	if err != nil {
		return nil, err
	}
	groups, err := l.groups(m.Neurons, pictures)
	if err != nil {
		return nil, err
	}
	return figures.ImageGroups(groups, l.Size)
}

// MostExcitingEach draws all most exciting images of the given neurons, a group for each neuron, the most exciting first, with rates below, and of an
// ensemble the SD between its runs' rates.
func MostExcitingEach(l Layout, m *insilico.MEIs, neurons []int) (*figures.Figure, error) {
	pictures, err := l.images(m.Images)
	if err != nil {
		return nil, err
	}
	k, rates := m.Images.Shape[1], m.Rates.Data.([]float32)
	var groups []figures.PictureGroup
	for _, n := range neurons {
		i := slices.Index(m.Neurons, n)
		if i < 0 {
			return nil, fmt.Errorf("most exciting images: nothing is known of neuron %d", n)
		}
		g := figures.PictureGroup{Name: fmt.Sprint("neuron ", n)}
		for _, j := range m.Order(i) {
			caption := fmt.Sprintf("%.3g", rates[i*k+j])
			if m.Spread.Shape != nil {
				caption += fmt.Sprintf(" ± %.2g", m.Spread.Data.([]float32)[i*k+j])
			}
			if m.Dead[i] { // the picture says so
				caption = ""
			}
			g.Pictures, g.Captions = append(g.Pictures, l.crop(n, pictures[i*k+j])), append(g.Captions, caption)
		}
		groups = append(groups, g)
	}
	return figures.ImageGroups(groups, l.Size)
}

// Exemplars draws receptive fields and most exciting images of the typical neurons of each cluster, exemplars [clusters][neurons]. fields and m must
// contain all of them. types and names of the true types may be nil.
func Exemplars(l Layout, exemplars [][]int, fields *insilico.Fields, m *insilico.MEIs, types []int, names []string) (*figures.Figure, error) {
	pictures, err := l.pictures(fields.Raw)
	if err != nil {
		return nil, err
	}
	best, err := l.best(m)
	if err != nil {
		return nil, err
	}
	var groups []figures.ExemplarGroup
	for c, neurons := range exemplars {
		g := figures.ExemplarGroup{Name: fmt.Sprint("cluster ", c)}
		for _, n := range neurons {
			i, j := slices.Index(fields.Neurons, n), slices.Index(m.Neurons, n)
			if i < 0 || j < 0 {
				return nil, fmt.Errorf("exemplars: neuron %d of cluster %d has no receptive field or no most exciting images", n, c)
			}
			e := figures.Exemplar{Name: fmt.Sprint(n), Field: l.crop(n, pictures[i]), Image: l.crop(n, best[j])}
			if n < len(types) && types[n] >= 0 && types[n] < len(names) {
				e.Type = names[types[n]]
			}
			g.Neurons = append(g.Neurons, e)
		}
		groups = append(groups, g)
	}
	return figures.Exemplars(groups, l.Size)
}

// ExemplarFields draws only the receptive fields of the typical neurons of each cluster.
func ExemplarFields(l Layout, exemplars [][]int, fields *insilico.Fields) (*figures.Figure, error) {
	pictures, err := l.pictures(fields.Raw)
	if err != nil {
		return nil, err
	}
	var groups []figures.PictureGroup
	for c, neurons := range exemplars {
		g := figures.PictureGroup{Name: fmt.Sprint("cluster ", c)}
		for _, n := range neurons {
			i := slices.Index(fields.Neurons, n)
			if i < 0 {
				return nil, fmt.Errorf("exemplars: nothing is known of neuron %d of cluster %d", n, c)
			}
			g.Pictures, g.Captions = append(g.Pictures, l.crop(n, pictures[i])), append(g.Captions, fmt.Sprint(n))
		}
		groups = append(groups, g)
	}
	return figures.FieldGroups(groups, l.Size)
}

// pictures splits an array [..., height, width] or [..., height, width, channels] into pictures [height*width], averaged over channels.
func (l Layout) pictures(a array.Array) ([][]float32, error) { return l.split(a, false) }

// images is pictures, but 3 channels stay: [height*width*3], which figures draw in colour.
func (l Layout) images(a array.Array) ([][]float32, error) { return l.split(a, true) }

func (l Layout) split(a array.Array, inColour bool) ([][]float32, error) {
	values, err := a.Float32s()
	if err != nil {
		return nil, err
	}
	pixels := l.Height * l.Width
	channels := 1
	if n := len(a.Shape); n >= 3 && !slices.Equal(a.Shape[n-2:], []int{l.Height, l.Width}) {
		channels = a.Shape[n-1]
	}
	if pixels == 0 || channels == 0 || len(values)%(pixels*channels) != 0 {
		return nil, fmt.Errorf("pictures: found an array %s; accepted: pictures of %d x %d pixels", array.FormatShape(a.Shape), l.Height, l.Width)
	}
	var list [][]float32
	for one := range slices.Chunk(values, pixels*channels) {
		if inColour && channels == 3 {
			list = append(list, slices.Clone(one))
			continue
		}
		grey := make([]float32, pixels)
		for p, v := range one {
			grey[p/channels] += v / float32(channels)
		}
		list = append(list, grey)
	}
	return list, nil
}

// best returns the most exciting of each neuron's images.
func (l Layout) best(m *insilico.MEIs) ([][]float32, error) {
	pictures, err := l.images(m.Images)
	if err != nil {
		return nil, err
	}
	k := m.Images.Shape[1]
	var list [][]float32
	for i := range m.Neurons {
		list = append(list, pictures[i*k+m.Order(i)[0]])
	}
	return list, nil
}

func (l Layout) crop(neuron int, picture []float32) []float32 {
	if len(picture) == 3*l.Height*l.Width { // in colour
		crop := make([]float32, 3*l.Size*l.Size)
		for channel := range 3 {
			one := make([]float32, l.Height*l.Width)
			for i := range one {
				one[i] = picture[3*i+channel]
			}
			for i, v := range l.crop(neuron, one) {
				crop[3*i+channel] = v
			}
		}
		return crop
	}
	return insilico.Crop(picture, l.Height, l.Centres[neuron][0], l.Centres[neuron][1], l.Size)
}

// groups arranges pictures, one of each neuron.
func (l Layout) groups(neurons []int, pictures [][]float32) (all []figures.PictureGroup, err error) {
	if len(pictures) != len(neurons) {
		return nil, fmt.Errorf("pictures: found %d for %d neurons; accepted: one of each", len(pictures), len(neurons))
	}
	place := map[int]int{}
	for i, n := range neurons {
		if n < 0 || n >= len(l.Centres) {
			return nil, fmt.Errorf("pictures: neuron %d does not exist; accepted: 0 to %d", n, len(l.Centres)-1)
		}
		place[n] = i
	}
	group, last := l.Power.Group(), math.MinInt
	for _, n := range l.Power.Sorted() {
		i, chosen := place[n]
		if !chosen {
			continue
		}
		if group[n] != last {
			last = group[n]
			name := fmt.Sprint("feature ", last)
			if last < 0 {
				name = "no feature"
			}
			all = append(all, figures.PictureGroup{Name: name})
		}
		g := &all[len(all)-1]
		g.Pictures, g.Captions = append(g.Pictures, l.crop(n, pictures[i])), append(g.Captions, fmt.Sprint(n))
	}
	return all, nil
}

// Strongest chooses neurons as Fig. 6 of the paper does: up to each neurons of every group, the strongest in its feature first, among those whose
// correlation is above least. corr is [neurons]; nil admits all neurons with weights.
func (l Layout) Strongest(each int, corr []float64, least float64) []int {
	var chosen []int
	taken, group := map[int]int{}, l.Power.Group()
	for _, n := range l.Power.Sorted() {
		if g := group[n]; g >= 0 && taken[g] < each && (n >= len(corr) || corr[n] > least) {
			chosen, taken[g] = append(chosen, n), taken[g]+1
		}
	}
	return chosen
}
