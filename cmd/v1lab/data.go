package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/formats"
)

type dataCmd struct {
	Info     infoCmd     `cmd:"" help:"Show what is in a recording."`
	Check    checkCmd    `cmd:"" help:"Look for faults that would ruin a fit or its score."`
	Convert  convertCmd  `cmd:"" help:"Write a recording as one .npz archive or .h5 file."`
	Simulate simulateCmd `cmd:"" help:"Write a recording of simulated neurons, with their true types and places."`
	Fetch    fetchCmd    `cmd:"" help:"Download a public recording."`
}

// Help lists the schemes of recordings.
func (dataCmd) Help() string {
	var b strings.Builder
	b.WriteString("A recording is named scheme:path?option=value&... by one of these schemes:\n\n")
	for _, f := range formats.All() {
		fmt.Fprintf(&b, "    %s\n        %s\n", f.Example, strings.ReplaceAll(f.Reads, "`", ""))
		if len(f.Options) > 0 {
			fmt.Fprintf(&b, "        options: %s\n", optionsOf(f.Options))
		}
	}
	fmt.Fprintf(&b, "\nEvery scheme also takes %s.", optionsOf(datasets.CommonOptions()))
	return b.String()
}

func optionsOf(options []datasets.Option) string {
	var names []string
	for _, o := range options {
		names = append(names, o.Name)
	}
	return strings.Join(names, ", ")
}

type checkCmd struct {
	Spec string `arg:"" help:"The recording, as in npz:recording.npz."`
	JSON bool   `help:"Print as JSON."`
}

// checked is what data check --json prints.
type checked struct {
	Spec     string             `json:"spec"`
	Errors   int                `json:"errors"` // findings that would ruin a fit or its score
	Warnings int                `json:"warnings"`
	Findings []datasets.Finding `json:"findings"`
	Layout   *datasets.Layout   `json:"layout,omitempty"` // how arrays were understood, if the format has a choice
}

func (c *checkCmd) Run(a *app) error {
	d, err := formats.OpenRaw(c.Spec)
	if err != nil {
		return blame(c.Spec, err)
	}
	findings, count := datasets.Check(d), map[datasets.Severity]int{}
	slices.SortStableFunc(findings, func(x, y datasets.Finding) int { return cmp.Compare(rank(x.Severity), rank(y.Severity)) })
	if d.Layout != nil && !c.JSON {
		a.printf("read as %s\n", d.Layout)
	}
	for _, f := range findings {
		count[f.Severity]++
		if !c.JSON {
			a.printf("%s: %s (%s)\n", f.Severity, f.Message, f.Code)
			if f.Advice != "" {
				a.printf("    %s\n", f.Advice)
			}
		}
	}
	switch {
	case c.JSON:
		if findings == nil {
			findings = []datasets.Finding{}
		}
		err = a.json(checked{c.Spec, count[datasets.SeverityError], count[datasets.SeverityWarning], findings, d.Layout})
	case len(findings) == 0:
		a.printf("%s: nothing found\n", c.Spec)
	}
	if n := count[datasets.SeverityError]; n > 0 && err == nil {
		return fmt.Errorf("%s: %d of %d findings would ruin a fit or its score", c.Spec, n, len(findings))
	}
	return err
}

// rank is 0 for errors, 1 for warnings and 2 for hints.
func rank(s datasets.Severity) int {
	return slices.Index([]datasets.Severity{datasets.SeverityError, datasets.SeverityWarning, datasets.SeverityInfo}, s)
}
