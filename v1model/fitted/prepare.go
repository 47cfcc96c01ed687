package fitted

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/prepare"
)

// Prepare prepares new raw images like those of the run's recording: it crops, converts to grey and resizes them as the recording was, and normalises
// them.
//
// Images of the recorded size get all of this. Images of the model's size, if that is another, count as prepared already and are only normalised; asIs is
// then true. Any other size is an error that names both. If the two sizes are equal although the recording was prepared, images count as raw.
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
		return raw, false, fmt.Errorf("images of %s; accepted: %s, as run %s was fitted to%s", raw.Shape(), accepted, r.Path, otherOrder(raw.Shape(), model, recorded))
	default:
		asIs = treated
	}
	return d.Normalisation.ApplyImages(raw), asIs, nil
}
