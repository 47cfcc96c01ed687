package mat

import "v1lab/datasets/array"

// restoreAxes restores an axis of length 1 that MATLAB drops because it is the last of more than two: neurons in test_responses
// [repeats, images, neurons] of a single neuron, and covariates in test_covariates of a single covariate.
func restoreAxes(arrays map[string]array.Array) {
	images, ok := arrays["test_images"]
	if !ok || len(images.Shape) == 0 {
		return
	}
	n := images.Shape[0]
	for key, reference := range map[string]string{"test_responses": "train_responses", "test_covariates": "train_covariates"} {
		a, other := arrays[key], arrays[reference]
		if len(a.Shape) != 2 || len(other.Shape) != 2 || other.Shape[1] != 1 || a.Shape[1] != n {
			continue
		}
		if a.Shape[0] == n && n == 1 {
			continue // both readings give the same array
		}
		a.Shape = []int{a.Shape[0], n, 1}
		arrays[key] = a
	}
}
