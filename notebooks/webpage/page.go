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

// Options are what a page may be told.
type Options struct {
	Title  string    // empty: the runs' names
	Made   time.Time // the date on the page
	Browse bool      // with a browser of each run's neurons (package neurons), the one script that the page then runs
}

//go:embed page.html
var source string

var layout = template.Must(template.New("page").Funcs(template.FuncMap{"show": show}).Parse(source))

// view is what the layout shows.
type view struct {
	Title      string
	Made       string
	Scripts    string // of a Content-Security-Policy; empty: none
	Program    []fact
	Recordings []*recording
	Study      *studyView // of a page about a study
}

// fact is a line of a table of two columns, with a remark.
type fact struct{ Name, Value, Remark string }

// table has a head and as many cells in every row.
type table struct {
	Head []string
	Rows [][]string
}

// Write analyses runs and writes the page about them. Runs are grouped by recording, in the order given. A run whose recording cannot be opened goes
// without what needs it. The device's memory of each run is free again when the page is written.
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
	seen := map[string]bool{}
	var all []*analysed
	for i, r := range runs {
		path, err := filepath.Abs(r.Path)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.Path, err)
		}
		if seen[path] {
			return fmt.Errorf("run %s: given twice; accepted: each run once", r.Path)
		}
		seen[path] = true
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

// dated writes a page's date.
func dated(t time.Time) string { return t.Format("2 January 2006, 15:04 MST") }

// write lays the page out, whole or not at all.
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

// byRecording keeps runs together whose recordings are known to be the same.
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

// show writes a number to four digits, a dash if it does not exist.
func show(f jsonfloat.Float) string {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strings.Replace(fmt.Sprintf("%.4g", v), "-", "\u2212", 1)
	}
	return "\u2013"
}

// percent writes a share.
func percent(f jsonfloat.Float) string {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return "\u2013"
}
