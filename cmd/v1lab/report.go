package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"v1lab/datasets/durable"
	"v1lab/notebooks/webpage"
	"v1lab/v1model/experiments/study"
)

type reportCmd struct {
	Folder []string `name:"run" sep:"none" placeholder:"RUN" help:"Run folder. May be repeated: fits of one recording are compared, the mean of their rates is measured as an ensemble, and their cell types are matched; other recordings get sections of their own."`
	Data   []string `sep:"none" placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says. May be repeated for runs of several recordings."`
	Study  string   `placeholder:"DIR2" help:"Folder of v1lab study, instead of runs: the page shows its claims, tables and figures."`
	Out    string   `required:"" placeholder:"DIR" help:"Folder for the page, index.html. An existing page is replaced."`
	Title  string   `placeholder:"TEXT" help:"Title of the page. Default: the names of the runs, or of the study's folder."`
	Browse bool     `help:"Add a browser of each run's neurons. The page then contains one script."`
}

// Help implements kong.HelpProvider.
func (*reportCmd) Help() string {
	return "The page has all figures and tables of the runs and their provenance. It needs no other file and no network. It also shows figures in RUN/figures, such as those of v1lab mei --figures RUN/figures, and most exciting images and tuning in RUN/insilico."
}

func (c *reportCmd) Run(ctx context.Context, a *app) error {
	switch {
	case (c.Study == "") == (len(c.Folder) == 0):
		return usagef("--run, --study: %d and %q; accepted: one or more runs, or one study", len(c.Folder), c.Study)
	case c.Study != "" && len(c.Data) > 0:
		return usagef("--data: with --study; accepted: with --run only")
	case c.Study != "" && c.Browse:
		return usagef("--browse: with --study; accepted: with --run only")
	case c.Study != "":
		return c.study(a)
	}
	runs, err := a.fits(ctx, c.Folder, c.Data)
	if err != nil {
		return err
	}
	for _, run := range runs {
		a.warnWithoutRecording(run, "the page leaves out what needs the recording")
	}
	var html bytes.Buffer
	if err := webpage.Write(ctx, &html, runs, webpage.Options{Title: c.Title, Made: time.Now(), Browse: c.Browse}); err != nil {
		return err
	}
	return c.write(a, html.Bytes())
}

// study writes the page of a study's folder.
func (c *reportCmd) study(a *app) error {
	r, err := study.Read(c.Study)
	if err != nil {
		return err
	}
	title := c.Title
	if title == "" {
		title = filepath.Base(filepath.Clean(c.Study))
	}
	var html bytes.Buffer
	if err := webpage.WriteStudy(&html, r, webpage.Options{Title: title, Made: time.Now()}); err != nil {
		return err
	}
	return c.write(a, html.Bytes())
}

func (c *reportCmd) write(a *app, html []byte) error {
	if err := durable.MkdirAll(c.Out, 0o777); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	out := filepath.Join(c.Out, "index.html")
	if err := durable.WriteFile(out, html, 0o644); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	a.printf("%s\n", out)
	return nil
}
