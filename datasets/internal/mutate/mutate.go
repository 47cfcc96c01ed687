package mutate

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Files returns n damaged copies of content, the same for the same seed.
func Files(content []byte, n int, seed uint64) [][]byte {
	rng := rand.New(rand.NewPCG(seed, 0x4d55_5441))
	files := make([][]byte, n)
	for i := range files {
		b := slices.Clone(content)
		for range 1 + rng.IntN(3) {
			if len(b) > 0 {
				b = damage(b, rng)
			}
		}
		files[i] = b
	}
	return files
}

// Some is how many of n damaged copies are tried: all, or a tenth of them in the quick loop.
func Some(n int) int {
	if testing.Short() {
		return (n + 9) / 10
	}
	return n
}

// near draws a position, preferably at the start, where headers are.
func near(n int, rng *rand.Rand) int {
	if rng.IntN(2) == 0 {
		return rng.IntN(min(n, 256))
	}
	return rng.IntN(n)
}

func damage(b []byte, rng *rand.Rand) []byte {
	at := near(len(b), rng)
	piece := min(1+rng.IntN(16), len(b)-at)
	switch rng.IntN(8) {
	case 0:
		return b[:at]
	case 1, 2:
		b[at] ^= 1 << rng.IntN(8)
	case 3:
		for i := range b[at : at+piece] {
			b[at+i] = 0xff
		}
	case 4:
		clear(b[at : at+piece])
	case 5:
		return slices.Delete(b, at, at+piece)
	case 6:
		return slices.Insert(b, near(len(b), rng), slices.Clone(b[at:at+piece])...)
	case 7: // a digit of a number written as text
		if d := bytes.IndexAny(b[at:], "0123456789"); d >= 0 {
			return slices.Replace(b, at+d, at+d+1, []byte([]string{"99999999999999999999", "-1", "1e400", "", "0"}[rng.IntN(5)])...)
		}
	}
	return b
}

// CheckOpen overwrites the file with n damaged copies, one after another, opens each, and restores the file at the end. An error must be one line
// of readable length that names the file or its folder. Each opening may allocate at most limit bytes, including bytes that it frees
// meanwhile.
func CheckOpen(t testing.TB, path string, n int, limit uint64, open func() error) {
	t.Helper()
	n = Some(n)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, damaged := range Files(content, n, 1) {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := open()
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > limit {
			t.Errorf("damaged file %d of %s: %d bytes allocated, want at most %d", i, path, spent, limit)
		}
		if err != nil {
			refused++
			CheckError(t, err, path)
		}
	}
	if refused < n/4 {
		t.Errorf("%d of %d damaged copies of %s were refused, want at least a quarter", refused, n, path)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// CheckError fails the test unless err is one line of readable length that names the file at path or its folder.
func CheckError(t testing.TB, err error, path string) {
	t.Helper()
	text := err.Error()
	names := strings.Contains(text, filepath.Base(path)) || strings.Contains(text, filepath.Base(filepath.Dir(path)))
	if !names || strings.ContainsAny(text, "\n\x00") || len(text) > 700+len(path)*2 {
		t.Errorf("error %q, want one short line that names %s", text, path)
	}
}
