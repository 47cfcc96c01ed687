package allen

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
)

// Paths in an experiment's file (NWB version 1).
const (
	pipeline  = "processing/brain_observatory_pipeline/"
	traceData = pipeline + "DfOverF/imaging_plane_1/data"
	traceTime = pipeline + "DfOverF/imaging_plane_1/timestamps"
	cellIDs   = pipeline + "ImageSegmentation/cell_specimen_ids"
	speedData = pipeline + "BehavioralTimeSeries/running_speed/data"
	speedTime = pipeline + "BehavioralTimeSeries/running_speed/timestamps"
	template  = "stimulus/templates/natural_scenes_image_stack/data"
	sessionID = "general/session_id"
	depth     = "general/optophysiology/imaging_plane_1/imaging depth"
)

// presentation lists the possible folders of the table of presentations; later files omit the ending.
var presentation = []string{"stimulus/presentation/natural_scenes_stimulus/", "stimulus/presentation/natural_scenes/"}

// Limits far above any experiment: without them a short file could cause endless work.
const (
	mostFrames  = 1000 // of a window
	mostRepeats = 1000 // of a scene
)

// window is the part of the trace that counts as the response to a presentation, in imaging frames (30 per second).
type window struct {
	from     int // after the scene appears
	frames   int // 0 means twice the presentation
	baseline int // frames before the scene whose mean is subtracted; 0 for none
}

// experiment is the content of a file.
type experiment struct {
	scenes    datasets.Images
	shown     [][2]int    // scene and first frame of each presentation, without grey screens
	lengths   []int       // of each presentation, in frames
	responses [][]float32 // of each presentation
	speed     []float32   // of each presentation
	neurons   []datasets.Neuron
}

// file reads arrays until the first error.
type file struct {
	*hdf5file.File
	path  string
	names []string
	err   error
}

func (f *file) has(name string) bool { return slices.Contains(f.names, name) }

func (f *file) fail(name, format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %s: %s", f.path, name, fmt.Sprintf(format, args...))
	}
}

// read reads an array that has one of the accepted numbers of dimensions and no dimension of length 0.
func (f *file) read(name string, dims ...int) (a array.Array) {
	if f.err != nil {
		return a
	}
	if !f.has(name) {
		f.fail(name, "not in the file, want an experiment of the Allen Brain Observatory in which natural scenes were shown (three_session_B)")
		return a
	}
	info, err := f.Info(name)
	if err != nil {
		f.err = err
		return a
	}
	if len(dims) > 0 && (!slices.Contains(dims, len(info.Shape)) || slices.Contains(info.Shape, 0)) {
		f.fail(name, "shape %s, want %d dimensions, every length above 0", array.FormatShape(info.Shape), dims[0])
		return a
	}
	if a, err = f.Read(name); err != nil {
		f.err = err
	}
	return a
}

func (f *file) floats(name string, dims ...int) ([]int, []float32) {
	a := f.read(name, dims...)
	if f.err != nil {
		return nil, nil
	}
	values, err := a.Float32s()
	if err != nil {
		f.fail(name, "%v", err)
		return nil, nil
	}
	scale, offset := f.attribute(name, "conversion", 1), f.attribute(name, "offset", 0)
	if scale != 1 || offset != 0 {
		for i, v := range values {
			values[i] = float32(float64(v)*scale + offset)
		}
	}
	return a.Shape, values
}

// attribute reads a number that says how stored values become those of the unit. NaN and a conversion of 0 say that it is not known.
func (f *file) attribute(name, attribute string, otherwise float64) float64 {
	a, ok, err := f.Attribute(name, attribute)
	if err != nil || !ok {
		if f.err == nil {
			f.err = err
		}
		return otherwise
	}
	v, err := a.Float64s()
	switch {
	case err != nil || len(v) != 1 || math.IsInf(v[0], 0):
		f.fail(name, "attribute %s is %.40q, want a number", attribute, fmt.Sprint(a.Data))
	case v[0] == v[0] && (v[0] != 0 || otherwise == 0):
		return v[0]
	}
	return otherwise
}

func (f *file) ints(name string, dims ...int) ([]int, []int) {
	a := f.read(name, dims...)
	if f.err != nil {
		return nil, nil
	}
	values, err := a.Ints()
	if err != nil {
		f.fail(name, "%v", err)
	}
	return a.Shape, values
}

// openExperiment reads an experiment's file.
func openExperiment(path string, w window, test int, seed uint64) (*datasets.Dataset, error) {
	h, err := hdf5file.Open(path)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	f := &file{File: h, path: path}
	f.names, f.err = h.Names()
	e := f.experiment(w)
	if f.err != nil {
		return nil, f.err
	}
	d, err := e.dataset(test, seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, template, err)
	}
	return d, nil
}

func (f *file) experiment(w window) *experiment {
	e := &experiment{}
	e.presentations(f, w)
	shape, traces := f.floats(traceData, 2)
	if f.err != nil {
		return e
	}
	cells, frames := shape[0], shape[1]
	speed := f.speed(frames)
	for k, p := range e.shown {
		start := p[1]
		if start > frames {
			f.fail(traceData, "%d frames, presentation %d starts at frame %d", frames, k, start)
			return e
		}
		response := make([]float32, cells)
		for c := range response {
			response[c] = w.mean(traces[c*frames:(c+1)*frames], start, e.lengths[k])
		}
		e.responses = append(e.responses, response)
		if speed != nil {
			without := w
			without.baseline = 0
			e.speed = append(e.speed, without.mean(speed, start, e.lengths[k]))
		}
	}
	e.describe(f, cells)
	shape, pixels := f.floats(template, 3)
	if f.err != nil {
		return e
	}
	e.scenes = datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: 1, Pixels: pixels}
	count := make([]int, e.scenes.N)
	for k, p := range e.shown {
		if p[0] >= e.scenes.N {
			f.fail(template, "%d scenes, presentation %d shows scene %d", e.scenes.N, k, p[0])
			return e
		}
		if count[p[0]]++; count[p[0]] > mostRepeats {
			f.fail(template, "scene %d was shown more than %d times", p[0], mostRepeats)
			return e
		}
	}
	return e
}

// dataset groups presentations by scene.
func (e *experiment) dataset(test int, seed uint64) (*datasets.Dataset, error) {
	of := make([][]int, e.scenes.N) // presentations of each scene
	for k, p := range e.shown {
		of[p[0]] = append(of[p[0]], k)
	}
	for scene, shown := range of {
		if len(shown) == 0 {
			return nil, fmt.Errorf("scene %d was never shown", scene)
		}
	}
	if test > e.scenes.N-2 {
		return nil, fmt.Errorf("%d scenes for testing of %d, want option test to leave at least 2", test, e.scenes.N)
	}
	split, err := datasets.NewSplit(e.scenes, valShare, float64(test)/float64(e.scenes.N), seed)
	if err != nil {
		return nil, err
	}
	d := &datasets.Dataset{Split: split, Neurons: e.neurons}
	d.Train, d.Val = e.averages(of, split.TrainIndex), e.averages(of, split.ValIndex)
	d.Test = e.repeats(of, split.TestIndex)
	return d, nil
}
