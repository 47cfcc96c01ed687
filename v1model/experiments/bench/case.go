package bench

import (
	"fmt"
	"math"
	"strings"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// Case is one problem to measure on: a preset, and the sizes of data and batch.
type Case struct {
	Name    string `json:"name"`
	Preset  string `json:"preset"` // or a file of a config
	Height  int    `json:"height"` // of the images, pixels
	Width   int    `json:"width"`
	Neurons int    `json:"neurons"`
	Images  int    `json:"images"` // in the training part
	Batch   int    `json:"batch"`

	Sessions int `json:"sessions,omitempty"` // with so many neurons and images each; absent for one

	Set []string `json:"set,omitempty"` // changes to the preset's config, as in core.features=8,8,8
}

// sizes lists the cases that have a name: the simulated default, and the paper's core on images of its size.
var sizes = []Case{
	{Name: "quickstart", Preset: "quickstart", Height: 24, Width: 24, Neurons: 150, Images: 512, Batch: 128},
	{Name: "paper", Preset: "ecker2019-n16", Height: 36, Width: 64, Neurons: 1000, Images: 512, Batch: 128},
}

// SizeNames lists the accepted names of sizes.
func SizeNames() []string {
	var names []string
	for _, c := range sizes {
		names = append(names, c.Name)
	}
	return names
}

// Cases combines sizes with numbers of neurons and batches; empty lists stand for the sizes' own. config is a preset or a file, the model of all cases; if it
// is empty, each size has its own. Settings change every config. No sizes mean all, or with a config the one whose images it is for.
func Cases(config string, names []string, neurons, batches []int, settings []string) ([]Case, error) {
	var cases []Case
	for _, name := range sizesFor(config, names) {
		size, err := caseOf(config, name, settings)
		if err != nil {
			return nil, err
		}
		for _, n := range orDefault(neurons, size.Neurons) {
			for _, b := range orDefault(batches, size.Batch) {
				c := size
				c.Neurons, c.Batch, c.Images = n, b, max(size.Images, 2*b)
				if n < 1 || b < 1 {
					return nil, fmt.Errorf("%d neurons in batches of %d; accepted: numbers from 1", n, b)
				}
				cases = append(cases, c)
			}
		}
	}
	return cases, nil
}

// sizesFor are the names of sizes to measure: those given, or all; with a config, that of the images that it is for.
func sizesFor(config string, names []string) []string {
	if len(names) > 0 {
		return names
	}
	if config == "" {
		return SizeNames()
	}
	if strings.HasPrefix(config, sizes[0].Name) {
		return []string{sizes[0].Name}
	}
	return []string{sizes[1].Name}
}

// caseOf is the case of a size with a config, or with that of the size if it is empty. A model that the size's images don't allow is an error.
func caseOf(config, name string, settings []string) (Case, error) {
	c, err := sizeOf(name)
	if err != nil {
		return c, err
	}
	c.Set = settings
	if config != "" {
		c.Name, c.Preset = fmt.Sprintf("%s, %s", config, name), config
	}
	resolved, err := c.config()
	if err != nil {
		return c, err
	}
	_, err = v1model.New(resolved, v1model.Shape{Height: c.Height, Width: c.Width, Channels: 1, Neurons: 1})
	return c, err
}

func sizeOf(name string) (Case, error) {
	for _, c := range sizes {
		if c.Name == name {
			return c, nil
		}
	}
	return Case{}, fmt.Errorf("size %q; accepted: %s", name, strings.Join(SizeNames(), ", "))
}

func orDefault(list []int, own int) []int {
	if len(list) == 0 {
		return []int{own}
	}
	return list
}

// config is the preset with the case's batch. What it says of batches from several sessions is left out of a case of one.
func (c Case) config() (v1model.Config, error) {
	config, err := v1model.Load(c.Preset, c.Set...)
	if err != nil {
		return config, err
	}
	config.Fit.Batch = c.Batch
	if c.Sessions == 1 {
		config.Fit.Sessions = ""
	}
	return config, config.Validate()
}

// data makes images of noise and neurons that rectify one pixel, of one session or several, with what the config needs beside: covariates and places on cortex.
// They need no normalisation, because times do not depend on the values.
func (c Case) data() (*datasets.Dataset, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	var sessions []*datasets.Dataset
	var names []string
	for k := range max(c.Sessions, 1) {
		stream := "bench"
		if k > 0 {
			stream = fmt.Sprintf("bench/%d", k)
		}
		d := c.session(stream)
		c.behave(d, stream, config.Covariates())
		sessions, names = append(sessions, d), append(names, sessionName(k))
	}
	return datasets.Together(sessions, names)
}

// behave adds covariates of every trial, if there are names of some, and the places of neurons.
func (c Case) behave(d *datasets.Dataset, stream string, names []string) {
	rng := weights.Stream(1, stream+"/behaviour")
	for n := range c.Neurons {
		d.Neurons = append(d.Neurons, datasets.Neuron{ID: fmt.Sprint(n), X: 300 * rng.Float64(), Y: 300 * rng.Float64(), Z: math.NaN()})
	}
	if len(names) == 0 {
		return
	}
	draw := func(n int) datasets.Covariates {
		v := datasets.Covariates{Names: names, Values: make([]float32, n*len(names))}
		for i := range v.Values {
			v.Values[i] = float32(rng.NormFloat64())
		}
		return v
	}
	d.Train.Covariates, d.Val.Covariates = draw(d.Train.Images.N), draw(d.Val.Images.N)
	d.Test.Covariates = d.Val.Covariates
}

// sessionName names a session of a case, counted from 0.
func sessionName(k int) string { return fmt.Sprintf("session%d", k) }

// session makes the data of one session with the random numbers of a stream.
func (c Case) session(stream string) *datasets.Dataset {
	rng := weights.Stream(1, stream)
	part := func(n int) datasets.Part {
		im := datasets.Images{N: n, Height: c.Height, Width: c.Width, Channels: 1, Pixels: make([]float32, n*c.Height*c.Width)}
		for i := range im.Pixels {
			im.Pixels[i] = float32(rng.NormFloat64())
		}
		r := datasets.Responses{N: n, Neurons: c.Neurons, Values: make([]float32, n*c.Neurons)}
		for i := range n {
			pixels, responses := im.At(i), r.At(i)
			for j := range responses {
				responses[j] = float32(rng.ExpFloat64()) * (0.3 + max(0, pixels[(7*j)%len(pixels)]))
			}
		}
		return datasets.Part{Images: im, Responses: r}
	}
	d := &datasets.Dataset{Spec: "noise", Train: part(c.Images), Val: part(min(c.Images, 256))}
	d.Test.Images, d.Test.Responses = d.Val.Images, datasets.Repeats{Repeats: 1, N: d.Val.Images.N, Neurons: c.Neurons, Values: d.Val.Responses.Values}
	return d
}
