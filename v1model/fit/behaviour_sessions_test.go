package fit

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/modulation"
	"v1lab/v1model/shifter"
	"v1lab/v1model/weights"
)

// twoBehaving are two sessions whose covariates are in different units.
func twoBehaving(t *testing.T) *datasets.Dataset {
	t.Helper()
	first, second := behaving(), behaving()
	for _, c := range []datasets.Covariates{second.Train.Covariates, second.Val.Covariates, second.Test.Covariates} {
		for i := range c.Values {
			c.Values[i] = 3*c.Values[i] + 100
		}
	}
	d, err := datasets.Together([]*datasets.Dataset{first, second}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func eachItsOwn() v1model.Config {
	config := modulated()
	config.Modulation.Sessions, config.Shifter.Sessions, config.Modulation.Hidden = modulation.Each, modulation.Each, 2
	return config
}

// A batch trains gain and shifter of its session alone, with the moments of that session, and standardises by its means; for the session it is the step of a fit
// to it alone.
func TestEachSessionHasItsGainAndShifter(t *testing.T) {
	for name, change := range map[string]func(*v1model.Config){"one batch": func(*v1model.Config) {}, "micro-batches": func(c *v1model.Config) { *c = shared(*c, 1, 2) }} {
		if testing.Short() && name != "one batch" {
			continue // the full run has both
		}
		config, data, backend := eachItsOwn(), twoBehaving(t), pjrttest.Backend(t)
		change(&config)
		config.Fit.Sessions = v1model.Proportional
		several := begun(t, backend, config, data)
		before := state(t, several)
		order := []int32{3, 1, 4, 15, 9, 2, 6, 5, 8, 7, 0, 11, 10, 13, 12, 14}
		for k, session := range data.Sessions {
			own := slices.Clone(order)
			for i := range own {
				own[i] += int32(45 * k)
			}
			if err := several.setState(before); err != nil {
				t.Fatal(err)
			}
			several.setOrder(own)
			several.setCursor(0, nil)
			after, losses := stepped(t, several, 2)
			config.Fit.Sessions = ""
			alone := begun(t, backend, config, session)
			config.Fit.Sessions = v1model.Proportional
			part := rowsOf(before.InSession(several.specs, k), alone.specs, 0, 0, 0)
			for _, s := range alone.specs { // neurons are 3 of 6
				if v := before.Float32(s.Name); !ofSessions(several.specs, s.Name) && len(v) == 2*s.Size() {
					part[s.Name] = rowsOf(before, []weights.Spec{{Name: s.Name, Shape: append([]int{6}, s.Shape[1:]...)}}, 6, 3*k, 3)[s.Name]
				}
			}
			part[covariates.Mean], part[covariates.SD] = before.InSession(several.specs, k)[covariates.SessionMean], before.InSession(several.specs, k)[covariates.SessionSD]
			if err := alone.setState(part); err != nil {
				t.Fatal(err)
			}
			alone.setOrder(order)
			want, wantLosses := stepped(t, alone, 2)
			near(t, name+": losses", losses, wantLosses)
			got, other := after.InSession(several.specs, k), after.InSession(several.specs, 1-k)
			was := before.InSession(several.specs, 1-k)
			for _, v := range []string{modulation.HiddenWeights, modulation.HiddenBiases, modulation.Output, shifter.WeightsName(0), shifter.BiasesName(2)} {
				for _, of := range []string{v, v + firstMoment, v + secondMoment} {
					near(t, name+": "+of, got.Float32(of), want.Float32(of))
					if !slices.Equal(other.Float32(of), was.Float32(of)) {
						t.Errorf("%s: session %d changed %s of the other", name, k, of)
					}
				}
			}
		}
	}
}

func ofSessions(specs []weights.Spec, name string) bool {
	return slices.ContainsFunc(specs, func(s weights.Spec) bool { return s.Name == name && s.Sessions })
}

// An interrupted fit goes on to the same bits, also with averages of weights.
func TestInterruptedFitWithGainsOfSessionsEndsWithTheSameBits(t *testing.T) {
	config := eachItsOwn()
	config.Fit.Average = 0.9
	dir, backend := t.TempDir(), pjrttest.Backend(t)
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(t.Context(), backend, twoBehaving(t), config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := Run(ctx, backend, twoBehaving(t), config, broken, Options{Progress: func(p Progress) {
		if p.Steps == 17 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(t.Context(), backend, twoBehaving(t), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	want := left(t, whole)
	if d := want.diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
	if s := want.Weights[shifter.WeightsName(0)].Shape; !slices.Equal(s, []int{2, 2, 5}) {
		t.Errorf("the shifters' first layers are %v, want [2 2 5]", s)
	}
}

// With one session, a gain and a shifter of each session are the ones of all, to the bit.
func TestEachOfOneSessionIsOne(t *testing.T) {
	config := modulated()
	_, _, one, err := run(t, behaving(), config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	config.Modulation.Sessions, config.Shifter.Sessions = modulation.Each, modulation.Each
	_, _, each, err := run(t, behaving(), config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := left(t, one).Weights.Fingerprint(), left(t, each).Weights.Fingerprint(); a != b {
		t.Error("other weights")
	}
}

// A session in which a covariate never varies is named.
func TestCovariateThatNeverVariesInASession(t *testing.T) {
	d := twoBehaving(t)
	for i := range 45 {
		d.Sessions[1].Train.Covariates.Values[3*i+1] = 7
	}
	d.Gather()
	_, _, _, err := run(t, d, eachItsOwn(), Options{})
	fails(t, err, `covariate "running": its SD over the training part of session "b" is 0; accepted: one that varies and is finite`)
	one := eachItsOwn()
	one.Modulation.Sessions, one.Shifter.Sessions = modulation.One, ""
	if _, _, _, err := run(t, d, one, Options{}); err != nil {
		t.Errorf("one gain for all: %v", err)
	}
}
