package datafigures

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
)

// shownNeurons is the largest number of neurons whose responses ContactSheet draws, evenly spaced.
const shownNeurons = 30

// ContactSheet draws evenly spaced images of all parts, each with the responses of up to 30 evenly spaced neurons; a test image with its first repeat.
// It shows whether rows and columns, images and responses were understood. Channels are averaged.
func ContactSheet(d *datasets.Dataset) (*figures.Figure, error) {
	all, err := parts(d)
	if err != nil {
		return nil, err
	}
	picture, err := pictured(d)
	if err != nil {
		return nil, err
	}
	neurons := spaced(d.NumNeurons(), shownNeurons)
	var trials []figures.Trial
	for k, p := range all {
		if p.images.N == 0 {
			continue
		}
		for _, i := range spaced(p.images.N, (figures.MaxTrials-len(trials))/(len(all)-k)) {
			t := figures.Trial{Name: fmt.Sprintf("%s %d", p.name, i), Image: greyOf(p.images, i)}
			row := p.at(i)
			for _, j := range neurons {
				t.Responses = append(t.Responses, row[j])
			}
			trials = append(trials, t)
		}
	}
	return figures.ContactSheet(trials, picture.images.Height, picture.images.Width)
}
