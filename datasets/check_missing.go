package datasets

import "fmt"

// ImagesMissing reports whether the recording has training responses without training images. Such a recording has no validation part.
// Its repeats can be examined and its noise ceilings computed, but no model can be fitted to it.
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
		Advice:  "add the images to fit a model; ceilings and reliability need only the test repeats",
		Numbers: map[string]float64{"responses": float64(d.Train.Responses.N)},
	}}
}
