package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/datasets/formats"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/sessions"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
)

// onCommandLine tells whether a flag is on the command line.
func onCommandLine(c *kong.Context, flag string) bool {
	return slices.ContainsFunc(c.Path, func(p *kong.Path) bool { return p.Flag != nil && p.Flag.Name == flag })
}

// together refuses flags that would have no effect beside the others.
func (c *studyCmd) together(flags *kong.Context) error {
	without, reason := []string{"presets", "search"}, "without --recordings"
	if len(c.Recordings) > 0 {
		without, reason = []string{"scale", "what", "data", "second", "workers", "queue"}, "with --recordings"
	}
	for _, flag := range without {
		if onCommandLine(flags, flag) {
			return usagef("--%s has no effect %s; accepted: one of the two", flag, reason)
		}
	}
	return nil
}

// sessions runs one protocol over several recordings.
func (c *studyCmd) sessions(ctx context.Context, a *app, flags *kong.Context) error {
	begun := time.Now()
	plan, err := c.sessionsPlan(flags)
	if err != nil {
		return err
	}
	backend, err := a.device(ctx, plan.Models[0].Config)
	if err != nil {
		return err
	}
	w := &gridWatch{ctx: ctx, app: a, sayOver: true}
	var last *sessions.Report
	var paths []string
	err = a.gracefully(func() error {
		return plan.Run(ctx, backend, w.watch(), func(r *sessions.Report) (err error) {
			last = r
			paths, err = c.writeSessions(r)
			return err
		})
	})
	w.close()
	if errors.Is(err, fit.ErrInterrupted) {
		return fmt.Errorf("%w; the same command goes on", err)
	}
	if err != nil {
		return err
	}
	for _, row := range last.Recordings {
		if row.Leaks != "" {
			a.sayf("warning: %s: %s: scores are too high; the option clean_leaks=true takes these images out", row.Data, row.Leaks)
		}
	}
	if c.JSON {
		return a.json(last)
	}
	showTables(a, last.Tables())
	a.printf("%d fits, %.0f minutes in them; this call took %s\n", last.Fits, last.Seconds/60, time.Since(begun).Round(time.Second))
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return nil
}

func (c *studyCmd) sessionsPlan(flags *kong.Context) (*sessions.Plan, error) {
	plan := &sessions.Plan{Search: c.Search, Seeds: c.Seeds, Dir: c.Out}
	if slices.ContainsFunc(c.Set, func(s string) bool { return strings.HasPrefix(s, "readout.sparsity=") }) {
		if onCommandLine(flags, "search") {
			return nil, usagef("--search and --set readout.sparsity; accepted: one of the two")
		}
		plan.Search = nil
	}
	for i, s := range plan.Search {
		if !(s >= 0) || slices.Contains(plan.Search[:i], s) {
			return nil, usagef("--search %g; accepted: different numbers of at least 0", s)
		}
	}
	specs, err := splitSpecs(c.Recordings)
	if err != nil {
		return nil, err
	}
	plan.Recordings = specs
	for _, from := range c.Presets {
		config, err := resolve("--presets", from, c.Set)
		if err != nil {
			return nil, err
		}
		if config.Fit.Seed != 1 {
			return nil, usagef("--presets %s, --set: fit.seed %d; accepted: 1, the seeds are 1 to --seeds", from, config.Fit.Seed)
		}
		name := modelName(from)
		if slices.ContainsFunc(plan.Models, func(m compare.Model) bool { return m.Name == name }) {
			return nil, usagef("--presets: %s is named twice", name)
		}
		plan.Models = append(plan.Models, compare.Model{Name: name, Config: config})
	}
	return plan, nil
}

// splitSpecs divides lists of recordings at commas. A piece that does not begin with a scheme belongs to the name before it, which has a comma.
func splitSpecs(lists []string) ([]string, error) {
	var specs []string
	for _, list := range lists {
		begun := len(specs)
		for piece := range strings.SplitSeq(list, ",") {
			scheme, _, ok := strings.Cut(piece, ":")
			if _, known := formats.Find(scheme); ok && known {
				specs = append(specs, piece)
				continue
			}
			if len(specs) == begun {
				_, err := datasets.ParseSpec(piece)
				if err == nil {
					err = fmt.Errorf("data %q: unknown scheme %q, want %s", piece, scheme, strings.Join(formats.Schemes(), ", "))
				}
				return nil, usagef("--recordings: %w", err)
			}
			specs[len(specs)-1] += "," + piece
		}
	}
	for i, s := range specs {
		var err error
		if specs[i], err = absolute(s); err != nil {
			return nil, err
		}
		if slices.Contains(specs[:i], specs[i]) {
			return nil, usagef("--recordings: %s is named twice", s)
		}
	}
	return specs, nil
}

// writeSessions draws the figure and writes sessions.md and sessions.json.
func (c *studyCmd) writeSessions(r *sessions.Report) ([]string, error) {
	figure, err := report.Sessions(r)
	if err != nil {
		return nil, err
	}
	pictures, err := report.Save(filepath.Join(c.Out, "figures"), []report.Named{{Name: "sessions", Figure: figure}})
	if err != nil {
		return nil, err
	}
	page := filepath.Join(c.Out, "sessions.md")
	if err := durable.WriteFile(page, r.Markdown("figures/sessions.png"), 0o666); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	numbers := filepath.Join(c.Out, "sessions.json")
	if err := r.Keep(numbers); err != nil {
		return nil, err
	}
	return append([]string{page, numbers}, pictures...), nil
}

func showTables(a *app, tables []study.Table) {
	for _, t := range tables {
		a.printf("%s\n", t.Title)
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{t.Header}, t.Rows...) {
			fmt.Fprintln(w, strings.Join(row, "\t")) //nolint:errcheck // kept in a.stdout
		}
		_ = w.Flush() //nolint:errcheck // kept in a.stdout
		a.printf("\n")
	}
}
