package table_test

import (
	"archive/zip"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/internal/mutate"
)

// pictures returns the files that testdata/make.py made with tifffile and Pillow.
func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	archive, err := zip.OpenReader("testdata/pictures.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files
}

func onePicture(t *testing.T, content []byte) (spec, path string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "p")
	write(t, path, content)
	write(t, filepath.Join(dir, "r.csv"), []byte("image,split,n\np,train,1\np,train,2\np,val,2\np,test,1\n"))
	return "csv:" + dir + "/r.csv", path
}

// Pictures of every kind have the values that were written, from 0 to 255; or are refused for what they are.
func TestPicturesOfOtherPrograms(t *testing.T) {
	const height, width = 20, 24
	for name, content := range pictures(t) {
		spec, _ := onePicture(t, content)
		d, err := open(t, spec)
		if refused, ok := strings.CutPrefix(name, "refused: "); ok {
			want := refused[:strings.LastIndex(refused, ": ")]
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		channels := 1
		if strings.HasPrefix(name, "colour") {
			channels = 3
		}
		im := d.Test.Images
		if im.Height != height || im.Width != width || im.Channels != channels {
			t.Errorf("%s: %v", name, im.Shape())
			continue
		}
		for i, got := range im.At(0) {
			y, x := i/channels/width, i/channels%width
			want := (13*y + 7*x) % 256
			switch {
			case strings.HasPrefix(name, "bits"):
				depth := int(name[len("bits")] - '0')
				want = want >> (8 - depth) * 255 / (1<<depth - 1)
			case i%channels == 1:
				want = 255 - want
			case i%channels == 2:
				want /= 2
			}
			if math.Abs(float64(got)-float64(want)) > 1e-4 {
				t.Errorf("%s: row %d, column %d, channel %d: %v, want %d", name, y, x, i%channels, got, want)
				break
			}
		}
	}
}

func TestDamagedPictures(t *testing.T) {
	files := pictures(t)
	for _, name := range []string{"uint16-differences-big", "float32-tiles-predicted-little", "colour-uint8-tiles", "colour-palette", "bits1", "png-alpha"} {
		spec, path := onePicture(t, files[name])
		mutate.CheckOpen(t, path, 500, 8<<20, func() error {
			_, err := open(t, spec)
			return err
		})
	}
}
