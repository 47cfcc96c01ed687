package lab_test

import (
	"testing"

	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/lab"
)

// A parameter is found by whatever spelling the runner was given and the cell has.
func TestParam(t *testing.T) {
	t.Setenv(v1labhome.ParamVariable("max.steps"), "7")
	for _, name := range []string{"max.steps", "max-steps", "MAX_STEPS"} {
		if got := lab.Param(name, "none"); got != "7" {
			t.Errorf("%s is %q, want 7", name, got)
		}
	}
	if got := lab.Int("max.steps", 1, 1); got != 7 {
		t.Errorf("as a number it is %d, want 7", got)
	}
	if got := lab.Param("maxsteps", "none"); got != "none" {
		t.Errorf("another one is %q", got)
	}
}
