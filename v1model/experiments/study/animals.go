package study

import (
	"fmt"

	"v1lab/datasets/stats"
)

// Animals is the part on one core for several animals against a core for each. It is made if it is asked for by name.
const Animals = "animals"

var animals = part{
	name: Animals, byName: true,
	fits: func(b *builder) {
		if b.plan.Animals == "" {
			if b.err == nil {
				b.err = fmt.Errorf("study: part %s is of the scale's own simulation; accepted: without another recording (--data)", Animals)
			}
			return
		}
		m, n := b.models.equivariant(b.plan.Main), b.plan.NumAnimals
		joint := b.add(Condition{Name: jointName, Data: b.plan.Animals}, m)
		joint.Config.Fit.ValidateEvery *= n // each animal has one batch in n
		joint.Config.Fit.MaxSteps *= n
		for k := range n {
			b.add(Condition{Name: aloneName(k), Data: b.plan.Animals + "&session=" + animalName(k)}, m)
		}
	},
	report: func(w *reporter, r *Report) { r.Animals = w.animals() },
	tables: func(r *Report) []Table {
		if len(r.Animals) == 0 {
			return nil
		}
		return []Table{animalsTable(r.Animals)}
	},
}

// AnimalRow compares the neurons of one animal in a fit to all animals with the same neurons in a fit to theirs alone. Each Spread is over seeds, of the
// mean test correlation over neurons.
type AnimalRow struct {
	Animal string `json:"animal"` // name of the session
	Joint  Spread `json:"joint"`  // one core for all animals
	Alone  Spread `json:"alone"`  // a core for this one
	Better int    `json:"better"` // seeds in which the one core is better
}

const jointName = "animals-joint"

func aloneName(k int) string { return fmt.Sprintf("animals-%d", k+1) }

// animalName is the name of a session of the simulator.
func animalName(k int) string { return fmt.Sprintf("animal%d", k+1) }

func (w *reporter) animals() (rows []AnimalRow) {
	joint, first := w.outcomes[jointName], 0
	for k := range w.NumAnimals {
		alone := w.outcomes[aloneName(k)]
		n := len(alone[0].Corr)
		mean := func(from int) func(*Outcome) float64 {
			return func(o *Outcome) float64 {
				var some []float64
				for _, v := range o.Corr[from : from+n] {
					some = append(some, float64(v))
				}
				return stats.Mean(some)
			}
		}
		row := AnimalRow{Animal: animalName(k), Joint: spreadOver(joint, mean(first)), Alone: spreadOver(alone, mean(0))}
		for i, v := range row.Joint.Values {
			if v > row.Alone.Values[i] {
				row.Better++
			}
		}
		rows, first = append(rows, row), first+n
	}
	return rows
}

func animalsTable(rows []AnimalRow) Table {
	t := Table{
		Title:  "One core for several animals",
		Note:   "Test correlation, mean over the neurons of each animal: one core for all animals, of which each has its own images, against a core for each. The fit to all may take as many times the steps as there are animals, so that each has as many of its own.",
		Header: []string{"animal", "one core", "a core for each", "difference", "seeds in which one core is better"},
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, []string{r.Animal, r.Joint.String(), r.Alone.String(), signed(float64(r.Joint.Mean - r.Alone.Mean)), fmt.Sprintf("%d of %d", r.Better, len(r.Joint.Values))})
	}
	return t
}
