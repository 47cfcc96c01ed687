//go:build long

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"v1lab/datasets/durable"
)

// measures are what must stay flat: their names and units, and by how much the last third of a soak may exceed the first.
var measures = []struct {
	name      string
	tolerance float64 // a share
}{{"memory of the process, MB", 0.15}, {"Go heap, MB", 0.15}, {"open files", 0}, {"goroutines", 0}, {"temporary files", 0}, {"seconds a round", 0.5}}

// TestSoak fits, stops, resumes, evaluates and reports in turn in one process, for V1LAB_TEST_SOAK (5m unless set). Memory, open files, goroutines and
// temporary files stay flat. It draws them to soak.png.
func TestSoak(t *testing.T) {
	limit := 5 * time.Minute
	if text := os.Getenv("V1LAB_TEST_SOAK"); text != "" {
		var err error
		if limit, err = time.ParseDuration(text); err != nil {
			t.Fatalf("V1LAB_TEST_SOAK: %v", err)
		}
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	began := time.Now()
	hours := plotter.Values{}
	series := make([]plotter.Values, len(measures))
	for time.Since(began) < limit {
		start := time.Now()
		round(t, filepath.Join(t.TempDir(), "round"))
		took := time.Since(start).Seconds()
		hours = append(hours, time.Since(began).Minutes())
		for i, v := range append(sampled(t, temp), took) {
			series[i] = append(series[i], v)
		}
	}
	drawSoak(t, hours, series)
	n := len(hours)
	for i, m := range measures {
		first, last := median(series[i][n/3:n*2/3]), median(series[i][n*2/3:])
		t.Logf("%s: %.4g, then %.4g", m.name, first, last)
		if last > first*(1+m.tolerance)+1 {
			t.Errorf("%s grows: %.4g in the second third, %.4g in the last", m.name, first, last)
		}
	}
	t.Logf("%d rounds", n)
}

// round is a fit that is stopped and goes on, and what is done with it. Its folder is removed.
func round(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "run")
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	stopping := &stopper{cancel: cancel}
	if status := run(ctx, []string{"fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=100", "--set", "fit.patience=1000", "--out", path}, &out, stopping); status != failed {
		t.Fatalf("a fit that is stopped: status %d: %s", status, stopping.said.String())
	}
	works(t, "fit", "--resume", "--out", path)
	works(t, "eval", "--run", path, "--json")
	works(t, "report", "--run", path, "--out", filepath.Join(dir, "page"))
	works(t, "mei", "--run", path, "--neurons", "0", "--images", "1", "--steps", "5", "--out", filepath.Join(dir, "mei.npz"))
	works(t, "data", "convert", recording, "--out", filepath.Join(dir, "recording.npz"))
	if err := durable.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// stopper ends a context when something is written.
type stopper struct {
	cancel func()
	said   bytes.Buffer
}

func (s *stopper) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "step ") {
		s.cancel()
	}
	return s.said.Write(p)
}

func sampled(t *testing.T, temp string) []float64 {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, resident float64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		t.Fatal(err)
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	left := 0.0
	if err := filepath.WalkDir(temp, func(string, os.DirEntry, error) error { left++; return nil }); err != nil {
		t.Fatal(err)
	}
	return []float64{resident * float64(os.Getpagesize()) / 1e6, float64(memory.HeapAlloc) / 1e6, float64(len(open)), float64(runtime.NumGoroutine()), left - 1}
}

func median(v plotter.Values) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}

func drawSoak(t *testing.T, minutes plotter.Values, series []plotter.Values) {
	t.Helper()
	const columns = 3
	rows := len(measures) / columns
	canvas := vgimg.NewWith(vgimg.UseWH(10*vg.Inch, 5*vg.Inch), vgimg.UseDPI(110))
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: vg.Points(12), PadY: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(6)}
	dc := draw.New(canvas)
	for i, m := range measures {
		p := plot.New()
		p.Title.Text, p.X.Label.Text = m.name, "minutes"
		points := make(plotter.XYs, len(minutes))
		for k := range points {
			points[k] = plotter.XY{X: minutes[k], Y: series[i][k]}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			t.Fatal(err)
		}
		p.Add(plotter.NewGrid(), line)
		p.Y.Min, p.Y.Max = 0, max(1, 1.2*slices.Max(series[i]))
		p.Draw(tiles.At(dc, i%columns, i/columns))
	}
	var picture bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&picture); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.ArtifactDir(), "soak.png")
	if err := os.WriteFile(path, picture.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log(path)
}
