package report

import (
	"context"
	"fmt"

	"v1lab/notebooks/figures"
	"v1lab/v1model/insilico"
)

func init() {
	Register(Entry{Name: "discriminative_images", Section: SectionCellTypes, Place: 184, Verbs: []string{VerbDiscriminate}, OfExperiment: true,
		Caption: "For each cluster the image that excites its members and not those of others, when all neurons are moved to the middle and turned to one orientation. Below: the share of the members that prefer it.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			if m.given.Discriminative == nil {
				return nil, nil //nolint:nilnil // nothing to draw
			}
			return DiscriminativeImages(Layout{Height: m.Run.Dataset.Shape.Height, Width: m.Run.Dataset.Shape.Width}, m.given.Discriminative)
		}})
	Register(Entry{Name: "discriminative_choices", Section: SectionCellTypes, Place: 185, Verbs: []string{VerbDiscriminate}, OfExperiment: true,
		Caption: "Neurons of each cluster by the discriminative image that they prefer.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			if m.given.Discriminative == nil {
				return nil, nil //nolint:nilnil // nothing to draw
			}
			return Choice(m.given.Discriminative)
		}})
}

// Choice draws the neurons of each cluster by the discriminative image that they prefer.
func Choice(d *insilico.Discriminative) (*figures.Figure, error) {
	return figures.Preferences(d.Confusion())
}

// DiscriminativeImages draws the image of each cluster with the share of members that prefer it.
func DiscriminativeImages(l Layout, d *insilico.Discriminative) (*figures.Figure, error) {
	pictures, err := l.images(d.Images)
	if err != nil {
		return nil, err
	}
	g := figures.PictureGroup{Name: "cluster"}
	for k, row := range d.Confusion() {
		members := 0
		for _, n := range row {
			members += n
		}
		g.Pictures, g.Captions = append(g.Pictures, pictures[k]), append(g.Captions, fmt.Sprintf("%d: %.0f %%", k, 100*float64(row[k])/float64(members)))
	}
	return figures.ImageGroups([]figures.PictureGroup{g}, max(l.Height, l.Width))
}
