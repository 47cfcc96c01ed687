package hdf5_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file with several faults gives the same error each time: that of the first option, or dataset, in alphabetical order.
func TestTheFirstFaultIsTheOneThatIsNamed(t *testing.T) {
	spec := "hdf5:testdata/first.h5?test_responses=a&test_images=b&train_responses=c&train_images=d"
	for range 30 {
		if _, err := open(t, spec); err == nil || !strings.Contains(err.Error(), "b: not in the file (option test_images=b;") {
			t.Fatalf("%s: error %v; want one that names option test_images", spec, err)
		}
	}
	content, err := os.ReadFile("testdata/h5py.h5")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.h5")
	rng := rand.New(rand.NewPCG(7, 0))
	faults := map[string]bool{}
	for range 100 {
		b := append([]byte{}, content...)
		for range 60 {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		first := ""
		for i := range 6 {
			_, err := open(t, "hdf5:"+path+renamed)
			if err == nil {
				break
			}
			if i == 0 {
				first = err.Error()
				faults[first] = true
			}
			if err.Error() != first {
				t.Fatalf("error %q, then %q", first, err)
			}
		}
	}
	t.Logf("%d different faults", len(faults))
}
