package covariates

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Names of the variables, each [covariates], in the order of the model's list. They are measured on the training part and are not trained.
const (
	Mean = "covariates/mean"
	SD   = "covariates/sd"
)

// Names of the same over the training trials of each session, [sessions, covariates]. A model has them if a part of it is each session's own.
const (
	SessionMean = "covariates/session_mean"
	SessionSD   = "covariates/session_sd"
)

// Specs lists the variables of so many covariates, and of so many sessions if these have means and SDs of their own; 0 if they do not. They start at mean 0 and
// SD 1, which is right for values that are z-scores already.
func Specs(n, sessions int) []weights.Spec {
	if n == 0 {
		return nil
	}
	mean := weights.Spec{Name: Mean, Shape: []int{n}, Init: weights.Constant(0)}
	sd := weights.Spec{Name: SD, Shape: []int{n}, Init: weights.Constant(1)}
	specs := []weights.Spec{mean, sd}
	if sessions > 0 {
		mean.Name, sd.Name = SessionMean, SessionSD
		specs = append(specs, mean.OfSessions(sessions), sd.OfSessions(sessions))
	}
	return specs
}

// Start sets the variables to mean and SD over the training trials in which a covariate is known, and if bySession is set also over those of each of several
// sessions. It is an error, which names the covariates that there are, if the recording or one of its sessions lacks one of names, or if one never varies.
func Start(values weights.Values, data *datasets.Dataset, names []string, bySession bool) error {
	if len(names) == 0 {
		return nil
	}
	if err := Check(data, names); err != nil {
		return err
	}
	columns, err := Columns(data.Train.Covariates, names)
	if err != nil {
		return err
	}
	all := trialsOf{}
	for i := range len(columns) / len(names) {
		all.trials = append(all.trials, i)
	}
	means, sds, err := measure(columns, names, all)
	if err != nil {
		return err
	}
	values[Mean], values[SD] = array.New(means), array.New(sds)
	if !bySession || data.Sessions == nil {
		return nil
	}
	sessions := sessionsOf(data)
	var eachMean, eachSD []float32
	for _, s := range sessions {
		means, sds, err := measure(columns, names, s)
		if err != nil {
			return err
		}
		eachMean, eachSD = append(eachMean, means...), append(eachSD, sds...)
	}
	values[SessionMean], values[SessionSD] = array.New(eachMean, len(sessions), len(names)), array.New(eachSD, len(sessions), len(names))
	return nil
}

// measure returns mean and SD of columns [trials, names] over some training trials, those in which they are known.
func measure(columns []float32, names []string, over trialsOf) (means, sds []float32, err error) {
	means, sds = make([]float32, len(names)), make([]float32, len(names))
	for j, name := range names {
		n, sum, squares := 0.0, 0.0, 0.0
		for _, i := range over.trials {
			if v := float64(columns[i*len(names)+j]); v == v {
				n, sum = n+1, sum+v
			}
		}
		mean := sum / n
		for _, i := range over.trials {
			if v := float64(columns[i*len(names)+j]); v == v {
				squares += (v - mean) * (v - mean)
			}
		}
		means[j], sds[j] = float32(mean), float32(math.Sqrt(squares/n))
		if !(sds[j] > 0) || math.IsInf(float64(sds[j]), 0) {
			return nil, nil, fmt.Errorf("covariate %q: its SD over the training part%s is %g; accepted: one that varies and is finite", name, over.words(), sds[j])
		}
	}
	return means, sds, nil
}

// Columns selects covariates by name, [rows, names], in the order of names.
func Columns(c datasets.Covariates, names []string) ([]float32, error) {
	if len(names) == 0 {
		return nil, nil
	}
	at := make([]int, len(names))
	for j, name := range names {
		if at[j] = slices.Index(c.Names, name); at[j] < 0 {
			return nil, fmt.Errorf("covariate %q: not in the recording; accepted: %s", name, list(c.Names))
		}
	}
	width := len(c.Names)
	columns := make([]float32, 0, len(c.Values)/width*len(names))
	for row := 0; row+width <= len(c.Values); row += width {
		for _, j := range at {
			columns = append(columns, c.Values[row+j])
		}
	}
	return columns, nil
}

