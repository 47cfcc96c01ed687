//go:build !v1lab_engine

package lab

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/background"
	"v1lab/notebooks/display"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
)

// SweepOptions are the flags of v1lab sweep run, with the same defaults.
type SweepOptions struct {
	Space    []string // KEY=RANGE, as in readout.sparsity=log(0.001,0.1), lin(a,b), int(a,b) or one(a,b,c); ecker2019 has the paper's ranges
	Set      []string // changes of the config, KEY=VALUE
	Search   string   // random, sobol, sobol-plain or tpe
	ASHA     bool     // stop draws early that are worse than others
	MinSteps int      // with ASHA: steps of the first rung
	Draws    int
	Seeds    int     // fits of each draw
	Seed     uint64  // of the search
	Slice    float64 // seconds after which a worker turns to the next fit
	Workers  int     // on this machine
	Queue    string  // PostgreSQL database, for workers on several machines
}

// Sweep searches a space of configs for the one with the lowest validation loss, as v1lab sweep run does, and returns at once. The workers are processes of
// their own, which go on if the cell, the kernel or Jupyter dies. FollowSweep shows how far they are, StopSweep saves and stops them. A sweep that is in the
// folder dir goes on; then everything else may be left out. Sweep does nothing if it is under way here or finished. What was asked for and cannot be ends
// the cell with the error of v1lab sweep run, which names flags.
func Sweep(spec, config, dir string, o SweepOptions) {
	if o.Workers < 0 {
		display.Check(fmt.Errorf("--workers %d; accepted: a number from 1", o.Workers))
	}
	asked := sweep.Spec{Data: spec, Config: config, Set: o.Set, Space: o.Space, Search: o.Search, ASHA: o.ASHA, MinSteps: o.MinSteps, Draws: o.Draws, Seeds: o.Seeds, Seed: o.Seed, Slice: o.Slice}
	f := Must(sweep.Begin(dir, asked, searched))
	state := Must(sweep.NewReader(f).Read())
	if state.State == sweep.Finished {
		display.Text("the sweep in %s is finished: %d draws", dir, len(state.Draws))
		return
	}
	args := []string{"sweep", "run", "--out", dir}
	if o.Workers > 0 {
		args = append(args, "--workers", strconv.Itoa(o.Workers))
	}
	if device := os.Getenv(compute.ConfigEnvVar); device != "" { // as in other cells, the kernel's device counts
		args = append(args, "--backend", device)
	}
	var env []string
	if o.Queue != "" { // not as a flag, since it may have a password
		env = append(env, "V1LAB_SWEEP_QUEUE="+o.Queue)
	}
	here := worksHere(state)
	if !here {
		program := Must(background.Program(context.Background(), os.Stderr))
		here = !Must(background.CrewOf(dir).Start(env, program, args...))
	}
	what := "workers are started in the background"
	if here {
		what = "under way already"
	}
	display.Text("the sweep in %s, %d of %d draws over: %s; lab.FollowSweep(%[1]q) shows how far it is", dir, state.Over, len(state.Draws), what)
}

// searched opens the recording of a new sweep, and says what is wrong with it but stops nothing.
func searched(spec string) (*datasets.Dataset, error) {
	data, err := formats.Open(spec)
	if err != nil {
		return nil, err
	}
	if leaks := datasets.DescribeLeaks(data, datasets.Leaks(data)); leaks != "" {
		display.Text("warning: %s: %s: scores would be too high; the option clean_leaks=true takes these images out", data.Spec, leaks)
	}
	for _, r := range datasets.Remarks(data) {
		display.Text("%s: %s; %s", r.Severity, r.Message, r.Advice)
	}
	return data, nil
}

// worksHere tells whether a process of this machine makes a fit of the sweep.
func worksHere(s *sweep.State) bool {
	host, err := os.Hostname()
	return err == nil && slices.ContainsFunc(s.Workers(), func(w string) bool { return strings.HasSuffix(w, " on "+host) })
}

// Searched is a sweep and the state in which it was read: Draws with their values, losses and run folders, and Best(5), the best of them.
// report.SweepParallel, SweepSlices and SweepCurves draw them: report.SweepSlices(s.Folder, s.State).
type Searched struct {
	Folder *sweep.Folder
	*sweep.State
}

// OpenSweep reads the state of a sweep.
func OpenSweep(dir string) *Searched {
	f := Must(sweep.Open(dir))
	return &Searched{f, Must(sweep.NewReader(f).Read())}
}

// StopSweep lets all workers of a sweep save and end, on all machines. Sweep goes on.
func StopSweep(dir string) {
	f := Must(sweep.Open(dir))
	state := Must(f.Rest(context.Background()))
	display.Text("the sweep in %s is %s, %d of %d draws over", dir, state.State, state.Over, len(state.Draws))
}

// DrawTable returns a table of draws with a column for each value, for display.Table.
func DrawTable(draws []sweep.Draw) (header []string, rows [][]string) {
	header = []string{"draw", "state", "validation loss", "steps"}
	var keys []string
	for _, d := range draws {
		for key := range d.Values {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	failed := false
	for _, d := range draws {
		row := []string{strconv.Itoa(d.Number), d.State, lossOf(d), strconv.Itoa(d.Steps)}
		for _, key := range keys {
			v, ok := d.Values[key]
			switch x := v.(type) {
			case float64:
				row = append(row, strconv.FormatFloat(x, 'g', 4, 64))
			default:
				text := ""
				if ok {
					text = search.Format(x)
				}
				row = append(row, text)
			}
		}
		line, _, _ := strings.Cut(d.Error, "\n")
		failed = failed || line != ""
		rows = append(rows, append(row, line))
	}
	header = append(header, keys...)
	if failed {
		return append(header, "error"), rows
	}
	for i, row := range rows {
		rows[i] = row[:len(row)-1]
	}
	return header, rows
}

// lossOf is the loss of a draw: mean over seeds and SD between them, and of a draw under way the mean so far.
func lossOf(d sweep.Draw) string {
	switch v, sd := float64(d.ValLoss), float64(d.ValLossSD); {
	case sd == sd:
		return fmt.Sprintf("%.5g ± %.2g", v, sd)
	case v == v:
		return fmt.Sprintf("%.5g", v)
	}
	sum, n := 0.0, 0
	for _, fit := range d.Fits {
		if v := float64(fit.ValLoss); v == v {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.5g so far", sum/float64(n))
}

// Times of following a sweep.
const (
	lookAtSweep = time.Second
	toTakeOver  = 10 * time.Second // a sweep on which nobody works for so long is at rest: between two fits a worker needs less
)
