package hdf5_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"v1lab/datasets"
	"v1lab/datasets/hdf5"
)

// large is a recording of 5000 images, 36 x 64 pixels, and 6000 neurons: 166 MB.
func large() *datasets.Dataset {
	rng := rand.New(rand.NewPCG(1, 2))
	values := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.ExpFloat64())
		}
		return v
	}
	const neurons = 6000
	images := func(n int) datasets.Images {
		return datasets.Images{N: n, Height: 36, Width: 64, Channels: 1, Pixels: values(n * 36 * 64)}
	}
	part := func(n int) datasets.Part {
		return datasets.Part{Images: images(n), Responses: datasets.Responses{N: n, Neurons: neurons, Values: values(n * neurons)}}
	}
	return &datasets.Dataset{
		Train: part(4400), Val: part(500),
		Test: datasets.TestPart{Images: images(100), Responses: datasets.Repeats{Repeats: 1, N: 100, Neurons: neurons, Values: values(100 * neurons)}},
	}
}

// variants are how h5py writes the same values once more.
var variants = map[string]string{
	"chunks":     `dict(chunks=True)`,
	"big-endian": `dict(chunks=True, dtype=">f4")`,
	"gzip":       `dict(chunks=True, compression="gzip", compression_opts=1, shuffle=True)`,
	"float64":    `dict(dtype="f8")`,
	"matlab":     `dict(chunks=True)`, // with reversed axes
	"zstd":       `hdf5plugin.Zstd(), chunks=True`,
	"lz4":        `hdf5plugin.LZ4(), chunks=True, shuffle=True`,
	"blosc":      `hdf5plugin.Blosc("lz4", shuffle=1), chunks=True`,
	"blosclz":    `hdf5plugin.Blosc("blosclz", shuffle=1), chunks=True`,
	"blosc-bits": `hdf5plugin.Blosc("zstd", shuffle=2), chunks=True`,
	"bzip2":      `hdf5plugin.BZip2(), chunks=True`,
}

const rewrite = `
import sys, h5py
if "hdf5plugin" in sys.argv[3]:
    import hdf5plugin
options = eval("dict(compression=" + sys.argv[3] + ")" if "hdf5plugin" in sys.argv[3] else sys.argv[3])
with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2], "w") as b:
    for k, d in a.items():
        v = d[()]
        b.create_dataset(k, data=v.T if "matlab" in sys.argv[2] else v, **options)
`

const peer = `
import sys, time, json, h5py
if "plugin" in sys.argv[2:]:
    import hdf5plugin
best = None
for _ in range(3):
    t = time.perf_counter()
    with h5py.File(sys.argv[1]) as f:
        n = sum(d[()].nbytes for d in f.values())
    t = time.perf_counter() - t
    best = t if best is None else min(best, t)
print(json.dumps({"seconds": best, "bytes": n}))
`

// python is an interpreter that has h5py: V1LAB_PYTHON, or python3.
func python(b *testing.B) string {
	name := cmp.Or(os.Getenv("V1LAB_PYTHON"), "python3")
	if err := exec.Command(name, "-c", "import h5py").Run(); err != nil {
		b.Logf("no h5py to compare with: %s: %v (V1LAB_PYTHON names an interpreter)", name, err)
		return ""
	}
	return name
}

// BenchmarkOpen reads a recording from every kind of file, and h5py does so from the same file if it is there. It reports the speed of both
// over the bytes of the arrays as they are in the file, and the peak of the heap as a multiple of them.
func BenchmarkOpen(b *testing.B) {
	own := filepath.Join(b.TempDir(), "own.h5")
	if err := hdf5.Write(own, large()); err != nil {
		b.Fatal(err)
	}
	interpreter := python(b)
	b.Run("own", func(b *testing.B) { benchmark(b, interpreter, own, "") })
	for name, options := range variants {
		b.Run(name, func(b *testing.B) {
			if interpreter == "" {
				b.Skip("h5py writes this file")
			}
			path := filepath.Join(b.TempDir(), name+".h5")
			if out, err := exec.Command(interpreter, "-c", rewrite, own, path, options).CombinedOutput(); err != nil {
				if bytes.Contains(out, []byte("ModuleNotFoundError")) {
					b.Skip("hdf5plugin writes this file")
				}
				b.Fatalf("%v: %s", err, out)
			}
			options := ""
			if name == "matlab" {
				options = "?axes=reversed"
			}
			benchmark(b, interpreter, path, options)
		})
	}
}

func benchmark(b *testing.B, interpreter, path, options string) {
	size := 4 * (5000*36*64 + 5000*6000)
	theirs := 0.0
	if interpreter != "" {
		plugin := ""
		if exec.Command(interpreter, "-c", "import hdf5plugin").Run() == nil {
			plugin = "plugin"
		}
		out, err := exec.Command(interpreter, "-c", peer, path, plugin).Output()
		if err != nil {
			b.Fatal(err)
		}
		var result struct {
			Seconds float64
			Bytes   int
		}
		if err := json.Unmarshal(out, &result); err != nil {
			b.Fatal(err)
		}
		size, theirs = result.Bytes, float64(result.Bytes)/result.Seconds/1e6
	}
	b.SetBytes(int64(size))
	runtime.GC()
	peak := watchHeap()
	for b.Loop() {
		d, err := open(b, "hdf5:"+path+options)
		if err != nil {
			b.Fatal(err)
		}
		if d.NumNeurons() != 6000 {
			b.Fatal("wrong recording")
		}
		d = nil
		b.StopTimer()
		runtime.GC() // what the last round left is not part of the next one's peak
		b.StartTimer()
	}
	b.ReportMetric(float64(peak())/float64(size), "peak/size")
	if theirs > 0 {
		ours := float64(size) * float64(b.N) / b.Elapsed().Seconds() / 1e6
		b.ReportMetric(theirs, "h5py-MB/s")
		b.ReportMetric(ours/theirs, "of-h5py")
	}
}

// watchHeap samples the heap until the function it returns is called, which returns the peak above the start.
func watchHeap() func() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	start := heap()
	ctx, stop := context.WithCancel(context.Background())
	result := make(chan uint64)
	go func() {
		peak := start
		for ctx.Err() == nil {
			peak = max(peak, heap())
			time.Sleep(time.Millisecond)
		}
		result <- peak - start
	}()
	return func() uint64 { stop(); return <-result }
}
