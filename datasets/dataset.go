package datasets

import "v1lab/datasets/stats"

// Images holds n pictures as [n, height, width, channels], row-major, rows downwards.
type Images struct {
	N, Height, Width, Channels int
	Pixels                     []float32
}

// Size is the number of values in one picture.
func (im Images) Size() int { return im.Height * im.Width * im.Channels }

// At returns picture i as [height, width, channels]; the slice shares memory with im.
func (im Images) At(i int) []float32 { return im.Pixels[i*im.Size() : (i+1)*im.Size()] }

// Responses holds one trial per image as [n, neurons]. NaN means that the neuron was not recorded with the image.
type Responses struct {
	N, Neurons int
	Values     []float32
}

// At returns the population's responses to image i, [neurons]; the slice shares memory with r.
func (r Responses) At(i int) []float32 { return r.Values[i*r.Neurons : (i+1)*r.Neurons] }

// Means averages each neuron's recorded responses, [neurons]. A neuron without any has NaN.
func (r Responses) Means() []float32 {
	means, _ := stats.Columns(r.Values, r.Neurons)
	narrow := make([]float32, len(means))
	for n, m := range means {
		narrow[n] = float32(m)
	}
	return narrow
}

// Repeats holds repeated trials as [repeats, n, neurons]. A missing repeat is NaN: images may be repeated unequally often.
type Repeats struct {
	Repeats, N, Neurons int
	Values              []float32
}

// At returns the population's responses to image i in one repeat, [neurons]; the slice shares memory with r.
func (r Repeats) At(repeat, i int) []float32 {
	start := (repeat*r.N + i) * r.Neurons
	return r.Values[start : start+r.Neurons]
}

// Covariates holds what else was measured on every trial, such as running speed or pupil size: [n, names], in the test part
// [repeats, n, names]. NaN means unknown. Models may ignore covariates.
type Covariates struct {
	Names  []string
	Values []float32
}

// MeanAt writes the mean over the recorded repeats of image i to mean, [neurons]. A neuron without any has NaN.
func (r Repeats) MeanAt(i int, mean []float32) {
	sum, count := make([]float64, r.Neurons), make([]int, r.Neurons)
	for repeat := range r.Repeats {
		for j, v := range r.At(repeat, i) {
			if v == v {
				sum[j] += float64(v)
				count[j]++
			}
		}
	}
	for j := range mean {
		mean[j] = float32(sum[j] / float64(count[j])) // 0/0 gives NaN where nothing was recorded
	}
}

// Part is a split with one trial per image: training or validation.
type Part struct {
	Images     Images
	Responses  Responses
	Covariates Covariates // empty where the recording has none
}

// TestPart is the split with repeated trials.
type TestPart struct {
	Images     Images
	Responses  Repeats
	Covariates Covariates // empty where the recording has none
	Reported   Responses  // averages over the repeats as the file gives them, for Check to compare; empty where it gives none
	Expected   Responses  // responses without noise, the truth of simulated neurons, in the units of Responses; empty where unknown
}

// Neuron describes a cell as far as the recording does. Positions are in micrometres along the cortex (X, Y) and in depth (Z); NaN means
// unknown.
type Neuron struct {
	ID      string
	Session string
	Layer   string
	X, Y, Z float64
}

// Truth is the ground truth of a simulated population. Every slice is [neurons] except TypeNames and those of trials.
type Truth struct {
	TypeNames   []string  // name of each computation
	Type        []int     // index into TypeNames
	Orientation []float64 // preferred orientation in radians, counter-clockwise as displayed; NaN for a computation without one
	X, Y        []float64 // receptive-field centre in pixels: column, row

	// What behaviour did in every trial of training, validation and test part, [trials]; nil where nothing did, and after images or neurons were taken out.
	Train, Val, Test *TrialTruth
}

// TrialTruth is the true behaviour of a simulation, trial by trial; those of the test part are [repeats, images].
type TrialTruth struct {
	Gain  []float64 // multiplies the rate of every neuron, [trials]; nil: 1
	Shift []float64 // of every receptive field, in pixels to the right and down, [trials, 2]; nil: 0
}

// Dataset is a recording: one trial per image for training and validation, repeats for testing.
// The three splits agree in image size and in the order of neurons.
type Dataset struct {
	Spec          string         // the string it was opened with
	Train, Val    Part           //
	Test          TestPart       //
	Neurons       []Neuron       // nil, or one per neuron
	Truth         *Truth         // nil where unknown
	Preparation   Preparation    // nil where images and neurons are as recorded
	Normalisation *Normalisation // nil while values are raw
	Split         *Split         // nil where the file brings its own splits
	Notes         []Finding      // what a reader assumed or left out, for a person to see; Check lists them first
	Layout        *Layout        // nil where the format has only one
	Sessions      []*Dataset     // nil, or two or more sessions that hold the responses, whose Values are then nil in the three parts: see Together and Blocks
	Session       string         // name of a dataset that is one of several Sessions
}

// NumNeurons is the number of neurons recorded.
func (d *Dataset) NumNeurons() int { return d.Train.Responses.Neurons }
