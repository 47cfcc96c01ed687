package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
)

type sweepStatusCmd struct {
	Out   string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	Watch bool   `help:"Show it anew every two seconds, until the sweep is finished."`
	All   bool   `help:"List all draws, not only those under way, those that failed and the 20 best."`
	JSON  bool   `help:"Print the state and all draws as JSON."`
}

func (c *sweepStatusCmd) Run(ctx context.Context, a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	reader := sweep.NewReader(f)
	for {
		state, err := reader.Read()
		if err != nil {
			return err
		}
		_ = state.Keep(f) //nolint:errcheck // the folder may be another user's
		if err := c.show(a, state); err != nil || !c.Watch || state.State == sweep.Finished {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}

func (c *sweepStatusCmd) show(a *app, s *sweep.State) error {
	if c.JSON {
		return a.json(s)
	}
	if out, ok := a.stdout.w.(*os.File); ok && c.Watch && term.IsTerminal(int(out.Fd())) {
		fmt.Fprint(out, "\x1b[H\x1b[2J") //nolint:errcheck // kept in a.stdout
	}
	imported := ""
	if n := len(s.Imported()); n > 0 {
		imported = fmt.Sprintf(" and %d imported", n)
	}
	a.printf("%s: %d of %d draws over (%d done, %d stopped early, %d failed)%s; %d fits under way\n", s.State, s.Over, s.Asked(), s.Count(sweep.Done), s.Count(sweep.Stopped), s.Count(sweep.Failed), imported, s.Fits(sweep.Running))
	const most = 20
	best := s.Best(most)
	var rows []sweep.Draw
	for _, d := range s.Draws {
		among := slices.ContainsFunc(best, func(b sweep.Draw) bool { return b.Number == d.Number })
		if c.All || among || d.State == sweep.Running || d.State == sweep.Failed || d.State == sweep.Unfinished && len(s.Draws) <= most {
			rows = append(rows, d)
		}
	}
	return showDraws(a, rows)
}

// showDraws prints a table of draws.
func showDraws(a *app, draws []sweep.Draw) error {
	if len(draws) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "draw\tstate\tvalidation loss\tsteps\ttries\tvalues") //nolint:errcheck // kept in a.stdout
	for _, d := range draws {
		loss := "-"
		if d.ValLoss.Finite() {
			loss = fmt.Sprintf("%.6g", float64(d.ValLoss))
		}
		if d.ValLossSD.Finite() {
			loss += fmt.Sprintf(" +/- %.2g", float64(d.ValLossSD))
		}
		note := strings.Join(shortSettings(d.Values), " ")
		if d.Error != "" {
			line, _, _ := strings.Cut(d.Error, "\n")
			note += "  (" + line + ")"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\n", d.Number, d.State, loss, d.Steps, d.Attempts, note) //nolint:errcheck // kept in a.stdout
	}
	return w.Flush()
}

// shortSettings are values to read, KEY=VALUE with at most four digits. JSON has all of them.
func shortSettings(values map[string]search.Value) (all []string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		all = append(all, key+"="+search.Short(values[key]))
	}
	return all
}

type sweepBestCmd struct {
	Out  string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	JSON bool   `help:"Print the best draw, with the five best under best, as JSON."`
}

// sweepBest is what sweep best --json prints.
type sweepBest struct {
	sweep.Draw
	Sweep string       `json:"sweep"` // state of the sweep
	Best  []sweep.Draw `json:"best"`  // at most five, the best first
}

// stateOf reads the state of a sweep, and keeps it for the next reader.
func stateOf(f *sweep.Folder) (*sweep.State, error) {
	s, err := sweep.NewReader(f).Read()
	if err == nil {
		_ = s.Keep(f) //nolint:errcheck // it is made anew when it is missing, and the folder may be another user's
	}
	return s, err
}

func (c *sweepBestCmd) Run(a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	s, err := stateOf(f)
	if err != nil {
		return err
	}
	if !c.JSON {
		return showBest(a, s)
	}
	best := s.Best(sweep.NumBest)
	if len(best) == 0 {
		return noneDone(s)
	}
	return a.json(sweepBest{best[0], s.State, best})
}

func noneDone(s *sweep.State) error {
	return fmt.Errorf("no draw is done: the sweep is %s, %d of %d draws are over, %d failed", s.State, s.Over, s.Asked(), s.Count(sweep.Failed))
}

// showBest prints the best draws.
func showBest(a *app, s *sweep.State) error {
	best := s.Best(sweep.NumBest)
	if len(best) == 0 {
		return noneDone(s)
	}
	if s.State != sweep.Finished {
		a.sayf("the sweep is not finished: %d of %d draws are over", s.Over, s.Asked())
	}
	if n := s.Count(sweep.Failed); n > 0 {
		a.sayf("warning: %d of %d draws failed; sweep status shows why", n, s.Asked())
	}
	if err := showDraws(a, best); err != nil {
		return err
	}
	a.printf("\nlowest validation loss of each fit, mean over %d seeds\n", len(best[0].Runs))
	for _, run := range best[0].Runs {
		a.printf("%s\n", run)
	}
	return nil
}
