package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/v1model/insilico"
)

func init() {
	Register(Entry{Name: "diverse_images", Section: SectionFields, Place: 226, Verbs: []string{VerbDiverse}, OfExperiment: true,
		Caption: "Diverse exciting images: each reaches a share of the neuron's maximum (below it), and they differ as much as they can. Neurons from the highest index of invariance to the lowest.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			images, err := m.DiverseImages()
			if err != nil || images == nil {
				return nil, err
			}
			layout, err := m.Layout(ctx)
			if err != nil {
				return nil, err
			}
			return DiverseImages(layout, images)
		}})
	Register(Entry{Name: "invariance", Section: SectionFields, Place: 227, Verbs: []string{VerbDiverse}, OfExperiment: true,
		Caption: "Index of invariance of the diverse exciting images: 0 if all of a neuron's are one image, 1 if they are as far apart as images of their norm can be.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			images, err := m.DiverseImages()
			if err != nil || images == nil {
				return nil, err
			}
			types, names := typesOf(m.Truth())
			if types == nil {
				c, err := m.Clustering(ctx)
				if err != nil {
					return nil, err
				}
				types, names = c.Labels, ClusterNames(c.K)
			}
			return Invariance(images, types, names)
		}})
}

// mostDiverse is the largest number of neurons whose diverse images are drawn.
const mostDiverse = 12

// DiverseImages draws the images of up to 12 neurons that are not dead, evenly chosen by rank of their index of invariance, a group for each, from the highest
// index on. Each image is followed by the one most like it; below is its rate beside the neuron's maximum.
func DiverseImages(l Layout, m *insilico.MEIs) (*figures.Figure, error) {
	pictures, err := l.images(m.Images)
	if err != nil {
		return nil, err
	}
	index, k := m.Invariance(), m.Images.Shape[1]
	ranked := slices.DeleteFunc(places(len(m.Neurons)), func(i int) bool { return m.Dead[i] || math.IsNaN(index[i]) })
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(index[b], index[a]) })
	var groups []figures.PictureGroup
	shown := min(mostDiverse, len(ranked))
	for at := range shown {
		i := ranked[at*(len(ranked)-1)/max(shown-1, 1)]
		g := figures.PictureGroup{Name: fmt.Sprintf("neuron %d: %.2f", m.Neurons[i], index[i])}
		for _, j := range m.Order(i) {
			g.Pictures = append(g.Pictures, l.crop(m.Neurons[i], pictures[i*k+j]))
			g.Captions = append(g.Captions, fmt.Sprintf("%.0f %%", 100*m.Rates.Data.([]float32)[i*k+j]/m.Most[i]))
		}
		groups = append(groups, g)
	}
	return figures.ImageGroups(groups, l.Size)
}

// places is 0 to n-1.
func places(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Invariance draws the index of invariance of each neuron that has diverse images, by group. groups is [neurons of the model].
func Invariance(m *insilico.MEIs, groups []int, names []string) (*figures.Figure, error) {
	var of []int
	for _, n := range m.Neurons {
		if n < 0 || n >= len(groups) {
			return nil, fmt.Errorf("index of invariance: neuron %d has no group; accepted: 0 to %d", n, len(groups)-1)
		}
		of = append(of, groups[n])
	}
	return figures.ByType([]figures.Measure{{Label: "Index of invariance", Values: m.Invariance(), Ends: [2]float64{0, 1}}}, of, names)
}

// ClusterNames names k clusters.
func ClusterNames(k int) (names []string) {
	for i := range k {
		names = append(names, fmt.Sprint("cluster ", i))
	}
	return names
}

// diverse is a neuron's set of diverse images.
type diverse struct {
	pictures [][]float32 // each followed by the most similar one
	index    float64
	share    float64
	dead     bool
}

// diverseSets returns the newest diverse images of each neuron that has them, nil if none has.
func (p Portrait) diverseSets() (map[int]diverse, error) {
	var all map[int]diverse
	for _, m := range p.Diverse {
		pictures, err := p.Layout.images(m.Images)
		if err != nil {
			return nil, err
		}
		index, k := m.Invariance(), m.Images.Shape[1]
		for i, n := range m.Neurons {
			if _, known := all[n]; known {
				continue
			}
			if all == nil {
				all = map[int]diverse{}
			}
			one := diverse{index: index[i], share: m.Share, dead: m.Dead[i]}
			for _, j := range m.Order(i) {
				one.pictures = append(one.pictures, pictures[i*k+j])
			}
			all[n] = one
		}
	}
	return all, nil
}

// strip joins the crops of a neuron's images to one row, enlarged, with gaps between them.
func (d diverse) strip(l Layout, n int) ([]byte, error) {
	const enlarged, gap = 2, 2
	shown := d.pictures[:min(len(d.pictures), figures.GroupSize)]
	size := l.Size * enlarged
	width, channels := len(shown)*(size+gap)-gap, len(shown[0])/(l.Height*l.Width)
	row := make([]float32, size*width*channels)
	for i := range row { // gaps are no pixels
		row[i] = float32(math.NaN())
	}
	for at, picture := range shown {
		crop := l.crop(n, picture)
		for y := range size {
			for x := range size {
				from := (y/enlarged*l.Size + x/enlarged) * channels
				copy(row[(y*width+at*(size+gap)+x)*channels:], crop[from:from+channels])
			}
		}
	}
	return figures.Thumbnail(figures.Grey, row, size, width)
}
