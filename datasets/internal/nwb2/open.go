package nwb2

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/hdf5file"
)

// Options lists the options that Open reads.
func Options() []datasets.Option {
	return []datasets.Option{
		{Name: "stimulus", Means: "path of the IndexSeries, the table of intervals or the ImageSeries that tells what was shown when, or the end of the path"},
		{Name: "responses", Means: "path of the RoiResponseSeries or the Units table, or the end of the path; several RoiResponseSeries, such as one for each plane, joined by commas"},
		{Name: "window", Default: "from each onset to the next", Means: "`FROM,TO`: seconds after the onset between which a trace is averaged or spikes are counted"},
		{Name: "image", Means: "tables: column that names the image, its index, or a reference to it"},
		{Name: "images", Means: "tables: path of the Images or ImageSeries that the column means, or the end of the path"},
		{Name: "split", Default: "split, tier, tiers or partition", Means: "tables: column that says of each presentation which part it is of, `train`, `validation` or `test`; `none` draws the parts"},
		{Name: "first", Default: "0", Means: "`1`: indices of images count from 1"},
		{Name: "order", Means: "`names`: Images without order_of_images count in alphabetical order; without it only numbered names are accepted"},
		{Name: "image_axes", Default: "hw", Means: "`wh`: images are stored as `[width, height]`"},
		{Name: "runs", Means: "`merge`: entries of one image that follow each other are one presentation; `each`: every entry is one"},
		{Name: "covariates", Default: "running and pupil", Means: "paths of TimeSeries, or ends of paths, joined by commas; `none`"},
		{Name: "test", Means: "number of test images, which keep every presentation as a repeat; without it the images shown more than once if they are the minority, otherwise 15 %"},
		{Name: "seed", Default: "1", Means: "seed of the draw of validation and test images"},
	}
}

// CheckOptions reports the first wrong option of a dataset's name.
func CheckOptions(spec datasets.Spec) error {
	_, err := readWishes(spec)
	return err
}

// wishes are the options of a dataset's name.
type wishes struct {
	stimulus, image, images string
	split                   string
	responses, covariates   []string // nil if not given
	from, to                float64  // window in seconds after the onset
	fixed                   bool     // whether the window was given
	first, test             int      // test is 0 if not given
	byName, turned          bool
	runs                    string
	seed                    uint64
}

func readWishes(spec datasets.Spec) (wishes, error) {
	o := spec.Read()
	list := func(name string) []string {
		if text := o.Text(name, ""); text != "" {
			return strings.Split(text, ",")
		}
		return nil
	}
	w := wishes{
		stimulus: o.Text("stimulus", ""), image: o.Text("image", ""), images: o.Text("images", ""), split: o.Text("split", ""), responses: list("responses"), covariates: list("covariates"),
		test: o.Int("test", 0, 1), seed: o.Uint64("seed", 1), runs: o.Choice("runs", "", "merge", "each"),
		byName: o.Choice("order", "", "names") != "", turned: o.Choice("image_axes", "hw", "hw", "wh") == "wh",
	}
	if o.Choice("first", "0", "0", "1") == "1" {
		w.first = 1
	}
	window := o.Text("window", "")
	if err := o.Done(); err != nil {
		return w, err
	}
	if window != "" {
		from, to, _ := strings.Cut(window, ",")
		var errs [2]error
		w.from, errs[0] = strconv.ParseFloat(from, 64)
		w.to, errs[1] = strconv.ParseFloat(to, 64)
		if w.fixed = true; errs[0] != nil || errs[1] != nil || !(w.from < w.to) || math.Abs(w.from) > mostSeconds || math.Abs(w.to) > mostSeconds {
			return w, fmt.Errorf("data %q: option window=%q, want FROM,TO in seconds after the onset, as in 0.05,0.5, FROM below TO", spec, window)
		}
	}
	return w, nil
}

// mostSeconds is the longest window that an option may ask for, in seconds.
const mostSeconds = 3600

// Version returns what a file says of itself: "2.6.0" of an NWB 2 file, "NWB-1.0.6" of an NWB 1 file, "" if nothing. Errors name the file.
func Version(path string) (string, error) {
	f, err := hdf5file.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	const name = "nwb_version"
	if a, ok, err := f.Attribute("/", name); err != nil {
		return "", err
	} else if ok {
		return strings.Join(a.Strings(), " "), nil
	}
	if _, ok, err := f.Target(name); err != nil || !ok {
		return "", err
	}
	a, err := f.Read(name)
	if err != nil {
		return "", err
	}
	return strings.Join(a.Strings(), " "), nil
}

// Is reports whether a version from Version is 2.
func Is(version string) bool { return strings.HasPrefix(version, "2.") || version == "2" }

// Open reads the file at spec.Path, which must be of version 2. Errors name the file and the object in it.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	w, err := readWishes(spec)
	if err != nil {
		return nil, err
	}
	h, err := hdf5file.Open(spec.Path)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	f, err := newFile(h, spec.Path)
	if err != nil {
		return nil, err
	}
	s, err := f.stimulus(w)
	if err != nil {
		return nil, err
	}
	spans, step, err := s.windows(f, w)
	if err != nil {
		return nil, err
	}
	r, err := f.population(w, spans, step)
	if err != nil {
		return nil, err
	}
	c, err := f.covariates(w, spans)
	if err != nil {
		return nil, err
	}
	pictures, err := s.images.read(f, w.turned)
	if err != nil {
		return nil, err
	}
	d, err := recording{file: f, stimulus: s, images: pictures, population: r, covariates: c}.dataset(w)
	if err != nil {
		return nil, err
	}
	d.Preparation = datasets.Preparation{{Window: step}}
	return d, nil
}
