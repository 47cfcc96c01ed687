package datasets

import "fmt"

// ImagesMissing says that the training responses came without their images. Such a recording has no validation part; its repeats can be
// looked at and their ceilings computed, but nothing can be fitted to it.
func (d *Dataset) ImagesMissing() bool {
	return d.Train.Images.N == 0 && d.Train.Responses.N > 0 && d.Val.Images.N == 0 && d.Val.Responses.N == 0
}

func checkMissingImages(d *Dataset) []Finding {
	if !d.ImagesMissing() {
		return nil
	}
	return []Finding{{
		Severity: SeverityError, Code: "missing-images",
		Message: fmt.Sprintf("train_images: the training images are missing, there are responses to %d; accepted for ceilings, not for a fit", d.Train.Responses.N),
		Advice:  "bring the images beside the responses; ceilings and reliability need the test repeats only",
		Numbers: map[string]float64{"responses": float64(d.Train.Responses.N)},
	}}
}
