package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"time"

	"v1lab/datasets/durable"
	"v1lab/notebooks/webpage"
	"v1lab/v1model/experiments/sweep"
)

type sweepReportCmd struct {
	Out   string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	HTML  string `name:"html" placeholder:"FILE" help:"The page. An existing one is replaced. Default: report.html in the sweep's folder."`
	Title string `placeholder:"TEXT" help:"Title of the page. Default: the folder's name."`
}

// Help implements kong.HelpProvider.
func (*sweepReportCmd) Help() string {
	return "The page has the best draws, parallel coordinates and slices through the space, losses of the fits by step, who did what, errors, and what was assumed. It needs no other file and no network. The sweep may be under way."
}

func (c *sweepReportCmd) Run(a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	s, err := stateOf(f)
	if err != nil {
		return err
	}
	var html bytes.Buffer
	if err := webpage.WriteSweep(&html, f, s, webpage.Options{Title: c.Title, Made: time.Now()}); err != nil {
		return err
	}
	out := c.HTML
	if out == "" {
		out = filepath.Join(c.Out, "report.html")
	}
	if err := durable.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	if err := durable.WriteFile(out, html.Bytes(), 0o644); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	a.printf("%s\n", out)
	return nil
}
