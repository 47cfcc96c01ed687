package bench

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// WriteText writes a report as tables for people.
func (r *Report) WriteText(to io.Writer) error {
	t := table{w: tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)}
	m := r.Machine
	if r.Unfinished {
		t.line("not finished: these are the measurements made before the end")
	}
	t.line("%s, %d threads, %s; %d rounds; medians, (lowest - highest)", m.OS, m.CPUs, device(m.Device), r.Rounds)
	if m.GEMM.Median > 0 {
		t.line("product of two %dx%d matrices by XLA: %.0f GFLOP/s (%.0f - %.0f)", m.Edge, m.Edge, m.GEMM.Median, m.GEMM.Min, m.GEMM.Max)
	}
	if m.Load != "" {
		t.line("load of the machine before: %s", m.Load)
	}
	if len(r.Agreement) > 0 {
		t.line("")
		t.line("difference from the reference in float64, relative\tloss\tpenalty\trates\tgradients, worst")
		for _, a := range r.Agreement {
			t.line("%s, %s\t%.1e\t%.1e\t%.1e\t%.1e, %s", a.System, a.Case, a.Poisson, a.Penalty, a.Rates, a.Gradient, a.WorstVariable)
		}
	}
	for _, rows := range [][]Row{r.Step, r.Predict, r.MEI, r.Read, r.Start, r.Cell} {
		for i := range rows {
			t.row(&rows[i])
		}
	}
	for _, p := range r.Products {
		t.products(p)
	}
	for _, f := range []*FitReport{r.Fit, r.FitBeside} {
		if f != nil {
			t.fit(f)
		}
	}
	for _, a := range r.Scaling {
		t.axis(a)
	}
	if t.err != nil {
		return t.err
	}
	return t.w.Flush()
}

type table struct {
	w   *tabwriter.Writer
	err error
}

func (t *table) line(format string, args ...any) {
	if _, err := fmt.Fprintf(t.w, format+"\n", args...); err != nil && t.err == nil {
		t.err = err
	}
}

func (t *table) row(r *Row) {
	t.line("")
	name := r.What
	if r.Case.Name != "" {
		name = fmt.Sprintf("%s: %s, %dx%d, %d neurons, batch %d", r.What, r.Case.Name, r.Case.Height, r.Case.Width, r.Case.Neurons, r.Case.Batch)
	}
	if r.GFLOP > 0 {
		name += fmt.Sprintf(", %.3g GFLOP", r.GFLOP)
	}
	if r.Target > 0 {
		name += fmt.Sprintf(" (target %s s)", seconds(r.Target))
	}
	if len(r.Evaluation) > 0 {
		name += fmt.Sprintf("; ours computes the layers %s", strings.Join(r.Evaluation, ", "))
	}
	t.line("%s", name)
	t.line("\tseconds\t\timages/s\tGFLOP/s\tof GEMM\tpeak memory\tfirst time")
	for _, s := range r.Systems {
		t.line("%s\t%s\t(%s - %s)\t%s\t%s\t%s\t%s\t%s", s.System, seconds(s.Median), seconds(s.Min), seconds(s.Max), positive("%.0f", s.Rate), positive("%.1f", s.GFLOPS),
			positive("%.0f %%", 100*s.Share), megabytes(s.Peak), seconds(s.First))
	}
	if r.Ratio != nil {
		t.line("%s to %s: %.2f (%.2f - %.2f)", Ours, r.Best, r.Ratio.Median, r.Ratio.Min, r.Ratio.Max)
	}
}

func (t *table) fit(r *FitReport) {
	t.line("")
	t.line("fit of %s (schedule %s) to %s: seconds to validation loss %.6g and to %.6g, which is near it", r.Preset, r.Schedule, r.Data, r.Score, r.Near)
	t.line("\tto loss\tnear it\tlowest loss\tsteps\tseconds in all")
	for _, f := range r.Fits {
		t.line("%s\t%s\t%s\t%.6g\t%d\t%s", f.System, seconds(float64(f.ToScore)), seconds(float64(f.ToNear)), f.Lowest, f.Steps, seconds(f.Seconds))
	}
	if r.Best != "" {
		t.line("%s to the fastest peer: %s, near it %s", Ours, positive("%.2f", float64(r.Ratio)), positive("%.2f", float64(r.ToNear)))
	}
}

func (t *table) products(p Products) {
	t.line("")
	t.line("matrix products: %s, %dx%d, %d neurons, batch %d", p.Case.Name, p.Case.Height, p.Case.Width, p.Case.Neurons, p.Case.Batch)
	t.line("program\ttimes\trows x inner x columns\tGFLOP\tof program\tas built, GFLOP/s\tfastest\tratio\tfastest evaluation")
	for _, d := range p.Products {
		size := fmt.Sprintf("%d x %d x %d", d.Rows, d.Inner, d.Columns)
		if d.Batch > 1 {
			size = fmt.Sprintf("%d of %s", d.Batch, size)
		}
		t.line("%s\t%d\t%s\t%.3g\t%.0f %%\t%.0f\t%.0f\t%.2f\t%s", d.Program, d.Times, size, d.GFLOP, 100*d.Share, d.Built, d.Best, d.Built/d.Best, d.As)
	}
}

func (t *table) axis(a Axis) {
	t.line("")
	t.line("%s\t%s, seconds\t\tprocessor seconds\t\tpeak memory", a.Name, a.What)
	for _, p := range a.Points {
		s, b := p.Seconds, p.Processor
		t.line("%d\t%s\t(%s - %s)\t%s\t(%s - %s)\t%s", p.Value, seconds(s.Median), seconds(s.Min), seconds(s.Max), seconds(b.Median), seconds(b.Min), seconds(b.Max), megabytes(p.Peak))
	}
	t.line("log-log slope\t%s\t\t%s\t\t%s", slope(float64(a.Slope)), slope(float64(a.ProcessorSlope)), slope(float64(a.MemorySlope)))
}

// positive formats a positive number, and returns a dash for any other.
func positive(format string, v float64) string {
	if !(v > 0) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

func seconds(v float64) string { return positive("%.3g", v) }

func megabytes(n int64) string { return positive("%.0f MB", float64(n)/1e6) }

// slope formats a number of either sign.
func slope(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

// device shortens a backend's description: it leaves out folders and details.
func device(description string) string {
	if description == "" {
		return "no device"
	}
	name, _, _ := strings.Cut(description, " - ")
	engine, path, found := strings.Cut(name, ":")
	if !found {
		return engine
	}
	return engine + ":" + filepath.Base(path)
}
