package trial

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// determinism makes the same fit again and again: with autotuning done anew, with the results kept of the first time, with autotuning done anew once more, and
// twice without operations that are not deterministic.
func (t *trial) determinism(ctx context.Context) error {
	keeps, excludes := t.takes(keptFlag), t.takes(Deterministic)
	for _, f := range []struct {
		name, kept string
		exclude    bool
	}{
		{"autotuned", "tuned-1", false}, {"autotuning kept", "tuned-1", false}, {"autotuned again", "tuned-2", false},
		{"deterministic", "tuned-3", true}, {"deterministic, autotuning kept", "tuned-3", true},
	} {
		if f.exclude && !excludes || !keeps && f.name == "autotuning kept" {
			continue
		}
		if slices.ContainsFunc(t.report.Fits, func(before Fit) bool { return before.Name == f.name }) {
			continue // made before the part was stopped
		}
		fit, err := t.fit(ctx, f.name, f.kept, f.exclude)
		if err != nil {
			return err
		}
		for _, before := range t.report.Fits {
			if before.Sum == fit.Sum {
				fit.SameAs = before.Name
				break
			}
		}
		t.report.Fits = append(t.report.Fits, fit)
	}
	return nil
}

// takes reports whether the device's plugin takes a flag.
func (t *trial) takes(flag string) bool { return !strings.Contains(t.report.Machine.Refused, flag) }

// flags of XLA for a fit whose autotuning results are in a folder.
func (t *trial) flags(kept string, exclude bool) string {
	var flags []string
	if t.takes(keptFlag) {
		flags = append(flags, keptFlag+kept)
	}
	if exclude {
		flags = append(flags, Deterministic)
	}
	return strings.Join(flags, " ")
}

// fresh returns an empty folder.
func (t *trial) fresh(name string) (string, error) {
	dir := filepath.Join(t.dir, name)
	return dir, os.RemoveAll(dir)
}

// fit makes one whole fit in a process of its own.
func (t *trial) fit(ctx context.Context, name, kept string, exclude bool) (Fit, error) {
	problem, err := t.problem(t.Fit)
	if err != nil {
		return Fit{}, err
	}
	run, err := t.fresh("run " + name)
	if err != nil {
		return Fit{}, err
	}
	tuned := filepath.Join(t.dir, kept)
	if !strings.HasSuffix(name, "kept") {
		if err := os.RemoveAll(tuned); err != nil {
			return Fit{}, err
		}
	}
	if err := os.MkdirAll(tuned, 0o755); err != nil {
		return Fit{}, err
	}
	f := Fit{Name: name, Flags: t.flags(tuned, exclude)}
	part, err := t.partOf(ctx, problem, run, f.Flags, 0)
	if err != nil {
		return f, err
	}
	f.Steps, f.Seconds, f.First = part.Steps, part.Seconds, part.First
	f.Step = (part.Seconds - part.First) / float64(max(part.Steps-1, 1))
	files, err := os.ReadDir(tuned)
	if err != nil {
		return f, err
	}
	f.Tuned = len(files)
	sum, lowest, err := sum(run)
	f.Sum, f.ValLoss = sum, jsonfloat.Float(lowest)
	return f, err
}

// partOf fits in a run folder from where it is up to a step, in a process of its own.
func (t *trial) partOf(ctx context.Context, problem, run, flags string, stop int) (bench.Part, error) {
	p, err := bench.Open(ctx, t.Ours(t.Backend, flags), problem, filepath.Join(t.dir, "cache"))
	if err != nil {
		return bench.Part{}, err
	}
	defer p.Close()
	return p.Fit(run, stop)
}

// resume stops a fit, continues it in a new process, and compares it with an unbroken one. Both have the autotuning results of the first, without which two
// processes may run different programs. It is done with all operations and, if the plugin can leave them out, without those that are not deterministic.
func (t *trial) resume(ctx context.Context) error {
	problem, err := t.problem(t.Fit)
	if err != nil {
		return err
	}
	tuned, err := t.fresh("tuned-resume")
	if err != nil {
		return err
	}
	var rows []Resume
	for _, exclude := range []bool{false, true} {
		if exclude && !t.takes(Deterministic) {
			continue
		}
		kept := filepath.Join(tuned, fmt.Sprint(exclude))
		if err := os.MkdirAll(kept, 0o755); err != nil {
			return err
		}
		flags := t.flags(kept, exclude)
		r := Resume{Flags: flags, StoppedAt: t.StopAt}
		var sums [2]string
		for i, stops := range [][]int{{0}, {t.StopAt, 0}} {
			run, err := t.fresh(fmt.Sprintf("run resume-%v-%d", exclude, i))
			if err != nil {
				return err
			}
			for _, stop := range stops {
				part, err := t.partOf(ctx, problem, run, flags, stop)
				if err != nil {
					return err
				}
				r.Steps = part.Steps
			}
			if sums[i], _, err = sum(run); err != nil {
				return err
			}
		}
		r.Same = sums[0] == sums[1]
		rows = append(rows, r)
	}
	t.report.Resume = rows
	return nil
}

// sum is the SHA-256 of all losses of a fit and of the bits of its weights at the best validation, with the lowest validation loss.
func sum(path string) (string, float64, error) {
	run, err := runfolder.Open(path)
	if err != nil {
		return "", 0, err
	}
	metrics, err := run.Metrics()
	if err != nil {
		return "", 0, err
	}
	h, lowest := sha256.New(), math.Inf(1)
	for _, m := range metrics {
		_ = binary.Write(h, binary.LittleEndian, []float64{float64(m.Step), float64(m.TrainLoss), float64(m.Penalty), float64(m.ValLoss)}) //nolint:errcheck // into memory
		lowest = min(lowest, float64(m.ValLoss))
	}
	values, err := run.Weights()
	if err != nil {
		return "", 0, err
	}
	h.Write([]byte(values.Fingerprint()))
	return hex.EncodeToString(h.Sum(nil)), lowest, nil
}
