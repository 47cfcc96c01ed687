//go:build !v1lab_engine

package lab

import (
	"fmt"
	"slices"
	"time"

	"v1lab/kernels/background"
	"v1lab/notebooks/display"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/sweep"
)

// FollowSweep shows where a sweep stands until it is finished, whoever works on it: the draws that are over, the best so far, those under way and the
// workers. The stop button ends the cell, not the sweep. At the end it shows the five best draws and the figures of v1lab sweep report. OpenSweep
// reads the same in later cells. If the sweep was stopped or nobody works on it any more, the cell ends and says so.
func FollowSweep(dir string) *Searched {
	f := Must(sweep.Open(dir))
	ctx, release := stoppable()
	defer release()
	crew, reader, live := background.CrewOf(dir), sweep.NewReader(f), display.NewLive()
	seen := time.Now()
	for {
		lives := Must(crew.Lives()) // asked before the folder is read: what a crew did that has ended is then complete
		begun := time.Now()
		s := Must(reader.Read())
		took := time.Since(begun)
		line, rows := standing(s)
		header, cells := DrawTable(rows)
		live.ShowTable(line, float64(s.Over)/float64(len(s.Draws)), header, cells)
		works := lives || s.Fits(sweep.Running) > 0
		if works {
			seen = time.Now()
		}
		switch {
		case s.State == sweep.Finished:
			_ = s.Keep(f) //nolint:errcheck // the folder may be another user's
			for _, drawn := range Must(report.Sweep(f, s)) {
				display.Figure(drawn.Figure, nil)
				display.Text("%s", drawn.Caption)
			}
			return &Searched{f, s}
		case works:
		case f.Stopped():
			display.Text("the sweep in %s is stopped; its state is saved, and lab.Sweep goes on", dir)
			leave()
		default:
			display.Check(crew.Failed())
			if time.Since(seen) > toTakeOver {
				display.Check(fmt.Errorf("sweep %s: nobody works on it, %d of %d draws are over; lab.Sweep(\"\", \"\", %[1]q, lab.SweepOptions{}) goes on", dir, s.Over, len(s.Draws)))
			}
		}
		select {
		case <-ctx.Done():
			display.Text("the sweep in %s goes on; run the cell again to see it, or lab.StopSweep(%[1]q) to save and stop it", dir)
			leave()
		case <-time.After(max(lookAtSweep, 5*took)): // most of the time goes to the fits
		}
	}
}

// standing says where a sweep stands, in a line and by the draws that matter: those under way, and the best.
func standing(s *sweep.State) (line string, draws []sweep.Draw) {
	line = fmt.Sprintf("%s: %d of %d draws over", s.State, s.Over, len(s.Draws))
	for _, state := range []string{sweep.Stopped, sweep.Failed} {
		if n := s.Count(state); n > 0 {
			line += fmt.Sprintf(", %d %s", n, map[string]string{sweep.Stopped: "stopped early", sweep.Failed: "failed"}[state])
		}
	}
	best := s.Best(sweep.NumBest)
	if len(best) > 0 {
		line += fmt.Sprintf("; the best is draw %d, validation loss %s", best[0].Number, Show("%.4g", best[0].ValLoss))
	}
	if n := len(s.Workers()); n > 0 {
		line += fmt.Sprintf("; %d at work", n)
	}
	failed := 0
	for _, d := range s.Draws {
		if d.State == sweep.Failed {
			failed++
		}
		if d.State == sweep.Running || d.State == sweep.Failed && failed <= mostFailed {
			draws = append(draws, d)
		}
	}
	return line, slices.Concat(draws, best)
}

// mostFailed is how many failed draws are shown with their errors.
const mostFailed = 3
