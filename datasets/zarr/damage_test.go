package zarr_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/internal/mutate"
)

// memory is what opening a damaged fixture of a few kB may allocate, in bytes: two arrays of what is accepted however little is stored.
const memory = 100 << 20

// opened reads a group and uses what came out.
func opened(t testing.TB, spec string) error {
	d, err := open(t, spec)
	if err == nil && d.Validate() == nil {
		datasets.Check(d)
	}
	return err
}

// 500 damaged copies of zip files.
func TestDamagedArchives(t *testing.T) {
	for name, options := range map[string]string{"own.zip": "", "v3.zip": inGroup} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		put(t, path, string(content))
		mutate.CheckOpen(t, path, 500, memory, func() error { return opened(t, "zarr:"+path+options) })
	}
}

// 500 damaged copies of a folder, one file of it at a time: a dataset or an error of one line that names the folder, no panic, bounded memory.
func TestDamagedFolders(t *testing.T) {
	for name, options := range map[string]string{"v2.zip": "", "v3.zip": inGroup, "xarray2.zip": "", "xarray3.zip": ""} {
		dir := unzip(t, name)
		var files []string
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for i := range files {
			sound, err := os.ReadFile(files[i])
			if err != nil {
				t.Fatal(err)
			}
			for _, damaged := range mutate.Files(sound, mutate.Some(500/len(files)+1), uint64(i)) {
				put(t, files[i], string(damaged))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := opened(t, "zarr:"+dir+options)
				runtime.ReadMemStats(&after)
				if err != nil {
					refused++
					mutate.CheckError(t, err, dir)
				}
				if spent := after.TotalAlloc - before.TotalAlloc; spent > memory {
					t.Errorf("%s damaged: %d bytes allocated (%v)", files[i], spent, err)
				}
			}
			put(t, files[i], string(sound))
		}
		if refused < mutate.Some(125) {
			t.Errorf("%s: %d damaged copies were refused", name, refused)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for name := range fixtures {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.zip")
		put(t, path, string(content))
		if err := opened(t, "zarr:"+path); err != nil {
			mutate.CheckError(t, err, path)
		}
	})
}
