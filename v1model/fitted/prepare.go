package fitted

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/prepare"
)

// Prepare treats new raw images as those of the run's recording were: cropped, in grey, in another size, and normalised.
//
// Images of the recorded size go through all of it. Images of the size that the model sees, where that is another, count as cropped and
// so on already and are normalised alone: asIs is then true. Images of any other size are an error that names both. Where the two sizes
// are the same although images were treated, images are taken for recorded ones.
func (r *Run) Prepare(raw datasets.Images) (images datasets.Images, asIs bool, err error) {
	d, s := r.Dataset, r.Dataset.Shape
	model := datasets.Size{Height: s.Height, Width: s.Width, Channels: s.Channels}
	recorded, treated := d.Preparation.From()
	switch {
	case treated && raw.Shape() == recorded:
		if raw, err = prepare.Images(raw, d.Preparation); err != nil {
			return raw, false, fmt.Errorf("run %s: %w", r.Path, err)
		}
		if raw.Shape() != model {
			return raw, false, fmt.Errorf("run %s: dataset.json prepares images to %s; the model was made for %s", r.Path, raw.Shape(), model)
		}
	case raw.Shape() != model:
		accepted := model.String()
		if treated {
			accepted = fmt.Sprintf("%s as recorded, or %s as prepared", recorded, model)
		}
		return raw, false, fmt.Errorf("images of %s; accepted: %s, as run %s was fitted to", raw.Shape(), accepted, r.Path)
	default:
		asIs = treated
	}
	return d.Normalisation.ApplyImages(raw), asIs, nil
}
