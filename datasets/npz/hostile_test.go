package npz_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/internal/mutate"
	"v1lab/datasets/npz"
	"v1lab/datasets/simulated"
)

// everything writes an archive of all that the format knows.
func everything(t testing.TB) string {
	t.Helper()
	d, err := simulated.Generate(simulated.Config{Neurons: 3, Images: 4, Val: 2, Test: 2, Repeats: 2, Height: 15, Width: 15, SNR: 1, Types: simulated.TypeNames(), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"speed"}
	d.Train.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 4)}
	d.Val.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 2)}
	d.Test.Covariates = datasets.Covariates{Names: names, Values: make([]float32, 4)}
	d.Preparation = datasets.Preparation{{Crop: &datasets.Crop{From: datasets.Size{Height: 20, Width: 20, Channels: 1}, Height: 15, Width: 15}}}
	d.Split = &datasets.Split{Seed: 1, TrainIndex: []int{0, 1, 2, 3}, ValIndex: []int{4, 5}}
	if err := datasets.Normalise(d); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "all.npz")
	if err := npz.Write(path, d); err != nil {
		t.Fatal(err)
	}
	return path
}

// deflate rewrites an archive as numpy.savez_compressed does.
func deflate(t testing.TB, path string) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	archived(t, path, func(w *zip.Writer) error {
		for _, f := range archive.File {
			from, err := f.Open()
			if err != nil {
				return err
			}
			to, err := w.Create(f.Name)
			if err == nil {
				_, err = io.Copy(to, from)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// archived puts an archive at path once it is whole.
func archived(t testing.TB, path string, fill func(*zip.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := errors.Join(fill(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedArchives(t *testing.T) {
	for name, compressed := range map[string]bool{"stored": false, "deflated": true} {
		t.Run(name, func(t *testing.T) {
			path := everything(t)
			if compressed {
				deflate(t, path)
			}
			mutate.CheckOpen(t, path, 500, 4<<20, func() error { return opened(path) })
		})
	}
}

// Inside a sound archive the arrays themselves are damaged.
func TestDamagedMembers(t *testing.T) {
	sound := everything(t)
	archive, err := zip.OpenReader(sound)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	contents := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if contents[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "members.npz")
	refused := 0
	for name, content := range contents {
		for _, damaged := range mutate.Files(content, 30, 2) {
			archived(t, path, func(w *zip.Writer) error {
				for member, content := range contents {
					if member == name {
						content = damaged
					}
					to, err := w.CreateHeader(&zip.FileHeader{Name: member, Method: zip.Store})
					if err == nil {
						_, err = to.Write(content)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err := opened(path); err != nil {
				refused++
				mutate.CheckError(t, err, path)
			}
		}
	}
	if refused < 100 {
		t.Errorf("%d damaged members were refused", refused)
	}
}

// opened reads an archive and uses what came out.
func opened(path string) error {
	d, err := npz.Open(datasets.Spec{Scheme: "npz", Path: path})
	if err != nil {
		return err
	}
	if d.Validate() == nil {
		datasets.Check(d)
		datasets.Fingerprint(d)
	}
	return nil
}

// A few bytes that say they hold a terabyte.
func TestArchiveThatClaimsTooMuch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bomb.npz")
	var content bytes.Buffer
	if err := array.Encode(&content, array.New(make([]float32, 64), 64)); err != nil {
		t.Fatal(err)
	}
	huge := bytes.Replace(content.Bytes(), []byte("(64,), }           "), []byte("(250000000000,), } "), 1)
	archived(t, path, func(w *zip.Writer) error {
		for _, key := range []string{"train_images", "train_responses", "test_images", "test_responses"} {
			to, err := w.CreateRaw(&zip.FileHeader{Name: key + ".npy", Method: zip.Store, CompressedSize64: uint64(len(huge)), UncompressedSize64: 1 << 40})
			if err == nil {
				_, err = to.Write(huge)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	err := opened(path)
	if err == nil || !strings.Contains(err.Error(), "bomb.npz: train_images: damaged archive: 384 bytes are said to hold 1099511627776") {
		t.Errorf("got %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	path := everything(f)
	for range 2 {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		deflate(f, path)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.npz")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := opened(path); err != nil {
			mutate.CheckError(t, err, path)
		}
	})
}

// Zeros shrink a thousandfold. What unpacks to more than the rule of package infile allows is refused before it takes memory; what is
// stored as it is may be as large as it likes.
func TestArchiveThatUnpacksToTooMuch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bomb.npz")
	for _, c := range []struct {
		method uint16
		want   string
	}{{zip.Deflate, ": unpacks to 33554560 bytes, at most "}, {zip.Store, "want "}} {
		archived(t, path, func(w *zip.Writer) error {
			for _, key := range []string{"train_images", "train_responses", "test_images", "test_responses"} {
				to, err := w.CreateHeader(&zip.FileHeader{Name: key + ".npy", Method: c.method})
				if err == nil {
					err = array.Encode(to, array.New(make([]float32, 8<<20), 8<<20))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err := opened(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v", err)
		}
	}
}
