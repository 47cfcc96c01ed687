package zarr_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"v1lab/datasets/internal/readbench"
)

// write is a Python program that writes 5000 images of 36 x 64 pixels and 6000 neurons, 188 MB in float32, as its second argument says.
const write = `
import sys, numpy as np, numcodecs, zarr
from zarr.codecs import *
rng = np.random.default_rng(1)
name, version, options = sys.argv[1], int(sys.argv[2]), eval(sys.argv[3])
g = zarr.open_group(name, mode="w", zarr_format=version)
for part, n in (("train", 4400), ("val", 500), ("test", 100)):
    for key, a in ((part + "_images", rng.integers(0, 256, (n, 36, 64))), (part + "_responses", rng.integers(0, 256, (10, n, 6000) if part == "test" else (n, 6000)))):
        a = a.astype("f4") / 4
        chunks = (1,) * (a.ndim - 2) + (100,) + a.shape[a.ndim - 1:] if key.endswith("responses") else (100, 36, 64)
        o = dict(options)
        if o.pop("shard", False):
            o["shards"] = tuple(a.shape[i] if chunks[i] == a.shape[i] else 5 * chunks[i] for i in range(a.ndim))
        if o.pop("whole", False):
            chunks = a.shape
        g.create_array(key, data=a, chunks=chunks, **o)
`

const size = 4 * (5000*36*64 + 5900*6000)

// BenchmarkOpen reads the same recording in several encodings, and zarr-python the same folders.
//
//	go test -run '^$' -bench Open -benchtime 3x ./datasets/zarr
func BenchmarkOpen(b *testing.B) {
	for name, options := range map[string][2]string{
		"v2-blosc":      {"2", "{}"},
		"v2-bitshuffle": {"2", "{'compressors': numcodecs.Blosc(cname='zstd', shuffle=2)}"},
		"v2-order-f":    {"2", "{'order': 'F'}"},
		"v3-zstd":       {"3", "{}"},
		"v3-gzip":       {"3", "{'compressors': [GzipCodec(level=1)]}"},
		"v3-raw":        {"3", "{'compressors': None}"},
		"v3-one-chunk":  {"3", "{'whole': True}"},
		"v3-sharded":    {"3", "{'shard': True}"},
	} {
		path := filepath.Join(b.TempDir(), name+".zarr")
		if out, err := exec.Command("python3", "-c", write, path, options[0], options[1]).CombinedOutput(); err != nil {
			b.Skipf("zarr-python writes these folders: %v: %s", err, out[max(0, len(out)-200):])
		}
		b.Run(name, func(b *testing.B) {
			readbench.Read(b, size, func() error {
				d, err := open(b, "zarr:"+path)
				if err == nil && d.NumNeurons() != 6000 {
					err = fmt.Errorf("%d neurons", d.NumNeurons())
				}
				return err
			}, `
import sys, time, zarr
start = time.perf_counter()
g = zarr.open_group(sys.argv[1], mode="r")
arrays = {key: a[...] for key, a in g.arrays()}
print(time.perf_counter() - start)
`, path)
		})
	}
}
