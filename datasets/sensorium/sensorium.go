package sensorium

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
)

// valShare is the share of the training part that becomes the validation part if a recording has none.
const valShare = 0.1

// config holds the options.
type config struct {
	train, val, test []string // tiers
	seed             uint64
}

// Format describes sensorium:PATH.
var Format = datasets.Format{
	Scheme: "sensorium", Example: "sensorium:mouse.zip",
	Reads: "the file tree of Lurz 2020 and Sensorium 2022, folder or zip; several sessions joined by commas",
	Options: []datasets.Option{
		{Name: "train", Default: "train", Means: "tiers of the training part, joined by commas"},
		{Name: "val", Default: "validation", Means: "tiers of the validation part; `none` splits a tenth off the training part"},
		{Name: "test", Default: "test", Means: "tiers of the test part; other tiers are `final_test` and `live_test`"},
		{Name: "seed", Default: "1", Means: "seed of the validation part that is split off"},
	},
	Open: Open, Joins: true,
}

// Open reads the sessions at spec.Path, a folder or archive or several joined by commas.
//
// Options: train, val and test name the tiers of each part, several joined by commas (default train, validation and test; others are
// final_test and live_test). Without a trial in the default validation tier, or with val=none, seed splits off a tenth of the training part.
// Responses of a test tier that are all 0 are withheld, as in the competition's recordings, and become NaN; if the tier has no others, that
// is an error. Covariates that are all 0 are dropped.
//
// Open checks that images of trials in the parts agree in shape, and that images of repeats are equal. Trials come in numerical order, test
// images in the order of their first trial. Sessions are kept apart as by datasets.Together. Errors name the file and what is wrong in it.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	c, err := options(spec)
	if err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("sensorium: no path, want sensorium:FOLDER or sensorium:FILE.zip, several joined by commas")
	}
	paths := []string{spec.Path}
	if _, err := os.Stat(spec.Path); err != nil {
		paths = strings.Split(spec.Path, ",")
	}
	var sessions []*datasets.Dataset
	var names []string
	for _, path := range paths {
		d, name, err := openSession(path, c)
		if err != nil {
			return nil, err
		}
		if i := slices.Index(names, name); i >= 0 {
			return nil, fmt.Errorf("%s: session %s as in %s, want each session once", path, name, paths[i])
		}
		sessions, names = append(sessions, d), append(names, name)
	}
	if sessions, err = validated(sessions, paths, c.seed); err != nil {
		return nil, err
	}
	d := sessions[0]
	if len(sessions) > 1 {
		if d, err = datasets.Together(sessions, names); err != nil {
			return nil, fmt.Errorf("%s: %w", spec.Path, err)
		}
		if d.Val.Images.N == 0 {
			if err := datasets.SplitValidation(d, valShare, c.seed); err != nil {
				return nil, fmt.Errorf("%s: %w", spec.Path, err)
			}
		}
	}
	if !slices.ContainsFunc(d.Blocks(), func(s *datasets.Dataset) bool { return !allMissing(s.Test.Responses.Values) }) {
		return nil, fmt.Errorf("%s: data/responses: all 0 in tier %s: withheld, as in the competition's recordings; choose another, for example by test=validation&val=none",
			spec.Path, strings.Join(c.test, ","))
	}
	return d, nil
}

// validated splits off the validation part of sessions that have none. If no session has one, this is left until they are joined,
// so that a single split is recorded.
func validated(sessions []*datasets.Dataset, paths []string, seed uint64) ([]*datasets.Dataset, error) {
	without := 0
	for _, d := range sessions {
		if d.Val.Images.N == 0 {
			without++
		}
	}
	if without == len(sessions) && len(sessions) > 1 {
		return sessions, nil
	}
	for i, d := range sessions {
		if d.Val.Images.N > 0 {
			continue
		}
		if err := datasets.SplitValidation(d, valShare, seed); err != nil {
			return nil, fmt.Errorf("%s: data/images: %w", paths[i], err)
		}
	}
	return sessions, nil
}

func options(spec datasets.Spec) (config, error) {
	o := spec.Read()
	// Only the recording knows its tiers.
	tiers := func(name, fallback string) []string {
		return o.List(name, []string{fallback}, strings.Split(spec.Options.Get(name), ",")...)
	}
	c := config{train: tiers("train", "train"), val: tiers("val", "validation"), test: tiers("test", "test"), seed: o.Uint64("seed", 1)}
	if err := o.Done(); err != nil {
		return c, err
	}
	if slices.Equal(c.val, []string{"none"}) {
		c.val = nil
	}
	for i, tier := range slices.Concat(c.train, c.val, c.test) {
		if slices.Contains(slices.Concat(c.train, c.val, c.test)[:i], tier) {
			return c, fmt.Errorf("data %q: tier %q is in two parts, want each in one; val=none splits a validation part off the training part", spec, tier)
		}
	}
	return c, nil
}

// openSession reads one session and returns its name: animal-session-scan if the tree knows them, otherwise that of the file.
func openSession(path string, c config) (*datasets.Dataset, string, error) {
	t, err := openTree(path)
	if err != nil {
		return nil, "", err
	}
	defer t.close()
	s, err := plan(t, c)
	if err != nil {
		return nil, "", err
	}
	d, err := s.load()
	if err != nil {
		return nil, "", err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".zip")
	if d.Neurons, err = t.neurons(d.NumNeurons(), name); err != nil {
		return nil, "", err
	}
	return d, d.Neurons[0].Session, nil
}

func allMissing(values []float32) bool {
	return !slices.ContainsFunc(values, func(v float32) bool { return v == v })
}
