package hdf5file_test

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

// readAll reads everything in a file and wants that every error is one line which names the file and, past opening, the dataset.
func readAll(t testing.TB, path string) {
	t.Helper()
	check := func(err error, want string) {
		if err != nil && (!strings.HasPrefix(err.Error(), path+": "+want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000) {
			t.Errorf("error %q, want one line that starts with %s: %s", err, path, want)
		}
	}
	f, err := hdf5file.Open(path)
	if err != nil {
		check(err, "")
		return
	}
	defer f.Close()
	names, err := f.Names()
	check(err, "")
	for _, name := range names {
		a, err := f.Read(name)
		clean := filepath.Clean(name) == name && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
		if clean && len(name) < 100 {
			check(err, name+": ")
		}
		if err == nil {
			if values, err := a.Float64s(); err == nil && len(values) != a.Len() {
				t.Errorf("%s: shape %v for %d values", name, a.Shape, len(values))
			}
		}
		_, _, err = f.Attribute(name, "unit")
		check(err, "")
	}
}

// mutate damages a file as disks, interrupted copies and people with bad intentions do.
func mutate(rng *rand.Rand, content []byte) []byte {
	b := append([]byte{}, content...)
	place := func(n int) int { return rng.IntN(len(b) - n) }
	switch rng.IntN(6) {
	case 0: // cut short
		b = b[:place(1)]
	case 1: // flipped bits
		for range 1 + rng.IntN(20) {
			b[place(1)] ^= 1 << rng.IntN(8)
		}
	case 2: // absurd sizes and addresses
		for range 1 + rng.IntN(4) {
			at := place(8)
			binary.LittleEndian.PutUint64(b[at:], []uint64{1<<64 - 1, 1<<63 - 1, 1 << 40, 1 << 31, 0, uint64(len(b)), uint64(at)}[rng.IntN(7)])
		}
	case 3: // a part of the file in another place
		n := 1 + rng.IntN(600)
		copy(b[place(n):], append([]byte{}, content[place(n):][:n]...))
	case 4: // zeros, or ones
		at, n := place(300), 1+rng.IntN(300)
		fill := byte(-rng.IntN(2))
		for i := range n {
			b[at+i] = fill
		}
	case 5: // a number somewhere near a structure
		for _, name := range []string{"TREE", "SNOD", "HEAP", "OHDR", "OCHK", "FRHP", "BTHD", "GCOL", "FAHD", "EAHD"}[rng.IntN(10):] {
			if at := strings.Index(string(b), name); at >= 0 && at+64 < len(b) {
				b[at+4+rng.IntN(60)] = byte(rng.Uint32())
			}
		}
	}
	return b
}

// 650 damaged files, 150 of every version of the format: an error or values, no panic, no more memory than was promised.
func TestDamagedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "damaged.h5")
	most := uint64(0)
	for i, version := range append([]string{"refused"}, versions...) {
		content, err := os.ReadFile("testdata/" + version + ".h5")
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, uint64(i)))
		n := 150
		if version == "refused" {
			n = 50
		}
		for range n {
			b := mutate(rng, content)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			readAll(t, path)
			runtime.ReadMemStats(&after)
			most = max(most, after.TotalAlloc-before.TotalAlloc)
			// Names, headers and values of a hundred datasets, each within its limit.
			if used := after.TotalAlloc - before.TotalAlloc; used > hdf5file.Limit(uint64(len(b)), true) {
				t.Errorf("%s: %d bytes allocated for a file of %d", version, used, len(b))
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	t.Logf("at most %d bytes allocated in reading all of a file", most)
}

func FuzzOpen(f *testing.F) {
	for _, version := range []string{"small_earliest", "small_v108", "small_latest", "user", "refused"} {
		content, err := os.ReadFile("testdata/" + version + ".h5")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "damaged.h5")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		readAll(t, path)
	})
}
