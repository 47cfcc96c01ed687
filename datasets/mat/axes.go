package mat

import "v1lab/datasets/array"

// restoreAxes gives an axis of length 1 back that MATLAB drops when it is the last one of more than two: that of the only neuron in
// test_responses [repeats, images, neurons], and that of the only covariate in test_covariates.
func restoreAxes(arrays map[string]array.Array) {
	images, ok := arrays["test_images"]
	if !ok || len(images.Shape) == 0 {
		return
	}
	n := images.Shape[0]
	for key, beside := range map[string]string{"test_responses": "train_responses", "test_covariates": "train_covariates"} {
		a, other := arrays[key], arrays[beside]
		if len(a.Shape) != 2 || len(other.Shape) != 2 || other.Shape[1] != 1 || a.Shape[1] != n {
			continue
		}
		if a.Shape[0] == n && n == 1 {
			continue // both meanings are the same
		}
		a.Shape = []int{a.Shape[0], n, 1}
		arrays[key] = a
	}
}
