package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/insilico"
	"v1lab/v1model/runfolder"
)

// experiment is what rf, mei and tune have in common.
type experiment struct {
	Folder  string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Neurons string `placeholder:"LIST" help:"Neurons by number, as in 0-3,7. Default: all."`
	Out     string `required:"" placeholder:"F.npz" help:"Archive to write."`
	Figures string `placeholder:"DIR" help:"Folder for figures, each as PNG and SVG."`
}

// open opens the run and puts it on the device. A list of neurons that can't be used is wrong use.
func (e *experiment) open(ctx context.Context, a *app) (run *runfolder.Folder, s *insilico.Subject, neurons []int, err error) {
	if run, err = runfolder.Open(e.Folder); err != nil {
		return nil, nil, nil, err
	}
	if neurons, err = insilico.ParseNeurons(e.Neurons, run.Dataset.Shape.Neurons); err != nil {
		return nil, nil, nil, usagef("--%w", err)
	}
	if info, err := os.Stat(filepath.Dir(e.Out)); err != nil || !info.IsDir() { // before the work is done
		return nil, nil, nil, fmt.Errorf("--out: %s: no such folder", filepath.Dir(e.Out))
	}
	backend, err := a.device(ctx, run.Config)
	if err != nil {
		return nil, nil, nil, err
	}
	s, err = insilico.Open(backend, run)
	return run, s, neurons, err
}

// finish writes the archive, to which it adds which neurons it is about, draws, and says so.
func (e *experiment) finish(a *app, neurons []int, dead []bool, arrays map[string]array.Array, what string, draw func() (map[string]*figures.Figure, error)) error {
	arrays["neuron"], arrays["dead"] = array.New(neurons), array.New(dead)
	if err := array.WriteNPZ(e.Out, arrays); err != nil {
		return err
	}
	var names []string
	for i, n := range neurons {
		if dead[i] {
			names = append(names, fmt.Sprint(n))
		}
	}
	if len(names) > 0 {
		list := names[:min(len(names), 20)]
		more := ""
		if len(names) > len(list) {
			more = fmt.Sprintf(" and %d more", len(names)-len(list))
		}
		a.sayf("warning: nothing excites %d of %d neurons (%s%s): their values are NaN", len(names), len(neurons), strings.Join(list, ", "), more)
	}
	a.printf("%s: %s, %d neurons\n", e.Out, what, len(neurons))
	if e.Figures == "" {
		return nil
	}
	all, err := draw()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(e.Figures, 0o777); err != nil {
		return fmt.Errorf("--figures: %w", err)
	}
	var files []string
	for name := range all {
		files = append(files, name)
	}
	slices.Sort(files)
	for _, name := range files {
		for _, ext := range []string{".png", ".svg"} {
			path := filepath.Join(e.Figures, name+ext)
			if err := all[name].Save(path); err != nil {
				return err
			}
			a.printf("%s\n", path)
		}
	}
	return nil
}

// cropSize is the edge of the crops that figures show, as in the paper's figure 6.
const cropSize = 24

// groups arranges pictures [neurons, height, width] of neurons by their strongest feature, the strongest neurons first, cropped around where
// each one looks, to squares of an edge of size pixels.
func groups(run *runfolder.Folder, s *insilico.Subject, neurons []int, pictures [][]float32) (all []figures.PictureGroup, size int, err error) {
	r, err := celltypes.Read(run)
	if err != nil {
		return nil, 0, err
	}
	size = min(cropSize, max(s.Model.Shape.Height, s.Model.Shape.Width))
	place := map[int]int{}
	for i, n := range neurons {
		place[n] = i
	}
	power := r.Weights.Power()
	group := power.Group()
	last := -2
	for _, n := range power.Sorted() {
		i, chosen := place[n]
		if !chosen {
			continue
		}
		if group[n] != last {
			last = group[n]
			name := fmt.Sprint("feature ", last)
			if last < 0 {
				name = "no feature"
			}
			all = append(all, figures.PictureGroup{Name: name})
		}
		g := &all[len(all)-1]
		row, column := s.Centre(n)
		g.Pictures, g.Captions = append(g.Pictures, insilico.Crop(pictures[i], s.Model.Shape.Height, row, column, size)), append(g.Captions, fmt.Sprint(n))
	}
	return all, size, nil
}

// picturesOf cuts pictures of height x width out of an array, every step-th from the first on.
func picturesOf(a array.Array, pixels, step int) [][]float32 {
	var list [][]float32
	values, _ := a.Data.([]float32)
	for i := 0; i*pixels < len(values); i += step {
		list = append(list, values[i*pixels:(i+1)*pixels])
	}
	return list
}

// counter shows how long work goes: a bar on a terminal, elsewhere a line now and then.
type counter struct {
	w      io.Writer
	what   string
	bar    *progressbar.ProgressBar // nil for lines
	said   time.Time
	unhook func() bool
}

// newCounter also says so when ctx ends, if what is done is kept.
func newCounter(ctx context.Context, w io.Writer, what string, kept bool) *counter {
	c := &counter{w: w, what: what, bar: newBar(w), unhook: func() bool { return true }}
	if kept {
		c.unhook = saySaving(ctx, w, c.bar)
	}
	return c
}

func (c *counter) report(p insilico.Progress) {
	left := ""
	if p.Left >= 0 && p.Done < p.Total {
		left = fmt.Sprintf(", about %s left", p.Left.Round(time.Second))
	}
	if c.bar != nil {
		c.bar.ChangeMax(max(p.Total, p.Done+1)) // full, the bar would vanish
		c.bar.Describe(c.what + left)
		_ = c.bar.Set(p.Done) //nolint:errcheck // nobody to tell
		return
	}
	if p.Done < p.Total && time.Since(c.said) < 10*time.Second {
		return
	}
	c.said = time.Now()
	fmt.Fprintf(c.w, "%d of %d %s in %.1f s%s\n", p.Done, p.Total, c.what, p.Elapsed.Seconds(), left) //nolint:errcheck // nobody to tell
}

// close removes the bar.
func (c *counter) close() {
	c.unhook()
	if c.bar != nil {
		_ = c.bar.Clear() //nolint:errcheck // nobody to tell
	}
}
