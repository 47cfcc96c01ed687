package nwb_test

import (
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/internal/mutate"
)

// 500 damaged copies of each kind of recording: a dataset, or an error of one line that names the file; no panic, bounded memory.
func TestDamagedFiles(t *testing.T) {
	for _, c := range []struct{ name, options string }{{"scenes", ""}, {"units", ""}, {"planes", "?responses=upper,lower"}, {"references", ""}, {"regions", "?first=1"}} {
		content, err := os.ReadFile(filepath.Join(folder(t), c.name+".nwb"))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), c.name+".nwb")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		mutate.CheckOpen(t, path, 500, 128<<20, func() error {
			d, err := open(t, "nwb:"+path+c.options)
			if err == nil && d.Validate() == nil {
				datasets.Check(d)
			}
			return err
		})
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"frames", "units"} {
		content, err := os.ReadFile(filepath.Join(folder(f), name+".nwb"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.nwb")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := open(t, "nwb:"+path); err != nil {
			mutate.CheckError(t, err, path)
		} else {
			_ = d.Validate()
		}
	})
}
