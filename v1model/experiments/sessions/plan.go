package sessions

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// Plan is what is fitted to which recordings.
type Plan struct {
	Recordings []string        // names, as in npz:monday.npz
	Models     []compare.Model // the first is compared with the others, and has the joint core
	Search     []float64       // values of readout.sparsity, of which each model's is chosen on each recording by validation loss; none: the models' own
	Seeds      int             // fits with the chosen value: seeds 1 to Seeds
	Dir        string          // for run folders, RECORDING/MODEL-seedK
}

// recording is one that models are fitted to.
type recording struct {
	name string
	data *datasets.Dataset // normalised
}

// check returns an error if the plan itself cannot be carried out.
func (p *Plan) check() error {
	switch {
	case len(p.Recordings) == 0:
		return errors.New("sessions: no recordings; at least 1 is needed")
	case len(p.Models) == 0:
		return errors.New("sessions: no models; at least 1 is needed")
	case p.Seeds < 1:
		return fmt.Errorf("sessions: %d seeds; at least 1 is needed", p.Seeds)
	}
	for i, s := range p.Search {
		if !(s >= 0) || slices.Contains(p.Search[:i], s) {
			return fmt.Errorf("sessions: readout.sparsity %g to search; accepted: different numbers of at least 0", s)
		}
	}
	return nil
}

// open opens all recordings, so that what is wrong with one is found before the first fit.
func (p *Plan) open() ([]recording, error) {
	names := Names(p.Recordings)
	var all []recording
	for i, spec := range p.Recordings {
		d, err := formats.Open(spec)
		if err != nil {
			return nil, err
		}
		if d, err = d.Dense(); err != nil { // the baseline and the bootstrap know one block of responses
			return nil, err
		}
		if d.ImagesMissing() || d.Val.Images.N == 0 || d.Test.Images.N == 0 {
			return nil, fmt.Errorf("data %q: %d, %d and %d images for training, validation and test; accepted: a recording with all three", spec, d.Train.Images.N, d.Val.Images.N, d.Test.Images.N)
		}
		shape := runfolder.Describe(d).Shape
		for _, m := range p.Models {
			if _, err := v1model.New(m.Config, shape); err != nil {
				return nil, fmt.Errorf("%s, data %q: %w", m.Name, spec, err)
			}
		}
		all = append(all, recording{names[i], d})
	}
	return all, nil
}

// Names returns short names of recordings, all different: the file's without its extension, else the scheme.
func Names(specs []string) []string {
	var names []string
	for _, s := range specs {
		spec, err := datasets.ParseSpec(s)
		name := s
		if err == nil {
			name = spec.Scheme
			if base := filepath.Base(spec.Path); spec.Path != "" && base != "." && base != string(filepath.Separator) {
				name = strings.TrimSuffix(base, filepath.Ext(base))
			}
		}
		whole := name
		for k := 2; slices.Contains(names, whole); k++ {
			whole = fmt.Sprintf("%s-%d", name, k)
		}
		names = append(names, whole)
	}
	return names
}

// conditions lists a model's fits to a recording: one for each value of the search, or one.
func (p *Plan) conditions(m compare.Model, d *datasets.Dataset) []grid.Condition {
	record := runfolder.Describe(d)
	data := func(uint64) runfolder.Dataset { return record }
	if len(p.Search) == 0 {
		return []grid.Condition{{Name: m.Name, Config: m.Config, Data: data}}
	}
	var all []grid.Condition
	for _, sparsity := range p.Search {
		c := grid.Condition{Name: fmt.Sprintf("%s-sparsity%g", m.Name, sparsity), Config: m.Config, Data: data}
		c.Config.Readout.Sparsity = sparsity
		all = append(all, c)
	}
	return all
}

// fitsOfModel is the number of fits of one model to one recording.
func (p *Plan) fitsOfModel() int { return max(len(p.Search), 1) + p.Seeds - 1 }
