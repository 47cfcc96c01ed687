package simulated

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"v1lab/datasets"
)

// Config sets the size of a simulation. Default returns one that a small model learns on two processor cores.
type Config struct {
	Neurons       int      // about as many of each type
	Images        int      // training images, one trial each
	Val           int      // validation images, one trial each
	Test, Repeats int      // test images and trials of each
	Height, Width int      // of the images, in pixels
	SNR           float64  // typical variance of a neuron's expected response over images, divided by that of its noise
	Types         []string // of AllTypeNames
	Seed          uint64
	Sessions      int     // animals with so many neurons and images each, see Generate; 0 counts as 1
	Gain          float64 // SD over trials of the logarithm of a gain that multiplies all rates; 0: none
	Shift         float64 // SD over trials of eye movements, which shift all receptive fields, in pixels along each axis; 0: none
	habits        *habits // of the session; nil: those of all
	Behaviour     string  // how covariates follow from gain and shift in several sessions: Alike, also if empty, or Own
}

// Values of Config.Behaviour.
const (
	Alike = "alike" // in all sessions alike
	Own   = "own"   // in each session but the first in a way of its own, as animals and cameras differ
)

// Default returns the configuration of simulated: without options.
func Default() Config {
	return Config{
		Neurons: 150, Images: 4000, Val: 500, Test: 200, Repeats: 10, Height: 24, Width: 24,
		SNR: 0.5, Types: TypeNames(), Seed: 1,
	}
}

// Format describes simulated:, the only format without a file.
var Format = datasets.Format{
	Scheme: "simulated", Example: "simulated:?neurons=150&seed=1",
	Reads:   "simulated dead-leaves images and neurons of five known types, up to ten with `types=`, or of none with `types=continuum`",
	Options: options(Default()),
	Open:    Open, FromName: true,
}

func options(c Config) []datasets.Option {
	return []datasets.Option{
		{Name: "neurons", Default: strconv.Itoa(c.Neurons), Means: "number of neurons"},
		{Name: "images", Default: strconv.Itoa(c.Images), Means: "number of training images"},
		{Name: "val", Default: strconv.Itoa(c.Val), Means: "number of validation images"},
		{Name: "test", Default: strconv.Itoa(c.Test), Means: "number of test images"},
		{Name: "repeats", Default: strconv.Itoa(c.Repeats), Means: "presentations of each test image"},
		{Name: "height", Default: strconv.Itoa(c.Height), Means: "height of the images in pixels"},
		{Name: "width", Default: strconv.Itoa(c.Width), Means: "width of the images in pixels"},
		{Name: "snr", Default: strconv.FormatFloat(c.SNR, 'g', -1, 64), Means: "typical variance of a neuron's expected response over images, divided by that of its noise"},
		{Name: "types", Default: strings.Join(c.Types, ","), Means: "types of the neurons, of `" + strings.Join(AllTypeNames(), ",") + "`"},
		{Name: "seed", Default: strconv.FormatUint(c.Seed, 10), Means: "seed of images, neurons and noise"},
		{Name: "sessions", Default: "1", Means: "number of animals, `animal1` and so on, with so many neurons and images each; the first is the recording without the option"},
		{Name: "gain", Default: "0", Means: "SD over trials of the logarithm of a gain of all neurons, which follows from the covariates `pupil_dilation` and `running_speed`"},
		{Name: "shift", Default: "0", Means: "SD over trials of eye movements, in pixels along each axis, which follow from the covariates `pupil_x` and `pupil_y`"},
		{Name: "behaviour", Default: Alike, Means: "how covariates follow from gain and eye movements in several sessions: `alike`, or `own`, where each animal but the first has its own weights of pupil and running, and a camera of its own angle, scale and place"},
	}
}

// Open simulates the recording that spec describes. Options, all with defaults: neurons, images, val, test, repeats, height, width,
// snr, types (of AllTypeNames, separated by commas; TypeNames by default), seed, sessions, gain, shift and behaviour.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	c := Default()
	o := spec.Read()
	c.Neurons = o.Int("neurons", c.Neurons, 1)
	c.Images = o.Int("images", c.Images, 2)
	c.Val = o.Int("val", c.Val, 1)
	c.Test = o.Int("test", c.Test, 1)
	c.Repeats = o.Int("repeats", c.Repeats, 1)
	c.Height = o.Int("height", c.Height, patch)
	c.Width = o.Int("width", c.Width, patch)
	c.SNR = o.Float("snr", c.SNR, 1e-6, 1e6)
	c.Types = o.List("types", c.Types, AllTypeNames()...)
	c.Seed = o.Uint64("seed", c.Seed)
	c.Sessions = o.Int("sessions", 1, 1)
	c.Gain = o.Float("gain", c.Gain, 0, mostGain)
	c.Shift = o.Float("shift", c.Shift, 0, mostShift)
	c.Behaviour = o.Choice("behaviour", Alike, Alike, Own)
	if err := o.Done(); err != nil {
		return nil, err
	}
	if spec.Path != "" {
		return nil, fmt.Errorf("data %q: path %q, the simulator reads no file: want simulated:?option=value", spec, spec.Path)
	}
	return Generate(c)
}

