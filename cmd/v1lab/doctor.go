package main

import (
	"context"
	"fmt"

	"v1lab/kernels/doctor"
)

type doctorCmd struct {
	Clean bool `help:"First remove what killed notebooks left behind: temporary folders and processes of v1lab's own."`
	JSON  bool `help:"Print as JSON."`
}

func (c *doctorCmd) Run(ctx context.Context, a *app) error {
	if c.Clean {
		removed, err := doctor.Clean()
		for _, what := range removed {
			a.sayf("removed %s", what)
		}
		if err != nil {
			return err
		}
	}
	checks, bad := doctor.Run(ctx), 0
	for _, check := range checks {
		mark := "ok"
		if !check.OK {
			bad++
			mark = "!!"
		}
		if !c.JSON {
			a.printf("%s  %s: %s\n", mark, check.Name, check.Detail)
			if check.Mend != "" && !check.OK {
				a.printf("      mend: %s\n", check.Mend)
			}
		}
	}
	if c.JSON {
		if err := a.json(struct {
			OK     bool           `json:"ok"`
			Checks []doctor.Check `json:"checks"`
		}{bad == 0, checks}); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d parts need mending", bad, len(checks))
	}
	return nil
}
