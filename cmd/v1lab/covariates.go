package main

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/fitted"
)

// trainingMeans is the word for covariates at their training means.
const trainingMeans = "mean"

// sayBehaviour says at which covariates a run is computed, if it takes any.
func (a *app) sayBehaviour(run *fitted.Run) error {
	words, err := run.Behaviour()
	if err == nil && words != "" {
		a.sayf("%s", words)
	}
	return err
}

// sayMissing says how many training trials lack a covariate that a fit uses.
func (a *app) sayMissing(d *datasets.Dataset, config v1model.Config) {
	names := config.Covariates()
	if len(names) == 0 {
		return
	}
	missing, err := covariates.Missing(d.Train.Covariates, names)
	if err != nil {
		return // the fit names it
	}
	if d.Sessions != nil {
		a.sayf("covariates %s: %s", strings.Join(names, ", "), sharedWords(config, len(d.Sessions)))
	}
	for j, n := range missing {
		if n > 0 {
			a.sayf("covariate %s: not known in %d of %d training trials, where it counts as its training mean", datasets.Printable(names[j]), n, d.Train.Responses.N)
		}
	}
}

// sharedWords says what the sessions of a fit share of behaviour, and what each has for itself.
func sharedWords(c v1model.Config, sessions int) string {
	each := func(own bool) string {
		if own {
			return fmt.Sprintf("for each of %d sessions, with mean and SD of each covariate in that session", sessions)
		}
		return fmt.Sprintf("for all %d sessions, with one mean and SD of each covariate over all their trials", sessions)
	}
	one := func(own bool) string { return map[bool]string{true: "a ", false: "one "}[own] }
	m, s := c.Modulation, c.Shifter
	switch {
	case !s.Active():
		return one(m.Each()) + "modulation " + each(m.Each())
	case !m.Active():
		return one(s.Each()) + "shifter " + each(s.Each())
	case m.Each() == s.Each():
		return one(m.Each()) + "modulation and " + one(s.Each()) + "shifter " + each(m.Each())
	}
	return one(m.Each()) + "modulation " + each(m.Each()) + "; " + one(s.Each()) + "shifter " + each(s.Each())
}

// covariatesFor reads --covariates for so many images: "mean", a file, or NAME=VALUE,... for all images alike. What is not given is NaN, for the training
// mean. It says what was assumed.
func (a *app) covariatesFor(run *fitted.Run, given []string, images int) (c datasets.Covariates, err error) {
	c.Names = run.Config.Covariates()
	if len(c.Names) == 0 {
		if len(given) > 0 {
			return c, usagef("--covariates: %s; run %s takes none (modulation.kind and shifter.kind are none)", strings.Join(given, ","), run.Path)
		}
		return c, nil
	}
	c.Values = slices.Repeat([]float32{float32(math.NaN())}, images*len(c.Names))
	set := make([]bool, len(c.Names))
	put := func(name, where string, value func(i int) float32) error {
		j := slices.Index(c.Names, name)
		if j < 0 {
			return fmt.Errorf("--covariates: %s%q; accepted: %s", where, name, strings.Join(c.Names, ", "))
		}
		if set[j] {
			return fmt.Errorf("--covariates: %s%q is given twice", where, name)
		}
		set[j] = true
		for i := range images {
			if c.Values[i*len(c.Names)+j] = value(i); math.IsInf(float64(value(i)), 0) {
				return fmt.Errorf("--covariates: %s%q of image %d is %v; accepted: finite numbers, NaN for the training mean", where, name, i, value(i))
			}
		}
		return nil
	}
	for _, text := range given {
		name, number, pair := strings.Cut(text, "=")
		switch {
		case text == trainingMeans && len(given) == 1:
		case pair:
			v, err := strconv.ParseFloat(number, 32)
			if err != nil {
				return c, usagef("--covariates: %q; accepted: NAME=NUMBER", text)
			}
			if err := put(name, "", func(int) float32 { return float32(v) }); err != nil {
				return c, wrong{err}
			}
		case len(given) == 1:
			if err := readCovariates(text, c.Names, images, put); err != nil {
				return c, err
			}
		default:
			return c, usagef("--covariates: %q; accepted: NAME=VALUE,..., one file, or %s", text, trainingMeans)
		}
	}
	return c, a.sayAssumed(run, c, set)
}

// sayAssumed says which covariates are at their training means.
func (a *app) sayAssumed(run *fitted.Run, c datasets.Covariates, set []bool) error {
	m, w, err := run.Fitted()
	if err != nil {
		return err
	}
	means, meaning := w.Float32(covariates.Mean), "its training mean"
	if m.BySession() {
		meaning = "its training mean, and for the neurons of a session with a gain or a shifter of its own that of the session"
	}
	if run.Dataset.Spec == "" {
		meaning = "the default of a model that was imported without its recording"
	}
	for j, name := range c.Names {
		unknown, rows := 0, len(c.Values)/len(c.Names)
		for i := range rows {
			if v := c.Values[i*len(c.Names)+j]; v != v {
				unknown++
			}
		}
		switch {
		case !set[j]:
			a.sayf("covariate %s: not given, %.6g for all images, %s", datasets.Printable(name), means[j], meaning)
		case unknown > 0:
			a.sayf("covariate %s: NaN for %d of %d images, where it is %.6g, %s", datasets.Printable(name), unknown, rows, means[j], meaning)
		}
	}
	return nil
}

// readCovariates reads a .npz archive with an array [images] for each name, or a .npy file [images, names] in the order of the run's covariates.
func readCovariates(path string, names []string, images int, put func(name, where string, value func(i int) float32) error) error {
	wrongShape := func(a array.Array, want string) error {
		return fmt.Errorf("--covariates: %s: shape %s; accepted: %s", path, array.FormatShape(a.Shape), want)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		table, err := array.ReadNPY(path)
		if err != nil {
			return err
		}
		values, err := table.Float32s()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if one := len(names) == 1 && slices.Equal(table.Shape, []int{images}); !one && !slices.Equal(table.Shape, []int{images, len(names)}) {
			return wrongShape(table, fmt.Sprintf("[%d, %d], a row for each image and a column for each of %s", images, len(names), strings.Join(names, ", ")))
		}
		for j, name := range names {
			if err := put(name, path+": ", func(i int) float32 { return values[i*len(names)+j] }); err != nil {
				return err
			}
		}
		return nil
	case ".npz":
		arrays, err := array.ReadNPZ(path)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(arrays)) {
			values, err := arrays[name].Float32s()
			if err != nil {
				return fmt.Errorf("%s: %s: %w", path, name, err)
			}
			if !slices.Equal(arrays[name].Shape, []int{images}) {
				return wrongShape(arrays[name], fmt.Sprintf("%s [%d], a value for each image", name, images))
			}
			if err := put(name, path+": ", func(i int) float32 { return values[i] }); err != nil {
				return err
			}
		}
		return nil
	}
	return usagef("--covariates: %q; accepted: NAME=VALUE,..., %s, or a file .npz or .npy", path, trainingMeans)
}