// Validate returns an error that names the first field with an impossible value.
func (c Config) Validate() error {
	for _, f := range []struct {
		name         string
		value, least int
	}{
		{"neurons", c.Neurons, 1}, {"images", c.Images, 2}, {"val", c.Val, 1}, {"test", c.Test, 1}, {"repeats", c.Repeats, 1},
		{"height", c.Height, patch}, {"width", c.Width, patch}, {"types", len(c.Types), 1},
	} {
		if f.value < f.least {
			return fmt.Errorf("simulated: %s %d, want at least %d", f.name, f.value, f.least)
		}
	}
	if !(c.SNR > 0) {
		return fmt.Errorf("simulated: snr %v, want above 0", c.SNR)
	}
	if !(c.Gain >= 0 && c.Gain <= mostGain) {
		return fmt.Errorf("simulated: gain %v, want 0 to %d", c.Gain, mostGain)
	}
	if !(c.Shift >= 0 && c.Shift <= mostShift) {
		return fmt.Errorf("simulated: shift %v, want 0 to %d", c.Shift, mostShift)
	}
	if c.Behaviour == Own && (c.Sessions < 2 || c.Gain == 0 && c.Shift == 0) {
		return fmt.Errorf("simulated: behaviour=%s with %d sessions, gain %v and shift %v, want several sessions and one of gain and shift", Own, max(c.Sessions, 1), c.Gain, c.Shift)
	}
	if c.Behaviour != "" && c.Behaviour != Alike && c.Behaviour != Own {
		return fmt.Errorf("simulated: behaviour %q, want %s or %s", c.Behaviour, Alike, Own)
	}
	if least := patch + 2*c.margin(); c.Height < least || c.Width < least {
		return fmt.Errorf("simulated: images of %dx%d, want at least %dx%d with shift %v", c.Height, c.Width, least, least, c.Shift)
	}
	for _, name := range c.Types {
		if !slices.Contains(AllTypeNames(), name) {
			return fmt.Errorf("simulated: type %q, want %s", name, strings.Join(AllTypeNames(), ", "))
		}
	}
	return nil
}

// Generate simulates images, population and trials. The dataset is raw: grey levels from 0 to 255, spike counts.
//
// Several sessions have neurons, images and noise of their own, from seeds that follow from Config.Seed; the first has that seed itself.
func Generate(c Config) (*datasets.Dataset, error) {
	size := c.Height * c.Width
	if c.Sessions < 2 {
		return c.generate(func(_, n int) []float32 { return make([]float32, n*size) })
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	var room [3][]float32 // for the images of all sessions, part by part, which Together then leaves where they are
	for part, n := range []int{c.Images, c.Val, c.Test} {
		room[part] = make([]float32, c.Sessions*n*size)
	}
	take := func(part, n int) []float32 {
		taken := room[part][:n*size]
		room[part] = room[part][n*size:]
		return taken
	}
	var sessions []*datasets.Dataset
	var names []string
	for k := range c.Sessions {
		one := c
		if k > 0 {
			one.Seed = random(c.Seed, sessionStream, k).Uint64()
			if c.Behaviour == Own {
				one.habits = ownHabits(one.Seed)
			}
		}
		d, err := one.generate(take)
		if err != nil {
			return nil, err
		}
		sessions, names = append(sessions, d), append(names, fmt.Sprintf("animal%d", k+1))
	}
	return datasets.Together(sessions, names)
}

// generate simulates one session. room returns memory for n images of training, validation and test part, 0 to 2.
func (c Config) generate(room func(part, n int) []float32) (*datasets.Dataset, error) {
	population, err := NewPopulation(c)
	if err != nil {
		return nil, err
	}
	d := &datasets.Dataset{Truth: population.Truth()}
	for i := range c.Neurons {
		d.Neurons = append(d.Neurons, population.describe(i))
	}
	trials := func(images datasets.Images, repeats int, noise stream) ([]float32, error) {
		if c.Gain > 0 || c.Shift > 0 {
			return population.behavingTrials(c, d, images, repeats, noise), nil
		}
		rates, err := population.Rates(images)
		if err != nil {
			return nil, err
		}
		return population.trials(rates, repeats, c.Seed, noise), nil
	}
	for k, p := range []struct {
		part  *datasets.Part
		n     int
		image stream
		noise stream
	}{{&d.Train, c.Images, trainImages, trainNoise}, {&d.Val, c.Val, valImages, valNoise}} {
		p.part.Images = deadLeaves(room(k, p.n), c.Height, c.Width, c.Seed, p.image)
		p.part.Responses = datasets.Responses{N: p.n, Neurons: c.Neurons}
		if p.part.Responses.Values, err = trials(p.part.Images, 1, p.noise); err != nil {
			return nil, err
		}
	}
	d.Test.Images = deadLeaves(room(2, c.Test), c.Height, c.Width, c.Seed, testImages)
	d.Test.Responses = datasets.Repeats{Repeats: c.Repeats, N: c.Test, Neurons: c.Neurons}
	if d.Test.Responses.Values, err = trials(d.Test.Images, c.Repeats, testNoise); err != nil {
		return nil, err
	}
	if d.Truth.Test == nil { // with behaviour, expected responses differ from trial to trial
		d.Test.Expected, err = population.Rates(d.Test.Images)
	}
	return d, err
}

// stream separates the uses of a seed, so that more random numbers for one do not change another.
type stream uint64

const (
	neuronStream stream = iota + 1
	orderStream
	trainImages
	valImages
	testImages
	trainNoise
	valNoise
	testNoise
	otherImages
	trainBehaviour
	valBehaviour
	testBehaviour
	sessionStream
	habitStream
)

// random returns the generator of one item (image, neuron, trial) in a stream. Every item has its own, so the order of work does not matter.
func random(seed uint64, s stream, item int) *rand.Rand {
	// SplitMix64's finaliser gives neighbouring items distant states.
	z := uint64(s)<<48 + uint64(item)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return rand.New(rand.NewPCG(seed, z^z>>31))
}

// parallel calls work for 0 to n-1 on all processors.
func parallel(n int, work func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}
