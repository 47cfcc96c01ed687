package sensorium_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

// The size of a published recording: its images as models see them, all trials, many neurons.
const (
	benchTrials  = 5000
	benchNeurons = 6000
	benchHeight  = 36
	benchWidth   = 64
)

// benchArrays is what the arrays of the dataset take, in bytes.
const benchArrays = 4 * benchTrials * (benchHeight*benchWidth + benchNeurons + 5)

// numpy reads all trials of a tree with NumPy, and prints the seconds that took and the sum of the responses.
const numpy = `
import io, sys, time, zipfile
import numpy as np
start = time.perf_counter()
path, trials = sys.argv[1], int(sys.argv[2])
if path.endswith(".zip"):
    archive = zipfile.ZipFile(path)
    load = lambda name: np.load(io.BytesIO(archive.read(name)))
else:
    load = lambda name: np.load(path + "/" + name)
tiers = load("meta/trials/tiers.npy")
groups = {}
for group in ("images", "responses", "behavior", "pupil_center"):
    first = load(f"data/{group}/0.npy")
    groups[group] = np.empty((trials,) + first.shape, np.float32)
    for trial in range(trials):
        groups[group][trial] = load(f"data/{group}/{trial}.npy")
print(time.perf_counter() - start, groups["responses"].sum(dtype=np.float64))
`

// BenchmarkOpen reads a recording of 5000 trials from a folder and an archive, and NumPy the same files, one after the other.
//
//	go test -run '^$' -bench Open -benchtime 3x ./datasets/sensorium
func BenchmarkOpen(b *testing.B) {
	root := filepath.Join(b.TempDir(), "mouse")
	writeRecording(b, root)
	archive := root + ".zip"
	zipFolder(b, root, archive)
	for name, path := range map[string]string{"folder": root, "zip": archive} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(benchArrays)
			for b.Loop() {
				debug.FreeOSMemory()
				resetPeak()
				before := memory(b, "VmRSS")
				d, err := open(b, "sensorium:"+path)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(memory(b, "VmHWM")-before)/benchArrays, "peak/arrays")
				if d.Train.Images.N != benchTrials-benchTrials/10-benchTrials/5 {
					b.Fatalf("%d training images", d.Train.Images.N)
				}
			}
		})
		b.Run(name+"/numpy", func(b *testing.B) {
			seconds := 0.0
			for b.Loop() {
				out, err := exec.Command("python3", "-c", numpy, path, strconv.Itoa(benchTrials)).Output()
				if err != nil {
					b.Skipf("python3 with NumPy: %v", err)
				}
				v, err := strconv.ParseFloat(strings.Fields(string(out))[0], 64)
				if err != nil {
					b.Fatal(err)
				}
				seconds += v
			}
			seconds /= float64(b.N)
			b.ReportMetric(0, "ns/op") // that would count the start of Python
			b.ReportMetric(seconds, "s/read")
			b.ReportMetric(benchArrays/1e6/seconds, "MB/s")
		})
	}
}

// writeRecording makes a tree of noise: a tenth of the trials validate, a fifth test with ten repeats an image.
func writeRecording(b *testing.B, root string) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(shape ...int) array.Array {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(rng.IntN(256)) / 4
		}
		return array.New(values, shape...)
	}
	write := func(name string, a array.Array) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, npy(b, a), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	tiers, ids := make([]string, benchTrials), make([]int, benchTrials)
	shown := map[int]array.Array{}
	for trial := range tiers {
		tiers[trial], ids[trial] = "train", trial
		switch {
		case trial%10 == 0:
			tiers[trial] = "validation"
		case trial%5 == 1:
			tiers[trial], ids[trial] = "test", benchTrials+trial/5%(benchTrials/50)
		}
		image, ok := shown[ids[trial]]
		if !ok {
			image = noise(1, benchHeight, benchWidth)
		}
		if tiers[trial] == "test" {
			shown[ids[trial]] = image
		}
		write(fmt.Sprintf("data/images/%d.npy", trial), image)
		write(fmt.Sprintf("data/responses/%d.npy", trial), noise(benchNeurons))
		write(fmt.Sprintf("data/behavior/%d.npy", trial), noise(3))
		write(fmt.Sprintf("data/pupil_center/%d.npy", trial), noise(2))
	}
	write("meta/trials/tiers.npy", array.New(tiers))
	write("meta/trials/frame_image_id.npy", array.New(ids))
}

func zipFolder(b *testing.B, root, path string) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	if err := w.AddFS(os.DirFS(root)); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// resetPeak makes the kernel forget the largest size so far; where that is not possible the peak is that of the whole run.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) }

// memory reads a number of the process in bytes, 0 where the system does not tell.
func memory(b *testing.B, field string) int64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(field+":")); ok {
			kB, err := strconv.ParseInt(strings.Fields(string(rest))[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kB << 10
		}
	}
	return 0
}
