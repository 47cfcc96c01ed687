package runfolder_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/runfolder/runfoldertest"
)

// ended returns a finished run that another test can damage.
func ended(t *testing.T) *runfolder.Folder {
	t.Helper()
	defer durable.Use(faulty.Unsynced{})()
	path := filepath.Join(t.TempDir(), "run")
	if err := fitOf(t, path, 4); err != nil {
		t.Fatal(err)
	}
	f, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// use reads everything of a run that its weights depend on.
func use(path string) error {
	f, err := runfolder.Open(path)
	if err != nil {
		return err
	}
	_, err = f.Weights()
	return err
}

// A flipped bit anywhere in the config, the dataset record or the weights is found before they are used, and the file is named.
func TestFlippedBitsAreFound(t *testing.T) {
	f := ended(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"config.yaml", "dataset.json", "best/weights.npz"} {
		path := filepath.Join(f.Path, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			damaged := bytes.Clone(whole)
			damaged[rng.IntN(len(damaged))] ^= 1 << rng.IntN(8)
			replace(t, path, damaged)
			if err := use(f.Path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s: error %v", name, err)
			}
		}
		replace(t, path, whole)
	}
	if err := use(f.Path); err != nil {
		t.Error(err)
	}
}

// Weights that a person changed with NumPy are used, and that is said. NumPy's archives have the checksum before the array.
func TestEditedWeights(t *testing.T) {
	f := ended(t)
	values, err := f.Weights()
	if err != nil || f.Edited() != "" {
		t.Fatalf("%v, %q", err, f.Edited())
	}
	path := filepath.Join(f.Path, "best/weights.npz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for key, a := range values {
		one := filepath.Join(t.TempDir(), "a.npy")
		if err := array.WriteNPY(one, a); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(one)
		if err != nil {
			t.Fatal(err)
		}
		member, err := archive.CreateRaw(&zip.FileHeader{Name: key + ".npy", CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := member.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	g, err := runfolder.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := g.Weights()
	if err != nil || again.Fingerprint() != values.Fingerprint() || !strings.Contains(g.Edited(), path+": another program has written it since the fit ended") {
		t.Errorf("%v, %q", err, g.Edited())
	}
	if _, wrong := g.Verify(); len(wrong) != 1 {
		t.Errorf("Verify finds %v", wrong)
	}
}

// Files of another run of the same shape are sound, but they are not this run's.
func TestFilesOfAnotherRun(t *testing.T) {
	f, other := ended(t), create(t)
	values, _ := startValues(t, other, 99)
	if err := other.SaveWeights(values); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"best/weights.npz": "weights.npz: changed since the fit ended",
		"config.yaml":      "for other settings make another fit, and for more steps use --resume --set fit.max_steps=N",
		"dataset.json":     "dataset.json: changed since the fit ended",
	} {
		path := filepath.Join(f.Path, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := os.ReadFile(filepath.Join(other.Path, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(whole, foreign) {
			foreign = append(foreign, '\n')
		}
		replace(t, path, foreign)
		if err := use(f.Path); !errors.Is(err, runfolder.ErrChanged) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
		if n, wrong := f.Verify(); n < 6 || len(wrong) != 1 || !strings.Contains(wrong[0].Error(), path) {
			t.Errorf("%s: %d files, wrong %v", name, n, wrong)
		}
		replace(t, path, whole)
	}
	// Whoever means it says so.
	runfoldertest.Unseal(t, f.Path)
	replace(t, filepath.Join(f.Path, "dataset.json"), append(readFile(t, filepath.Join(f.Path, "dataset.json")), '\n'))
	if err := use(f.Path); err != nil {
		t.Errorf("without files in result.json: %v", err)
	}
}

// A fit that was stopped does not go on with another config, dataset record or state than those it was stopped with; a larger cap is no other config.
func TestCheckpointBelongsToTheConfig(t *testing.T) {
	f := create(t)
	values, specs := startValues(t, f, 1)
	last := checkpoint(values, 5)
	if err := errors.Join(f.SaveCheckpoint(last, &last, specs), f.Close()); err != nil {
		t.Fatal(err)
	}
	load := func() error {
		f, err := runfolder.Open(f.Path)
		if err == nil {
			_, _, _, err = f.LoadCheckpoint(&position{}, &position{})
		}
		return err
	}
	for _, name := range []string{"config.yaml", "dataset.json"} {
		path := filepath.Join(f.Path, name)
		whole := readFile(t, path)
		replace(t, path, append(bytes.Clone(whole), '\n'))
		if err := load(); !errors.Is(err, runfolder.ErrChanged) || !strings.Contains(err.Error(), path+": not the file that checkpoint/last.npz belongs to") {
			t.Errorf("%s: error %v", name, err)
		}
		replace(t, path, whole)
	}
	again, err := runfolder.OpenForWriting(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Extend(again.Config.Fit.MaxSteps+1), again.Close(), load()); err != nil {
		t.Error(err)
	}
}

func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
