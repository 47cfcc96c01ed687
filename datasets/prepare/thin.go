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
	record := datasets.Step{Subset: &datasets.Subset{Share: o.TrainShare, Seed: o.SubsetSeed, Kept: kept, Of: of}}
	if d.Sessions != nil {
		first := 0
		changeSessions(d, func(_ int, s *datasets.Dataset) bool {
			n := s.Train.Responses.N
			keepPart(s, "train", datasets.Within(kept, first, n))
			first += n
			return true
		})
		d.Preparation = append(d.Preparation, record)
		return nil
	}
	keepPart(d, "train", kept)
	d.Preparation = append(d.Preparation, record)
	return nil
}

// keepPart keeps the images of a part of one session at the given indices, and their entries in the record of the split.
func keepPart(d *datasets.Dataset, part string, kept []int) {
	var split datasets.Split
	if d.Split != nil {
		split = *d.Split
		d.Split = &split
	}
	if d.Truth != nil { // that of the trials of this part is no longer theirs
		truth := *d.Truth
		d.Truth = &truth
		*map[string]**datasets.TrialTruth{"train": &truth.Train, "val": &truth.Val, "test": &truth.Test}[part] = nil
	}
	switch part {
	case "train":
		split.TrainIndex = keepRows(&d.Train, kept, split.TrainIndex)
	case "val":
		split.ValIndex = keepRows(&d.Val, kept, split.ValIndex)
	default:
		split.TestIndex = keepTests(&d.Test, kept, d.Test.Responses.Repeats, split.TestIndex)
	}
}
