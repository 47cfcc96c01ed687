package fitted

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"time"

	"v1lab/datasets/durable"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// tunedAtOnce is the most neurons whose tuning is measured together. Each group is stored when it is done.
const tunedAtOnce = 512

// groupingAxes are the stimuli around the optimal Gabor by which neurons are grouped: 65 of each neuron, a fifth of those that show tuning in figures.
func groupingAxes() insilico.Axes {
	return insilico.Axes{
		Orientations: insilico.Periodic(math.Pi, 12), Frequencies: insilico.Geometric(0.02, math.Sqrt2, 8), Phases: insilico.Periodic(2*math.Pi, 8),
		Sizes: insilico.Geometric(4, 1.4, 8), Contrasts: insilico.Geometric(0.5, 2, 4), PlaidContrasts: []float64{0, 4},
	}
}

// groupingGrid searches every second place with four phases.
func groupingGrid(rows, columns [2]int) insilico.Grid {
	g := insilico.SmallGrid(nil, nil)
	for x := columns[0]; x < columns[1]; x += 2 {
		g.X = append(g.X, float64(x))
	}
	for y := rows[0]; y < rows[1]; y += 2 {
		g.Y = append(g.Y, float64(y))
	}
	g.Phases = insilico.Periodic(2*math.Pi, 4)
	return g
}

// Tuned measures the tuning by which neurons are grouped where the features of the core don't turn. If the run folder stores tuning of all of these neurons
// in one archive, that is read instead, and stored says so.
//
// Neurons are measured with their neighbours, up to 512 at a time, by a model of these neurons alone. Each such group is stored in the run folder when it is
// done: if ctx ends, the next call goes on there. progress may be nil; it counts neurons.
func (r *Run) Tuned(ctx context.Context, neurons []int, progress func(insilico.Progress)) (m *celltypes.Measured, stored bool, err error) {
	known, err := r.Kept()
	if err != nil {
		return nil, false, err
	}
	for _, t := range known.Tuning {
		if m, err := celltypes.FromTuning(t).Of(neurons); err == nil {
			return m, true, nil
		}
	}
	whole, err := r.Subject(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := durable.MkdirAll(kept.Folder(r.Path), 0o777); err != nil {
		return nil, false, err
	}
	begun, all := time.Now(), &celltypes.Measured{}
	tell := func(done float64) {
		if elapsed := time.Since(begun); progress != nil {
			progress(insilico.Progress{Done: int(done), Total: len(neurons), Elapsed: elapsed, Left: time.Duration(float64(elapsed) / done * (float64(len(neurons)) - done))})
		}
	}
	for _, some := range neighbours(whole, neurons) {
		t, err := r.tuningOf(ctx, some, func(p insilico.Progress) { // the search counts as half of the work
			tell(float64(len(all.Neurons)) + float64(len(some)*p.Done)/float64(2*p.Total))
		})
		if err != nil {
			return nil, false, err
		}
		all.Add(celltypes.FromTuning(t))
		tell(float64(len(all.Neurons)))
	}
	m, err = all.Of(neurons)
	return m, false, err
}

// neighbours divides neurons into groups of equal size, up to one, that look at neighbouring places.
func neighbours(s *insilico.Subject, neurons []int) [][]int {
	sorted := slices.Clone(neurons)
	slices.SortFunc(sorted, func(a, b int) int {
		rowA, columnA := s.Centre(a)
		rowB, columnB := s.Centre(b)
		return cmp.Or(cmp.Compare(columnA, columnB), cmp.Compare(rowA, rowB), cmp.Compare(a, b))
	})
	groups := (len(sorted) + tunedAtOnce - 1) / tunedAtOnce
	return slices.Collect(slices.Chunk(sorted, (len(sorted)+groups-1)/groups))
}

// tuningOf reads the tuning of a group of neurons from the run folder, or measures and stores it.
func (r *Run) tuningOf(ctx context.Context, neurons []int, progress func(insilico.Progress)) (*insilico.Tuning, error) {
	key, err := r.Key(neurons, " for groups")
	if err != nil {
		return nil, err
	}
	path := kept.File(r.Path, "tuning", key)
	arrays, err := kept.Read(path, key)
	if err == nil {
		return insilico.TuningFromArrays(arrays)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s, own, closeIt, err := r.SubjectOf(ctx, neurons)
	if err != nil {
		return nil, err
	}
	defer closeIt()
	rows, columns, err := s.CentreRanges(own, 2)
	if err != nil {
		return nil, err
	}
	t, err := s.Tuning(ctx, own, groupingGrid(rows, columns), groupingAxes(), insilico.SearchOptions{Partial: path + ".partial", Progress: progress})
	if err != nil {
		return nil, err
	}
	t.Optimal.Neurons = neurons
	return t, r.Keep(path, key, t)
}

// AnalyseTuning groups neurons by their tuning; see Tuned.
func (r *Run) AnalyseTuning(ctx context.Context, neurons []int, o features.Options, progress func(insilico.Progress)) (a *celltypes.Analysis, stored bool, err error) {
	m, stored, err := r.Tuned(ctx, neurons, progress)
	if err != nil {
		return nil, false, err
	}
	a, err = celltypes.AnalyseMeasured(m, o)
	return a, stored, err
}

// AnalyseMEIs groups neurons by the spectra of their most exciting images, which the run folder must store in one archive; of several archives the newest
// that has them all is read. No neurons means all of the archive with the most.
func (r *Run) AnalyseMEIs(neurons []int, o features.Options) (*celltypes.Analysis, error) {
	known, err := r.Kept()
	if err != nil {
		return nil, err
	}
	var found *insilico.MEIs
	for _, m := range known.MEIs {
		if has := func(n int) bool { return slices.Contains(m.Neurons, n) }; !slices.ContainsFunc(neurons, func(n int) bool { return !has(n) }) &&
			(found == nil || neurons == nil && len(m.Neurons) > len(found.Neurons)) {
			found = m
		}
	}
	if found == nil {
		return nil, fmt.Errorf("run %s: %s stores no archive of most exciting images of these neurons; accepted: after v1lab mei --run %s --neurons LIST --out %s", r.Path, kept.Folder(r.Path), r.Path, filepath.Join(kept.Folder(r.Path), "mei.npz"))
	}
	if neurons == nil {
		neurons = found.Neurons
	}
	return celltypes.AnalyseMEIs(found, neurons, o)
}
