//go:build !v1lab_engine

package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"v1lab/notebooks/display"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/study"
)

// Study has the parameters of a study. They are texts, like all parameters of notebooks.
type Study struct {
	Scale    string // one of study.Scales
	Seeds    string // number of fits of each model
	Data     string // recording; empty: the scale's simulation
	Second   string // second recording, for reused cores; empty: the scale's, or none if Data is set
	Settings string // changes to every config, with semicolons between them
	Dir      string // folder of the study
}

// Report returns the report on the given parts. It makes no fits, and ends the cell if one is missing.
func (s Study) Report(parts ...string) *study.Report {
	seeds, err := strconv.Atoi(s.Seeds)
	if err != nil {
		display.Check(fmt.Errorf("seeds %q; accepted: a number from 1", s.Seeds))
	}
	plan := Must(study.NewPlan(s.Scale, s.Data, s.Second, Settings(s.Settings)...))
	_, left, err := plan.Fits(s.Dir, seeds, parts...)
	display.Check(err)
	if left > 0 {
		display.Check(fmt.Errorf("study %s: %d fits are not over; run the cell that makes them", s.Dir, left))
	}
	return Must(plan.Run(context.Background(), nil, s.Dir, seeds, parts, grid.Watch{}))
}

// StudyTable shows the table with this title. It ends the cell if there is none.
func StudyTable(r *study.Report, title string) {
	var titles []string
	for _, t := range r.Tables() {
		if t.Title == title {
			display.Table(t.Header, t.Rows)
			if t.Note != "" {
				display.Text("%s", t.Note)
			}
			return
		}
		titles = append(titles, t.Title)
	}
	display.Check(fmt.Errorf("study: table %q; accepted: %s", title, strings.Join(titles, ", ")))
}

// Claims shows which of the paper's claims hold in a report, one line each.
func Claims(r *study.Report) {
	for _, c := range r.Claims {
		verdict := map[study.Verdict]string{study.Yes: "holds here", study.Partly: "holds here in part", study.No: "does not hold here"}[c.Holds]
		display.Text("%s: %s. %s", c.Name, verdict, c.Text)
	}
}

// SubsetRow describes the subset of training images in a recording's name: share, number of images, number of all images, seed and the first indices.
func SubsetRow(spec string) []string {
	for _, step := range Data(spec).Preparation {
		if s := step.Subset; s != nil {
			first := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Kept[:min(len(s.Kept), 8)]), "[]"), " ", ", ")
			return []string{fmt.Sprintf("%g %%", 100*s.Share), strconv.Itoa(len(s.Kept)), strconv.Itoa(s.Of), strconv.FormatUint(s.Seed, 10), first}
		}
	}
	display.Check(fmt.Errorf("data %q: no option train_share", spec))
	return nil
}
