package prepare

import (
	"fmt"

	"v1lab/datasets"
)

// thin keeps the share of the training images that o asks for. Validation and test parts stay, so fits to several shares are comparable.
func thin(d *datasets.Dataset, o Options) error {
	if o.TrainShare == 0 {
		return nil
	}
	if err := d.Consistent(); err != nil {
		return err
	}
	of := d.Train.Responses.N
	kept, err := datasets.SubsetImages(d.Train.Images, of, o.TrainShare, o.SubsetSeed)
	if err != nil {
		return fmt.Errorf("option train_share=%v: %w", o.TrainShare, err)
	}
	var split datasets.Split
	if d.Split != nil {
		split = *d.Split
		d.Split = &split
	}
	split.TrainIndex = keepRows(&d.Train, kept, split.TrainIndex)
	d.Preparation = append(d.Preparation, datasets.Step{Subset: &datasets.Subset{Share: o.TrainShare, Seed: o.SubsetSeed, Kept: kept, Of: of}})
	return nil
}
