package sensorium_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/sensorium"
)

// recording describes a tree to be made. Every value says where it is from, so that none can be mistaken for another.
type recording struct {
	tiers    []string
	ids      []int // of the image in each trial
	neurons  int
	channels int // 0: images have no such axis
	first    int // number of the first neuron
	animal   int
}

const height, width = 3, 4

// small has ragged repeats: images 70, 71 and 72 with two, three and one, in an order that is neither that of ids nor of parts.
func small() recording {
	return recording{
		tiers:   []string{"test", "train", "validation", "test", "train", "test", "train", "final_test", "test", "train", "validation", "test", "none", "final_test", "train", "test"},
		ids:     []int{71, 1, 50, 70, 2, 71, 3, 90, 71, 4, 51, 70, 0, 90, 5, 72},
		neurons: 5, channels: 1, animal: 21067,
	}
}

func pixel(id, y, x, c int) float32 {
	return float32(id) + float32(y)/8 + float32(x)/64 + float32(c)/512
}
func (r recording) response(trial, j int) float32 { return float32(trial) + float32(r.first+j)/128 }
func covariate(trial, k int) float32              { return float32(1+trial) + float32(k)/8 }

// files makes the .npy files of a tree.
func (r recording) files(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, a := range r.arrays() {
		files[name] = npy(t, a)
	}
	return files
}

func npy(t testing.TB, a array.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := array.Encode(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (r recording) arrays() map[string]array.Array {
	shape := []int{height, width}
	if r.channels > 0 {
		shape = []int{r.channels, height, width}
	}
	arrays := map[string]array.Array{}
	for trial, id := range r.ids {
		var image []float32
		for c := range max(1, r.channels) {
			for y := range height {
				for x := range width {
					image = append(image, pixel(id, y, x, c))
				}
			}
		}
		responses := make([]float32, r.neurons)
		for j := range responses {
			responses[j] = r.response(trial, j)
		}
		arrays[fmt.Sprintf("data/images/%d.npy", trial)] = array.New(image, shape...)
		arrays[fmt.Sprintf("data/responses/%d.npy", trial)] = array.New(responses)
		arrays[fmt.Sprintf("data/behavior/%d.npy", trial)] = array.New([]float32{covariate(trial, 0), covariate(trial, 1), covariate(trial, 2)}, 1, 3)
		arrays[fmt.Sprintf("data/pupil_center/%d.npy", trial)] = array.New([]float64{float64(covariate(trial, 3)), float64(covariate(trial, 4))})
	}
	ids, animals, sessions, scans := make([]int, r.neurons), make([]int, r.neurons), make([]int, r.neurons), make([]int, r.neurons)
	layers, positions := make([]string, r.neurons), make([]float64, 0, 3*r.neurons)
	for j := range r.neurons {
		n := r.first + j
		ids[j], animals[j], sessions[j], scans[j], layers[j] = 1000+n, r.animal, 10, 18, "L2/3"
		positions = append(positions, float64(n), float64(n)+0.25, -float64(n))
	}
	arrays["meta/trials/tiers.npy"] = array.New(r.tiers)
	arrays["meta/trials/frame_image_id.npy"] = array.New(r.ids)
	arrays["meta/trials/frame_image_class.npy"] = array.New(slices.Repeat([]string{"imagenet"}, len(r.ids)))
	arrays["meta/trials/trial_idx.npy"] = array.New(r.ids)
	arrays["meta/neurons/unit_ids.npy"] = array.New(ids)
	arrays["meta/neurons/animal_ids.npy"] = array.New(animals)
	arrays["meta/neurons/sessions.npy"] = array.New(sessions)
	arrays["meta/neurons/scan_idx.npy"] = array.New(scans)
	arrays["meta/neurons/layer.npy"] = array.New(layers)
	arrays["meta/neurons/cell_motor_coordinates.npy"] = array.New(positions, r.neurons, 3)
	arrays["meta/statistics/responses/all/std.npy"] = array.New(make([]float32, r.neurons))
	arrays["meta/statistics/images/all/mean.npy"] = array.Scalar(float32(0))
	return arrays
}

// folder writes the files and returns the folder's path.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "mouse")
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// zipped packs the files below root, every other one deflated.
func zipped(t testing.TB, root string, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, name := range slices.Sorted(maps.Keys(files)) {
		method := zip.Store
		if i%2 == 0 {
			method = zip.Deflate
		}
		m, err := w.CreateHeader(&zip.FileHeader{Name: root + name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// place writes an archive and returns its path.
func place(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mouse.zip")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return sensorium.Open(spec)
}

func mustOpen(t testing.TB, text string) *datasets.Dataset {
	t.Helper()
	d, err := open(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func oneLine(t testing.TB, name string, err error, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 900 {
			t.Errorf("%s: error %q, want %q in one short line", name, fmt.Sprint(err), want)
		}
	}
}
