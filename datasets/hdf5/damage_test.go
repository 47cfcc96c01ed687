package hdf5_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"v1lab/datasets/hdf5file"
)

// 500 damaged files of each scheme: a dataset or an error of one line that names the file, no panic, no more memory than was promised.
func TestDamagedFiles(t *testing.T) {
	for scheme, source := range map[string]string{"hdf5": "h5py.h5" + renamed} {
		name, options, _ := strings.Cut(source, "?")
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		rng := rand.New(rand.NewPCG(2, uint64(len(content))))
		for range 500 {
			b := append([]byte{}, content...)
			switch rng.IntN(3) {
			case 0:
				b = b[:rng.IntN(len(b))]
			case 1:
				for range 1 + rng.IntN(30) {
					b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
				}
			case 2:
				at := rng.IntN(len(b) - 8)
				binary.LittleEndian.PutUint64(b[at:], []uint64{1<<64 - 1, 1 << 62, 1 << 33, 0, uint64(len(b))}[rng.IntN(5)])
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d, err := open(t, scheme+":"+path+"?"+options)
			runtime.ReadMemStats(&after)
			if err == nil {
				_ = d.Validate() // which looks at every value
			} else if !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n") || len(err.Error()) > 1500 {
				t.Fatalf("error %q, want one line that starts with %s", err, path)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > hdf5file.Limit(uint64(len(b)), true) {
				t.Fatalf("%d bytes allocated for a file of %d (%v)", used, len(b), err)
			}
		}
	}
}
