package hdf5file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/hdf5file"
	damage "v1lab/datasets/internal/mutate"
)

// Filters that are not part of HDF5: what went through them is what was written.
func TestPluginFilters(t *testing.T) {
	f := open(t, "testdata/filters.h5")
	names, err := f.Names()
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, name := range names {
		got, err := f.Read(name)
		if rest, refused := strings.CutPrefix(name, "refused/"); refused {
			want := map[string]string{"blosc2": "filter 32026 (Blosc2)", "bitshuffle": "filter 32008 (bitshuffle)", "zfp": "filter 32013 (ZFP)"}[rest]
			if err == nil || !strings.Contains(err.Error(), "filters.h5: "+name+": "+want+", accepted are deflate (gzip), shuffle, fletcher32, LZF, bzip2, Blosc, LZ4 and Zstandard") {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
			continue
		}
		plain := "plain"
		if strings.HasSuffix(name, "long") {
			plain = "long"
		}
		want, wrong := f.Read(plain)
		if err != nil || wrong != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v %v, or other values", name, err, wrong)
		}
		read++
	}
	if read < 25 {
		t.Errorf("%d datasets read, want all", read)
	}
}

// 500 damaged copies: values or an error of one line.
func TestDamagedPluginFilters(t *testing.T) {
	content, err := os.ReadFile("testdata/filters.h5")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "filters.h5")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	n := 500
	if testing.Short() {
		n = 60
	}
	damage.CheckOpen(t, path, n, 64<<20, func() error {
		f, err := hdf5file.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		names, err := f.Names()
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := f.Read(name); err != nil && !strings.HasPrefix(name, "refused/") {
				return err
			}
		}
		return nil
	})
}
