package main

import (
	"v1lab/datasets/array"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/runfolder"
)

type featuresCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out    string `required:"" placeholder:"F.npz" help:"Archive to write: weights [neurons, rotations, features], masks [neurons, height, width], bias, power [neurons, features], group (strongest feature, -1: none), clean, active."`
}

func (c *featuresCmd) Run(a *app) error {
	run, err := runfolder.Open(c.Folder)
	if err != nil {
		return err
	}
	r, err := celltypes.Read(run)
	if err != nil {
		return err
	}
	w, power := r.Weights, r.Weights.Power()
	clean := power.Clean()
	if err := array.WriteNPZ(c.Out, map[string]array.Array{
		"weights": array.New(w.Values, w.Neurons, w.Rotations, w.Features),
		"masks":   r.Masks,
		"bias":    r.Biases,
		"power":   array.New(power.Values, power.Neurons, power.Features),
		"group":   array.New(power.Group()),
		"clean":   array.New(clean),
		"active":  array.New(power.Active()),
	}); err != nil {
		return err
	}
	n := 0
	for _, is := range clean {
		if is {
			n++
		}
	}
	a.printf("%s: %d neurons, %d of them clean (one feature above half of the power), %d rotations, %d features\n", c.Out, w.Neurons, n, w.Rotations, w.Features)
	return nil
}
