package namedarrays

import (
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Covariates of a pair are in these arrays. Those of the recordings that neuralpredictors reads have names by their number of columns.
var covariateNames = map[string][]string{
	"behavior":     {"pupil_dilation", "pupil_dilation_change", "running_speed"},
	"pupil_center": {"pupil_x", "pupil_y"},
}

// pairCovariates reads covariates, behavior and pupil_center: one row for each of n trials.
func (s *source) pairCovariates(n int) (all datasets.Covariates) {
	var tables [][]float32
	for _, key := range []string{"covariates", "behavior", "pupil_center"} {
		if !s.has(key) {
			continue
		}
		shape, values := s.floats(key)
		if s.err != nil {
			return all
		}
		if len(shape) < 1 || len(shape) > 2 || shape[0] != n {
			s.fail(key, "shape %s, want [%d, covariates]: a row for each image; option without=NAME leaves it out", array.FormatShape(shape), n)
			return all
		}
		width := len(values) / n
		names := covariateNames[key]
		if key == "covariates" && s.has("covariate_names") {
			a, _ := s.get("covariate_names")
			if names = a.Strings(); len(names) != width {
				s.fail("covariate_names", "%d names, want %d as %s has columns", len(names), width, s.Label(key))
				return all
			}
		}
		if len(names) != width {
			names = nil
			for i := range width {
				names = append(names, fmt.Sprintf("%s_%d", key, i))
			}
		}
		all.Names = append(all.Names, names...)
		tables = append(tables, values)
	}
	for i := range n {
		for _, t := range tables {
			width := len(t) / n
			all.Values = append(all.Values, t[i*width:(i+1)*width]...)
		}
	}
	return all
}

// givenCovariates completes covariates of parts whose arrays stand beside the pair: their own, or NaN.
func (s *source) givenCovariates(d *datasets.Dataset, names []string, hasVal, hasTest bool) {
	if len(names) == 0 {
		return
	}
	if hasVal {
		d.Val.Covariates = s.covariatesOf("val_covariates", names, 1, d.Val.Responses.N)
	}
	if hasTest {
		d.Test.Covariates = s.covariatesOf("test_covariates", names, d.Test.Responses.Repeats, d.Test.Responses.N)
	}
}

// covariatesOf reads the covariates of a part, [n, names] or [repeats, n, names]. All are NaN if the part has none.
func (s *source) covariatesOf(key string, names []string, repeats, n int) datasets.Covariates {
	c := datasets.Covariates{Names: names}
	if !s.has(key) {
		c.Values = missing(repeats * n * len(names))
		return c
	}
	shape, values := s.floats(key)
	if len(shape) == 2 && repeats == 1 {
		shape = []int{1, shape[0], shape[1]}
	}
	if want := []int{repeats, n, len(names)}; s.err == nil && !slices.Equal(shape, want) {
		s.fail(key, "shape %s, want %s (repeats, images, covariate_names)", array.FormatShape(shape), array.FormatShape(want))
	}
	c.Values = values
	return c
}
