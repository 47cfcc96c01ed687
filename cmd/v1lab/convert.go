package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/datasets/formats"
)

type convertCmd struct {
	Spec string `arg:"" help:"The recording, as in npy:FOLDER."`
	written
}

func (c *convertCmd) Run(a *app) error { return c.convert(a, c.Spec) }

type simulateCmd struct {
	Spec string `arg:"" optional:"" default:"simulated:" help:"Size, noise, types and seed, as in simulated:?neurons=100&seed=2."`
	written
}

func (c *simulateCmd) Run(a *app) error {
	if !strings.HasPrefix(c.Spec, "simulated:") {
		return usagef("data %q; accepted: simulated:?option=value&...; v1lab data convert takes other recordings", c.Spec)
	}
	return c.convert(a, c.Spec)
}

// written has the flags that say where a recording is written.
type written struct {
	Out    string `required:"" placeholder:"X.npz|X.h5|DIR" help:"File to write, or, of several sessions, a new folder for a file of each. It gets the values as recorded and what is known about the neurons."`
	Format string `placeholder:"npz|h5" help:"Kind of the files in a folder. Default: npz."`
	Dense  bool   `help:"Write several sessions to one file, as one block of responses in which those of a neuron to images of other sessions are missing. It grows with the square of their number, and is read as one session."`
}

// convert writes values as recorded. Opened again, the file, or the folder, is normalised as spec is and has the same fingerprint.
func (w *written) convert(a *app, spec string) error {
	folder := filepath.Ext(w.Out) == ""
	extension := filepath.Ext(w.Out)
	switch {
	case folder && w.Dense:
		return usagef("--dense: --out %s is a folder; accepted: with one file", w.Out)
	case !folder && w.Format != "":
		return usagef("--format %s: --out %s is a file; accepted: with a folder", w.Format, w.Out)
	case folder:
		if extension = ".npz"; w.Format != "" {
			extension = "." + w.Format
		}
		if entries, err := os.ReadDir(w.Out); len(entries) > 0 {
			return fmt.Errorf("--out %s: not empty; accepted: a new folder, as every file in it counts as a session", w.Out)
		} else if err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("--out: %w", err)
		}
	}
	form, err := formats.Writer(extension)
	if err != nil {
		return usagef("--out %s: %w; or, of several sessions, a folder, whose name has no extension", w.Out, err)
	}
	d, err := formats.OpenRaw(spec)
	if err != nil {
		return blame(spec, err)
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: not converted: %w", spec, err)
	}
	switch n := len(d.Sessions); {
	case n > 0 && !folder && !w.Dense:
		return usagef("--out %s: %s has %d sessions, and a file holds one; accepted: a folder, as in --out %s, or --dense, which writes one block that grows with the square of their number",
			w.Out, spec, n, strings.TrimSuffix(w.Out, extension))
	case n == 0 && folder:
		return usagef("--out %s: extension \"\"; accepted for a recording of one session: %s.npz, %s.h5", w.Out, w.Out, w.Out)
	case n > 0 && folder:
		err = writeSessions(w.Out, extension, d, form)
	default:
		err = form.Write(w.Out, d)
	}
	if err != nil {
		return err
	}
	a.sayNotes(d)
	a.printf("%s:%s\n", form.Scheme, w.Out)
	return nil
}

// writeSessions writes a file of each session, with its name, to a new folder, which appears when all are there.
func writeSessions(dir, extension string, d *datasets.Dataset, form datasets.Format) (err error) {
	for _, s := range d.Sessions {
		if s.Session != filepath.Base(s.Session) || strings.HasPrefix(s.Session, ".") {
			return fmt.Errorf("session %q: not a name of a file", s.Session)
		}
	}
	if err := durable.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	begun, err := durable.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-", 0o777)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			durable.RemoveAll(begun) //nolint:errcheck // the first error is reported
		}
	}()
	for _, s := range d.Sessions {
		if err := form.Write(filepath.Join(begun, s.Session+extension), s); err != nil {
			return fmt.Errorf("session %s: %w", s.Session, err)
		}
	}
	if err := os.Remove(dir); err != nil && !os.IsNotExist(err) { // empty
		return err
	}
	return durable.Rename(begun, dir)
}
