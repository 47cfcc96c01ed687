package cadena2019

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/infile"
	"v1lab/datasets/internal/pickled"
)

// Shares in the authors' code: of all images for testing, and of the others for validation.
const (
	testShare = 0.2
	valShare  = 0.2
)

// types of images: photographs, and textures synthesised to match layers of VGG-19.
var types = []string{"original", "conv1", "conv2", "conv3", "conv4"}

// Format describes cadena2019:FILE.
var Format = datasets.Format{
	Scheme: "cadena2019", Example: "cadena2019:data.pkl",
	Reads: "macaque V1 of Cadena et al. 2019, pickle or .npz",
	Options: []datasets.Option{
		{Name: "types", Means: "kinds of images to keep, of `original` and `conv1` to `conv4`, joined by commas; without it all of them"},
		{Name: "incomplete", Default: "keep", Means: "`drop` leaves out the neurons that were not recorded with every training image"},
		{Name: "seed", Default: "1", Means: "seed of the validation part"},
	},
	Open: Open, Sessions: datasets.SessionsIn(".pkl", ".npz"),
}

// Open reads the file at spec.Path. Options: seed of the validation part; types, the list of the kinds of images to keep, of original and
// conv1 to conv4 (default: all); incomplete=drop drops the neurons that were not recorded with every training image, whose missing responses
// are otherwise NaN. Responses are spike counts per presentation. Errors name the file and the array.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	kept := options.List("types", nil, types...)
	drop := options.Choice("incomplete", "keep", "keep", "drop") == "drop"
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("cadena2019: no file, want cadena2019:FILE.pkl or FILE.npz")
	}
	names := []string{"images", "responses", "repetitions", "is_realresponse", "subject_id"}
	if kept != nil {
		names = append(names, "image_types")
	}
	arrays, err := read(spec.Path, names)
	if err != nil {
		return nil, err
	}
	d, err := assemble(arrays, kept, drop, seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Path, err)
	}
	return d, nil
}

// read reads the named arrays that exist.
func read(path string, names []string) (map[string]array.Array, error) {
	start, err := beginning(path)
	if err != nil {
		return nil, err
	}
	if start != "PK" {
		return pickled.Arrays(path, pickled.Dictionary, names...)
	}
	found, err := array.KeysNPZ(path)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(found, name) })
	if len(names) == 0 {
		return nil, nil
	}
	return array.ReadNPZ(path, names...)
}

// beginning returns the first two bytes, "PK" for an archive.
func beginning(path string) (string, error) {
	file, err := infile.Open(path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	start := make([]byte, 2)
	n, _ := io.ReadFull(file, start) // the pickle reader reports files that are too short
	return string(start[:n]), nil
}

// assemble makes the dataset.
func assemble(arrays map[string]array.Array, kept []string, drop bool, seed uint64) (*datasets.Dataset, error) {
	images, err := readImages(arrays)
	if err != nil {
		return nil, err
	}
	responses, err := readResponses(arrays, images.N)
	if err != nil {
		return nil, err
	}
	train := int(float64(images.N) * (1 - testShare))
	if train < 2 {
		return nil, fmt.Errorf("images: %d, want at least 3", images.N)
	}
	index := make([]int, images.N)
	for i := range index {
		index[i] = i
	}
	if kept != nil {
		a, ok := arrays["image_types"]
		if !ok || a.Type() != "str" || a.Len() != images.N {
			return nil, fmt.Errorf("image_types: want a text for each of %d images, which the option types needs", images.N)
		}
		words := a.Strings()
		index = slices.DeleteFunc(index, func(i int) bool { return !slices.Contains(kept, words[i]) })
	}
	cut, _ := slices.BinarySearch(index, train)
	if cut < 2 || cut == len(index) {
		return nil, fmt.Errorf("image_types: %d of %s for training and %d for testing, want at least 2 and 1", cut, strings.Join(kept, ","), len(index)-cut)
	}
	d := &datasets.Dataset{Neurons: sessions(arrays, responses.Neurons)}
	d.Train.Images, d.Train.Responses = pick(images, index[:cut]), average(responses, index[:cut])
	d.Test.Images, d.Test.Responses = pick(images, index[cut:]), repeats(responses, index[cut:])
	if drop {
		if err := dropIncomplete(d); err != nil {
			return nil, err
		}
	}
	if err := datasets.SplitValidation(d, valShare, seed); err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	return d, nil
}
