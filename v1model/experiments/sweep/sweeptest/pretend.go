// Package sweeptest makes folders of sweeps whose fits are pretended, for tests of what reads and shows them.
//
// In go a Spec and a config. Out comes a sweep's folder as workers leave it, with losses that follow from the values of each draw. Nothing is fitted and
// there are no weights.
package sweeptest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// Spec is a sweep of three settings.
func Spec(draws, seeds int) sweep.Spec {
	return sweep.Spec{Data: "npz:recording.npz", Config: "quickstart", Space: []string{"core.kind=one(hermite,cnn)", "fit.learning_rate=log(1e-4,1e-2)", "readout.sparsity=log(0.005,0.03)"},
		Draws: draws, Seeds: seeds}
}

// Make makes the folder of a sweep of which no draw has been proposed.
func Make(t testing.TB, s sweep.Spec) *sweep.Folder {
	t.Helper()
	base, err := v1model.Load("quickstart", "fit.validate_every=10", "fit.max_steps=270")
	if err != nil {
		t.Fatal(err)
	}
	f, err := sweep.Create(filepath.Join(t.TempDir(), "sweep"), sweep.Spec{}, func() (sweep.Spec, v1model.Config, error) { return s, base, nil })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Pretend works on a sweep as long as there is something to do, and at most as many slices. Draws with a number in failing end with an error.
func Pretend(t testing.TB, f *sweep.Folder, slices int, failing ...int) *sweep.State {
	t.Helper()
	reader := sweep.NewReader(f)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for made := 0; ; {
		s, err := reader.Read()
		if err != nil {
			t.Fatal(err)
		}
		before := made
		for task, err := range f.Tasks(s) {
			if err != nil {
				t.Fatal(err)
			}
			if made == slices {
				break
			}
			made++
			slice := sweep.Slice{Draw: task.Draw, Seed: f.Seed(task.Draw, task.Seed), Begun: now.Add(time.Duration(made/3*31+made%3) * time.Second), Seconds: 25 + float64(made%5)}
			for _, n := range failing {
				if n == task.Draw {
					slice.Ended, slice.Error = sweep.Failed, "weights are not finite at step 20"
				}
			}
			pretend(t, f, s.Draws[task.Draw], task, &slice)
			log(t, f, fmt.Sprintf("node%d-%d", 1+made%3, 4000+made%3), slice)
		}
		if made == before || s.State == sweep.Finished {
			return s
		}
	}
}

// pretend leaves what a slice leaves.
func pretend(t testing.TB, f *sweep.Folder, d sweep.Draw, task sweep.Task, slice *sweep.Slice) {
	t.Helper()
	path := f.Run(task.Draw, task.Seed)
	if slice.Ended == sweep.Failed {
		line := fmt.Sprintf(`{"time":"2026-01-05T09:00:00Z","host":"node1","pid":4000,"error":%q}`, slice.Error)
		add(t, filepath.Join(f.Path, "failures", filepath.Base(path)+".jsonl"), strings.Repeat(line+"\n", f.Spec.Tries))
		return
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
	steps, every := f.Base.Fit.MaxSteps, f.Base.Fit.ValidateEvery
	if task.Until > 0 {
		steps = task.Until
	}
	_ = os.Remove(filepath.Join(path, "metrics.jsonl")) //nolint:errcheck // it may not be there
	best := math.Inf(1)
	var text strings.Builder
	for step := every; step <= steps; step += every {
		m := runfolder.Metric{Step: step, Stage: 1, LearningRate: 0.002, TrainLoss: jsonfloat.Float(Loss(d, slice.Seed, step) - 1), ValLoss: jsonfloat.Float(Loss(d, slice.Seed, step))}
		best = min(best, float64(m.ValLoss))
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	add(t, filepath.Join(path, "metrics.jsonl"), text.String())
	slice.Steps, slice.Best, slice.Ended = steps, jsonfloat.Float(best), sweep.Unfinished
	if task.Until == 0 {
		slice.Ended = sweep.Done
		if err := (&runfolder.Folder{Path: path}).WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: steps, ValLoss: jsonfloat.Float(best)}); err != nil {
			t.Fatal(err)
		}
	}
}

// Loss is the pretended validation loss of a draw's fit after some steps: it is lowest at a learning rate of 0.001.
func Loss(d sweep.Draw, seed uint64, step int) float64 {
	rate, _ := d.Values["fit.learning_rate"].(float64)
	if rate == 0 {
		rate = 0.001
	}
	sum := sha256.Sum256(fmt.Append(nil, search.Settings(d.Values), seed))
	chance := float64(binary.LittleEndian.Uint32(sum[:])) / math.MaxUint32
	return 20 + math.Abs(math.Log10(rate)+3) + chance/2 + 5*math.Exp(-float64(step)/60)
}

func log(t testing.TB, f *sweep.Folder, worker string, s sweep.Slice) {
	t.Helper()
	line, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	add(t, filepath.Join(f.Path, "workers", worker+".jsonl"), string(line)+"\n")
}

func add(t testing.TB, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = file.WriteString(text)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
