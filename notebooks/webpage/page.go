package webpage

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"v1lab/notebooks/neurons"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
)

// Options of a page.
type Options struct {
	Title  string    // empty: the runs' names
	Made   time.Time // the date on the page
	Browse bool      // add a browser of each run's neurons (package neurons), which has the only script of the page
}

//go:embed page.html
var source string

var layout = template.Must(template.New("page").Funcs(template.FuncMap{"show": show}).Parse(source))

// view is the data of the template.
type view struct {
	Title      string
	Made       string
	Scripts    string // of a Content-Security-Policy; empty: none
	Program    []fact
	Recordings []*recording
	Study      *studyView // of a page about a study
	Sweep      *sweepView // of a page about a sweep
}

// fact is a row of a table: a name, a value and a remark.
type fact struct{ Name, Value, Remark string }

// table has a head and rows with as many cells.
type table struct {
	Head []string
	Rows [][]string
}

// Write analyses runs and writes the page about them. Runs are grouped by recording, in the given order. If a recording cannot be opened, the page
// leaves out what needs it. Write closes each run, which frees its device memory.
func Write(ctx context.Context, w io.Writer, runs []*fitted.Run, o Options) error {
	if len(runs) == 0 {
		return errors.New("page: no runs; at least 1 is needed")
	}
	backend, err := runs[0].Backend(ctx)
	if err != nil {
		return err
	}
	v := view{Title: o.Title, Made: dated(o.Made), Program: program(backend)}
	if o.Browse {
		v.Scripts = "; script-src '" + neurons.ScriptHash() + "'"
	}
	if err := fitted.Distinct(runs...); err != nil {
		return err
	}
	var all []*analysed
	for i, r := range runs {
		path, err := filepath.Abs(r.Path)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.Path, err)
		}
		a, err := analyse(ctx, r, path, fmt.Sprintf("run-%d", i+1))
		if err == nil && o.Browse {
			err = a.browse(ctx)
		}
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("run %s: %w", r.Path, err)
		}
		all = append(all, a)
	}
	if v.Title == "" {
		v.Title = titled(all)
	}
	for _, group := range byRecording(all) {
		r, err := describe(ctx, group)
		if err != nil {
			return err
		}
		v.Recordings = append(v.Recordings, r)
	}
	return write(w, v)
}

// dated formats a page's date.
func dated(t time.Time) string { return t.Format("2 January 2006, 15:04 MST") }

// write renders the page, and writes it only if that succeeds.
func write(w io.Writer, v view) error {
	var page bytes.Buffer
	if err := layout.Execute(&page, v); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err := page.WriteTo(w)
	return err
}

func titled(all []*analysed) string {
	if len(all) > 4 {
		return fmt.Sprintf("%d fits", len(all))
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// byRecording groups runs whose recordings have the same fingerprint.
func byRecording(all []*analysed) (groups [][]*analysed) {
	place := map[string]int{}
	for _, a := range all {
		fingerprint := a.run.Dataset.Fingerprint
		i, ok := place[fingerprint]
		if !ok || fingerprint == "" {
			i = len(groups)
			groups = append(groups, nil)
			place[fingerprint] = i
		}
		groups[i] = append(groups[i], a)
	}
	return groups
}

// show formats a number with four digits, a number that does not exist as a dash.
func show(f jsonfloat.Float) string {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strings.Replace(fmt.Sprintf("%.4g", v), "-", "\u2212", 1)
	}
	return "\u2013"
}

// percent formats a share in percent.
func percent(f jsonfloat.Float) string {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return "\u2013"
}
