package main

import (
	"context"
	"fmt"

	"v1lab/v1model/runfolder"
)

// examinedRun is one run of doctor --runs --json.
type examinedRun struct {
	Run      string   `json:"run"` // run folder
	OK       bool     `json:"ok"`
	Finished bool     `json:"finished"`
	Compared int      `json:"compared"` // files that were compared with the SHA-256 in result.json; 0 if there is none: unfinished, or of an earlier version
	Arrays   int      `json:"arrays"`   // arrays that were read
	Values   int      `json:"values"`   // numbers in them
	Wrong    []string `json:"wrong"`    // one line for each file that changed, is missing or cannot be read
}

// runs reads all run folders in a folder.
func (c *doctorCmd) runs(ctx context.Context, a *app) error {
	paths, err := runfolder.Find(c.Runs)
	if err != nil {
		return fmt.Errorf("--runs: %w", err)
	}
	if len(paths) == 0 {
		return fmt.Errorf("--runs %s: no run folder there or below; accepted: a folder with folders that v1lab fit made", c.Runs)
	}
	all, bad := []examinedRun{}, 0
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := runfolder.Examine(path)
		found := examinedRun{path, len(e.Wrong) == 0, e.Finished, e.Compared, e.Arrays, e.Values, []string{}}
		for _, err := range e.Wrong {
			found.Wrong = append(found.Wrong, err.Error())
		}
		if !found.OK {
			bad++
		}
		all = append(all, found)
		if !c.JSON {
			found.print(a)
		}
	}
	if c.JSON {
		if err := a.json(all); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d runs have changed or cannot be read", bad, len(all))
	}
	return nil
}

func (r examinedRun) print(a *app) {
	mark, sums := "ok", fmt.Sprintf("%d files compared", r.Compared)
	switch {
	case !r.Finished:
		sums = "not finished, so no sums to compare with"
	case r.Compared == 0:
		sums = "by an earlier version, so no sums to compare with"
	}
	if !r.OK {
		mark = "!!"
	}
	a.printf("%s  %s: %d arrays with %d values read; %s\n", mark, r.Run, r.Arrays, r.Values, sums)
	for _, line := range r.Wrong {
		a.printf("      %s\n", line)
	}
}
