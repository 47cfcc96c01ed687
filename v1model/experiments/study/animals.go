package study

import (
	"fmt"
	"math"

	"v1lab/datasets/stats"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/score"
)

// Animals is the part on one core for several animals against a core for each. It is made if it is asked for by name.
const Animals = "animals"

var animals = part{
	name: Animals, byName: true,
	fits: func(b *builder) {
		if b.plan.Animals == "" {
			if b.err == nil {
				b.err = fmt.Errorf("study: part %s: the sessions of %q are not known; accepted: Plan.Record, or the scale's own simulation", Animals, b.plan.Data)
			}
			return
		}
		m, n := b.models.equivariant(b.plan.Main), b.plan.NumAnimals
		joint := b.add(Condition{Name: jointName, Data: b.plan.Animals}, m)
		f := &joint.Config.Fit
		f.ValidateEvery, f.MaxSteps, f.Steps = f.ValidateEvery*n, f.MaxSteps*n, f.Steps*n // each animal has one batch in n
		if b.plan.recorded != nil {
			f.Sessions = v1model.RoundRobin
		}
		for k, name := range b.plan.animalNames() {
			b.add(Condition{Name: aloneName(k), Data: b.plan.sessionSpec(name)}, m)
		}
	},
	report: func(w *reporter, r *Report) { r.Animals, r.AnimalsNote = w.animals(), w.recordedNote() },
	tables: func(r *Report) []Table {
		if len(r.Animals) == 0 {
			return nil
		}
		return []Table{animalsTable(r)}
	},
}

// AnimalRow compares the neurons of one animal in a fit to all animals with the same neurons in a fit to theirs alone. Each Spread is over seeds, of the
// mean test correlation over neurons.
type AnimalRow struct {
	Animal  string          `json:"animal"` // name of the session
	Neurons int             `json:"neurons"`
	Joint   Spread          `json:"joint"`   // one core for all animals
	Alone   Spread          `json:"alone"`   // a core for this one
	Better  int             `json:"better"`  // seeds in which the one core is better
	Ceiling jsonfloat.Float `json:"ceiling"` // mean over neurons of the best possible test correlation; null without repeats

	JointFraction Spread `json:"joint_fraction"` // of the ceiling, over seeds; null without repeats
	AloneFraction Spread `json:"alone_fraction"`

	Tested int `json:"test_images,omitempty"`        // of a recording's session
	Shared int `json:"shared_test_images,omitempty"` // of those, that resemble a training image of another session
}

const jointName = "animals-joint"

func aloneName(k int) string { return fmt.Sprintf("animals-%d", k+1) }

// animalName is the name of a session of the simulator.
func animalName(k int) string { return fmt.Sprintf("animal%d", k+1) }

func (w *reporter) animals() (rows []AnimalRow) {
	joint, first := w.outcomes[jointName], 0
	for k, name := range w.animalNames() {
		alone := w.outcomes[aloneName(k)]
		n := len(alone[0].Corr)
		mean := func(from int) func(*Outcome) float64 {
			return func(o *Outcome) float64 { return stats.Mean(floats(o.Corr[from : from+n])) }
		}
		fraction := func(from int) func(*Outcome) float64 {
			return func(o *Outcome) float64 {
				f, err := score.FractionOfCeiling(floats(o.Corr[from:from+n]), floats(o.Ceilings[from:from+n]))
				if err != nil {
					return math.NaN() // both have one number for each neuron
				}
				return f
			}
		}
		row := AnimalRow{
			Animal: name, Neurons: n, Joint: spreadOver(joint, mean(first)), Alone: spreadOver(alone, mean(0)), Ceiling: jsonfloat.Float(stats.Mean(floats(alone[0].Ceilings))),
			JointFraction: spreadOver(joint, fraction(first)), AloneFraction: spreadOver(alone, fraction(0)),
		}
		if w.recorded != nil {
			row.Tested, row.Shared = w.recorded[k].tested, w.recorded[k].shared
		}
		for i, v := range row.Joint.Values {
			if v > row.Alone.Values[i] {
				row.Better++
			}
		}
		rows, first = append(rows, row), first+n
	}
	return rows
}

func floats(values []jsonfloat.Float) (f []float64) {
	for _, v := range values {
		f = append(f, float64(v))
	}
	return f
}

func animalsTable(r *Report) Table {
	t := Table{
		Title:  "One core for several animals",
		Note:   "Test correlation, mean over the neurons of each animal: one core for all animals, of which each has its own images, against a core for each. The fit to all may take as many times the steps as there are animals, so that each has as many of its own.",
		Header: []string{"animal", "neurons", "one core", "a core for each", "difference", "seeds in which one core is better", "of the ceiling", "of the ceiling, a core for each"},
	}
	if r.AnimalsNote != "" {
		t.Note += " " + r.AnimalsNote
		t.Header = append(t.Header, "test images that another session trains on")
	}
	for _, a := range r.Animals {
		cells := []string{
			a.Animal, fmt.Sprint(a.Neurons), a.Joint.String(), a.Alone.String(), signed(float64(a.Joint.Mean - a.Alone.Mean)), fmt.Sprintf("%d of %d", a.Better, len(a.Joint.Values)),
			wholePercent(a.JointFraction.Mean), wholePercent(a.AloneFraction.Mean),
		}
		if r.AnimalsNote != "" {
			cells = append(cells, fmt.Sprintf("%d of %d", a.Shared, a.Tested))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
