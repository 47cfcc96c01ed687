package prepare

import (
	"errors"
	"fmt"

	"v1lab/datasets"
)

// clean drops validation images that resemble a training image, and test images that resemble a training or validation image. seen holds the
// training images, all of them even where fewer are fitted to, as the model would see them.
func clean(d *datasets.Dataset, seen datasets.Images) error {
	if d.ImagesMissing() {
		return errors.New("option clean_leaks=true: the recording brings no training images to compare with; accepted: a recording that has them")
	}
	if err := d.Consistent(); err != nil {
		return err
	}
	whole := *d
	whole.Train.Images = seen
	leaks := datasets.Leaks(&whole)
	if len(leaks) == 0 {
		return nil
	}
	record := &datasets.Clean{Above: datasets.AlikeAbove, OfVal: d.Val.Images.N, OfTest: d.Test.Images.N}
	for _, p := range []struct {
		part string
		of   int
		to   *[]int
	}{{"val", record.OfVal, &record.Val}, {"test", record.OfTest, &record.Test}} {
		leaking := datasets.Leaking(leaks, p.part)
		*p.to = []int{}
		for i := range p.of {
			if !leaking[i] {
				*p.to = append(*p.to, i)
			}
		}
		if len(*p.to) == 0 && p.of > 0 {
			return fmt.Errorf("option clean_leaks=true: every one of %d %s images resembles an image of an earlier part, none is left; accepted: a recording with other images in %s", p.of, p.part, p.part)
		}
	}
	if d.Sessions != nil {
		val, test := 0, 0
		changeSessions(d, func(_ int, s *datasets.Dataset) bool {
			ofVal, ofTest := s.Val.Images.N, s.Test.Images.N
			cleanParts(s, datasets.Within(record.Val, val, ofVal), datasets.Within(record.Test, test, ofTest))
			val, test = val+ofVal, test+ofTest
			return true
		})
	} else {
		cleanParts(d, record.Val, record.Test)
	}
	d.Preparation = append(d.Preparation, datasets.Step{Clean: record})
	return nil
}

// cleanParts keeps the validation and test images of one session at the given indices.
func cleanParts(d *datasets.Dataset, val, test []int) {
	if len(val) < d.Val.Images.N {
		keepPart(d, "val", val)
	}
	if len(test) < d.Test.Images.N {
		keepPart(d, "test", test)
	}
}
