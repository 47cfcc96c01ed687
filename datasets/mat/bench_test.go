package mat_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"v1lab/datasets/internal/readbench"
)

// recording is a Python program's start: 5000 images of 36 x 64 pixels and 6000 neurons, 188 MB in float32.
const recording = `
import sys, numpy as np
rng = np.random.default_rng(1)
data = {}
for part, n in (("train", 4400), ("val", 500), ("test", 100)):
    data[part + "_images"] = rng.integers(0, 256, (n, 36, 64)).astype("f4") / 4
    data[part + "_responses"] = rng.integers(0, 256, (10, n, 6000) if part == "test" else (n, 6000)).astype("f4") / 4
`

const size = 4 * (5000*36*64 + 5900*6000)

// BenchmarkOpen reads the same recording from files of SciPy's, plain, compressed and in doubles, and SciPy the same files.
//
//	go test -run '^$' -bench Open -benchtime 3x ./datasets/mat
func BenchmarkOpen(b *testing.B) {
	for name, write := range map[string]struct {
		program string
		bytes   int64
	}{
		"level5":     {"scipy.io.savemat(sys.argv[1], data)", size},
		"compressed": {"scipy.io.savemat(sys.argv[1], data, do_compression=True)", size},
		"double":     {"scipy.io.savemat(sys.argv[1], {k: v.astype('f8') for k, v in data.items()})", 2 * size},
		"struct":     {"scipy.io.savemat(sys.argv[1], {'rec': data})", size},
	} {
		path := filepath.Join(b.TempDir(), name+".mat")
		if out, err := exec.Command("python3", "-c", recording+"import scipy.io; "+write.program, path).CombinedOutput(); err != nil {
			b.Skipf("SciPy writes these files: %v: %.200s", err, out)
		}
		options := ""
		if name == "struct" {
			options = "?train_images=rec.train_images&val_images=rec.val_images&test_images=rec.test_images" +
				"&train_responses=rec.train_responses&val_responses=rec.val_responses&test_responses=rec.test_responses"
		}
		b.Run(name, func(b *testing.B) {
			readbench.Read(b, write.bytes, func() error {
				d, err := open(b, "mat:"+path+options)
				if err == nil && d.NumNeurons() != 6000 {
					err = fmt.Errorf("%d neurons", d.NumNeurons())
				}
				return err
			}, `
import sys, time, scipy.io
start = time.perf_counter()
scipy.io.loadmat(sys.argv[1])
print(time.perf_counter() - start)
`, path)
		})
	}
}