// Check returns an error if a covariate of these names is missing: in the recording, or in every training trial of one of its sessions.
func Check(data *datasets.Dataset, names []string) error {
	for _, part := range []struct {
		name string
		c    datasets.Covariates
	}{{"train", data.Train.Covariates}, {"val", data.Val.Covariates}, {"test", data.Test.Covariates}} {
		if _, err := Columns(part.c, names); err != nil {
			return fmt.Errorf("data %q: %s part: %w", data.Spec, part.name, err)
		}
	}
	columns, _ := Columns(data.Train.Covariates, names)
	for _, session := range sessionsOf(data) {
		for j, name := range names {
			known := slices.ContainsFunc(session.trials, func(i int) bool { v := columns[i*len(names)+j]; return v == v })
			if !known && len(session.trials) > 0 {
				return fmt.Errorf("data %q: covariate %q: not known in any training trial%s; accepted: %s", data.Spec, name, session.words(), list(knownIn(data.Train.Covariates, session.trials)))
			}
		}
	}
	return nil
}

// Missing counts the trials of the training part in which each covariate is not known, [names].
func Missing(c datasets.Covariates, names []string) ([]int, error) {
	columns, err := Columns(c, names)
	if err != nil {
		return nil, err
	}
	missing := make([]int, len(names))
	for i, v := range columns {
		if v != v {
			missing[i%len(names)]++
		}
	}
	return missing, nil
}

// trialsOf are the training trials of one session.
type trialsOf struct {
	session string
	trials  []int
}

func (s trialsOf) words() string {
	if s.session == "" {
		return ""
	}
	return fmt.Sprintf(" of session %q", s.session)
}

// sessionsOf divides the training trials by session: as the dataset does, or else by whose neurons have responses in them. A recording of one session has
// one entry, without a name.
func sessionsOf(data *datasets.Dataset) (sessions []trialsOf) {
	r := data.Train.Responses
	if data.Sessions != nil {
		next := 0
		for _, own := range data.Sessions {
			s := trialsOf{session: own.Session}
			for range own.Train.Responses.N {
				s.trials = append(s.trials, next)
				next++
			}
			sessions = append(sessions, s)
		}
		return sessions
	}
	var names []string
	var first []int // neuron of each session
	for n, neuron := range data.Neurons {
		if !slices.Contains(names, neuron.Session) {
			names, first = append(names, neuron.Session), append(first, n)
		}
	}
	if len(names) < 2 || len(data.Neurons) != r.Neurons {
		all := trialsOf{}
		for i := range r.N {
			all.trials = append(all.trials, i)
		}
		return []trialsOf{all}
	}
	for k, name := range names {
		s := trialsOf{session: name}
		for i := range r.N {
			if ownsTrial(r.At(i), data.Neurons, name, first[k]) {
				s.trials = append(s.trials, i)
			}
		}
		sessions = append(sessions, s)
	}
	return sessions
}

// ownsTrial tells whether a neuron of the session, from neuron first on, responded in a trial.
func ownsTrial(responses []float32, neurons []datasets.Neuron, session string, first int) bool {
	for n := first; n < len(neurons); n++ {
		if neurons[n].Session == session && isKnown(responses[n]) {
			return true
		}
	}
	return false
}

func isKnown(v float32) bool { return v == v }

// knownIn lists the covariates that are known in one of the trials.
func knownIn(c datasets.Covariates, trials []int) (names []string) {
	for j, name := range c.Names {
		if slices.ContainsFunc(trials, func(i int) bool { return isKnown(c.Values[i*len(c.Names)+j]) }) {
			names = append(names, name)
		}
	}
	return names
}

func list(names []string) string {
	if len(names) == 0 {
		return "none, it has no covariates"
	}
	return strings.Join(names, ", ")
}
