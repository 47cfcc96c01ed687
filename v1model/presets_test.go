package v1model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/readout"
)

// The small controls differ from quickstart in what they are named for and in nothing else.
func TestQuickstartControls(t *testing.T) {
	cnn := func(maps int) func(*v1model.Config) {
		return func(c *v1model.Config) {
			c.Core.Kind, c.Core.Rotations, c.Core.Upsampling, c.Core.Features = core.CNN, 1, 0, []int{maps, maps, maps}
		}
	}
	for name, change := range map[string]func(*v1model.Config){
		"quickstart-cnn32": cnn(32), "quickstart-cnn64": cnn(64), "quickstart-cnn128": cnn(128),
		"quickstart-positive": func(c *v1model.Config) { c.Readout.PositiveFeatures = true },
		"quickstart-dense": func(c *v1model.Config) {
			c.Readout = readout.Config{Kind: readout.DenseSeparate, MaskSparsity: 0.02, FeatureL2: 0.2}
		},
	} {
		want, err := v1model.Load("quickstart")
		if err != nil {
			t.Fatal(err)
		}
		got, err := v1model.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		change(&want)
		want.Preset = name + "@1"
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
