package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"v1lab/datasets/durable"
	"v1lab/kernels/jupyter"
	"v1lab/notebooks/gallery"
)

type notebookCmd struct {
	Notebooks []string          `arg:"" name:"NB" help:"Notebooks to run, .ipynb; with --to ipynb, Go files made by --to go."`
	To        string            `enum:",go,ipynb" default:"" placeholder:"go|ipynb" help:"Run nothing, but write each notebook as one Go file beside it, F.go, or make the notebook F.ipynb of such a file again. Cells that were not edited keep their outputs."`
	Set       map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"Set a parameter, which cells read by lab.Param or as V1LAB_PARAM_KEY. At least one of the notebooks must have it. May be repeated."`
	Out       string            `placeholder:"DIR" help:"Folder for the executed notebooks. Default: each notebook is replaced."`
	HTML      bool              `help:"Write an HTML page for each executed notebook, and a gallery index.html in each folder (gallery.html if index.html is another page)."`
	JUnit     string            `name:"junit" placeholder:"F.xml" help:"JUnit XML file for the outcome of every cell, for continuous integration."`
	Timeout   time.Duration     `placeholder:"T" help:"Time limit for each cell, as in 10m. Default: none."`
	Jobs      int               `default:"1" placeholder:"N" help:"Notebooks that run at the same time. Default: 1."`
}

func (c *notebookCmd) Run(ctx context.Context, a *app) error {
	if c.To != "" {
		return c.convert(a)
	}
	outs, sources := map[string]string{}, map[string]bool{}
	c.Notebooks = slices.DeleteFunc(c.Notebooks, func(nb string) bool { // the same notebook, under whatever names, is one
		source, err := filepath.EvalSymlinks(nb)
		if err != nil {
			return false // reported below
		}
		if source, err = filepath.Abs(source); err != nil {
			return false
		}
		again := sources[source]
		sources[source] = true
		return again
	})
	for _, nb := range c.Notebooks {
		if filepath.Ext(nb) != ".ipynb" {
			return usagef("notebook %s: extension %q; accepted: .ipynb", nb, filepath.Ext(nb))
		}
		out := c.path(nb)
		if other, twice := outs[out]; twice {
			return usagef("notebooks %s and %s would both be written to %s", other, nb, out)
		}
		outs[out] = nb
	}
	switch {
	case c.Jobs < 1:
		return usagef("--jobs %d; accepted: a number from 1", c.Jobs)
	case c.Timeout < 0 || c.Timeout > 0 && c.Timeout < time.Second:
		return usagef("--timeout %s; accepted: a time from 1s", c.Timeout)
	}
	for _, nb := range c.Notebooks {
		if _, err := os.Stat(nb); err != nil {
			return fmt.Errorf("notebook %s does not exist", nb)
		}
		if err := jupyter.CheckLanguage(nb); err != nil {
			return err
		}
	}
	if err := jupyter.CheckParams(c.Notebooks, c.Set); err != nil {
		return usagef("--set: %w", err)
	}
	if err := a.exportBackend(); err != nil {
		return err
	}
	if c.Out != "" {
		if err := durable.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	if err := c.writable(); err != nil {
		return err
	}
	var all []jupyter.ExecuteOptions
	for _, nb := range c.Notebooks {
		all = append(all, jupyter.ExecuteOptions{Notebook: nb, Out: c.path(nb), Params: c.Set, HTML: c.HTML, Timeout: c.Timeout, Progress: a.stderr})
	}
	var outcomes []jupyter.Outcome
	err := a.gracefully(func() error {
		outcomes = jupyter.ExecuteAll(ctx, all, c.Jobs, func(o jupyter.Outcome) { c.tell(a, o) })
		return c.summarise(outcomes)
	})
	if err != nil {
		return err
	}
	return firstFailure(outcomes)
}

// writable returns an error if a folder for results takes none, before the first cell runs.
func (c *notebookCmd) writable() error {
	targets := map[string]string{} // what goes there
	for _, nb := range c.Notebooks {
		path := c.path(nb)
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // its file is replaced, not the link
		}
		targets[filepath.Dir(path)] = "the executed notebook " + path
	}
	if c.JUnit != "" {
		if info, err := os.Stat(c.JUnit); err == nil && info.IsDir() {
			return usagef("--junit %s: it is a folder; accepted: a file", c.JUnit)
		}
		targets[filepath.Dir(c.JUnit)] = "--junit " + c.JUnit
	}
	for _, dir := range slices.Sorted(maps.Keys(targets)) {
		if err := durable.Try(dir); err != nil {
			return fmt.Errorf("%s cannot be written: %w", targets[dir], err)
		}
	}
	return nil
}

// tell prints the outcome of a notebook: its path, or the details of the cell that failed.
func (c *notebookCmd) tell(a *app, o jupyter.Outcome) {
	if o.Err != nil {
		if cell := (*jupyter.CellError)(nil); errors.As(o.Err, &cell) && cell.Cell > 0 {
			a.sayf("%s: cell %d of %d failed:\n%s", o.Notebook, cell.Cell, cell.Of, strings.TrimRight(cell.Details(), "\n"))
		}
		return
	}
	a.printf("%s\n", o.Out)
	if c.HTML {
		a.printf("%s\n", htmlPath(o.Out))
	}
}

// summarise writes a gallery for each folder of executed notebooks, and the JUnit file. It does so even if notebooks failed.
func (c *notebookCmd) summarise(outcomes []jupyter.Outcome) error {
	if c.HTML {
		folders := map[string][]gallery.Entry{}
		for _, o := range outcomes {
			e, dir := gallery.Entry{Notebook: o.Out, Took: o.Took, Err: o.Err}, filepath.Dir(o.Out)
			if _, err := os.Stat(htmlPath(o.Out)); err == nil {
				e.Page = filepath.Base(htmlPath(o.Out))
			}
			folders[dir] = append(folders[dir], e)
		}
		for _, dir := range slices.Sorted(maps.Keys(folders)) {
			path, err := gallery.Place(dir)
			if err != nil {
				return err
			}
			err = replace(path, func(w io.Writer) error { return gallery.Write(w, "Notebooks", folders[dir]) })
			if err != nil {
				return err
			}
		}
	}
	if c.JUnit != "" {
		return replace(c.JUnit, func(w io.Writer) error { return jupyter.WriteJUnit(w, outcomes) })
	}
	return nil
}

// replace writes a file in one step.
func replace(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return durable.WriteFile(path, b.Bytes(), 0o644)
}

// firstFailure returns the error of the first notebook that failed, with the path of the executed notebook.
func firstFailure(outcomes []jupyter.Outcome) error {
	failures := 0
	var first jupyter.Outcome
	for _, o := range outcomes {
		if o.Err != nil {
			if failures++; failures == 1 {
				first = o
			}
		}
	}
	if failures == 0 {
		return nil
	}
	err := first.Err
	if failures > 1 {
		err = fmt.Errorf("%d of %d notebooks failed, first: %w", failures, len(outcomes), err)
	}
	if cell := (*jupyter.CellError)(nil); errors.As(err, &cell) {
		return fmt.Errorf("%w\nthe executed notebook is %s", err, first.Out)
	}
	return err
}

// htmlPath returns the path of an executed notebook's HTML page.
func htmlPath(out string) string { return strings.TrimSuffix(out, ".ipynb") + ".html" }

func (c *notebookCmd) path(nb string) string {
	if c.Out == "" {
		return nb
	}
	return filepath.Join(c.Out, filepath.Base(nb))
}
