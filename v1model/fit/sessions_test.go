package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/modulation"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// three sessions of 3, 5 and 2 neurons.
func three(t testing.TB) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Together([]*datasets.Dataset{recording(45, 20, 7, 6, 3), recording(30, 12, 7, 6, 5), recording(22, 7, 7, 6, 2)}, []string{"mon", "tue", "wed"})
	if err != nil {
		t.Fatal(err)
	}
	d.Spec = "noise"
	return d
}

// rowsOf returns rows first ... first+n-1 of every variable that has one for each of all neurons.
func rowsOf(values weights.Values, specs []weights.Spec, all, first, n int) weights.Values {
	some := weights.Values{}
	for _, s := range specs {
		v := values.Float32(s.Name)
		if len(s.Shape) > 0 && s.Shape[0] == all {
			size := len(v) / all
			some[s.Name] = array.New(slices.Clone(v[first*size:(first+n)*size]), append([]int{n}, s.Shape[1:]...)...)
			continue
		}
		some[s.Name] = array.Array{Shape: s.Shape, Data: slices.Clone(v)}
	}
	return some
}

// A step over a batch of one session is the step of a fit to that session alone: core and readout move alike. The other sessions' readouts and their
// moments stay as they are, to the bit.
func TestStepIsThatOfTheSession(t *testing.T) {
	separate := tiny()
	separate.Readout = readout.Config{Kind: readout.SeparateL1, MaskSparsity: 0.02, FeatureSparsity: 0.03}
	adaptive := tiny()
	adaptive.Readout.Adaptive = true
	for name, c := range map[string]struct {
		config              v1model.Config
		devices, microparts int
	}{"joint": {tiny(), 1, 1}, "adaptive": {adaptive, 1, 1}, "separate": {separate, 1, 1}, "micro-batches": {tiny(), 1, 2}, "devices": {tiny(), 2, 1}} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "joint" {
				t.Skip("compiles for seconds")
			}
			backend := pjrttest.Backend(t)
			if c.devices > 1 {
				backend = severalDevices(t)
			}
			config := shared(c.config, c.devices, c.microparts)
			config.Fit.Sessions = v1model.Proportional
			data := three(t)
			several := begun(t, backend, config, data)
			before := state(t, several)
			firstImage, firstNeuron := 0, 0
			for k, session := range data.Sessions {
				n := session.NumNeurons()
				order := []int32{3, 1, 4, 15, 9, 2, 6, 5, 8, 7, 0, 11, 10, 13, 12, 14} // two steps
				own := slices.Clone(order)
				for i := range own {
					own[i] += int32(firstImage)
				}
				if err := several.setState(before); err != nil {
					t.Fatal(err)
				}
				several.setOrder(own)
				several.setCursor(0, nil)
				after, losses := stepped(t, several, 2)
				alone := begun(t, backend, shared(c.config, c.devices, c.microparts), session)
				if err := alone.setState(rowsOf(before, several.specs, 10, firstNeuron, n)); err != nil {
					t.Fatal(err)
				}
				alone.setOrder(order)
				want, wantLosses := stepped(t, alone, 2)
				got := rowsOf(after, several.specs, 10, firstNeuron, n)
				for _, s := range alone.specs {
					near(t, session.Session+": "+s.Name, got.Float32(s.Name), want.Float32(s.Name))
				}
				near(t, session.Session+": losses", losses, wantLosses)
				for j := range 10 {
					if j >= firstNeuron && j < firstNeuron+n {
						continue
					}
					was, is := rowsOf(before, several.specs, 10, j, 1), rowsOf(after, several.specs, 10, j, 1)
					for _, v := range several.several.spanned {
						if !slices.Equal(was.Float32(v.Name), is.Float32(v.Name)) {
							t.Errorf("session %s changed %s of neuron %d", session.Session, v.Name, j)
						}
					}
				}
				spanned := 9
				if c.config.Readout.Adaptive {
					spanned += 3
				}
				if k == 0 && len(several.several.spanned) != spanned {
					t.Errorf("variables of neurons: %+v", several.several.spanned)
				}
				firstImage, firstNeuron = firstImage+session.Train.Images.N, firstNeuron+n
			}
		})
	}
}

// A fit that is interrupted goes on to the same bits, for every kind of order, batch and readout.
func TestInterruptedFitToSessionsEndsWithTheSameBits(t *testing.T) {
	for name, config := range map[string]v1model.Config{"proportional": tiny(), "round robin": tiny(), "gaussian in micro-batches": shared(gaussian(), 1, 2)} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "round robin" {
				t.Skip("compiles for seconds")
			}
			if name == "round robin" {
				config.Fit.Sessions = v1model.RoundRobin
			}
			config.Fit.MaxSteps = 40
			dir, backend := t.TempDir(), pjrttest.Backend(t)
			whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
			if _, _, err := Run(context.Background(), backend, three(t), config, whole, Options{}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if _, _, err := Run(ctx, backend, three(t), config, broken, Options{Progress: func(p Progress) {
				if p.Steps == 17 {
					cancel()
				}
			}}); !errors.Is(err, ErrInterrupted) {
				t.Fatal(err)
			}
			if _, _, err := Resume(context.Background(), backend, three(t), broken, Options{}); err != nil {
				t.Fatal(err)
			}
			want := left(t, whole)
			if diff := want.diff(left(t, broken)); diff != "" {
				t.Error(diff)
			}
			if first := want.Metrics[0]; !(want.Result.ValLoss < first.ValLoss) {
				t.Errorf("nothing was learned: %g first, %g at best", first.ValLoss, want.Result.ValLoss)
			}
			folder := opened(t, whole)
			if how := folder.Config.Fit.Sessions; how != v1model.Proportional && config.Fit.Sessions == "" || how == "" {
				t.Errorf("recorded fit.sessions: %q", how)
			}
			if s := folder.Dataset.Sessions; len(s) != 3 || s[1] != (runfolder.Session{Name: "tue", Neurons: 5, Train: 30, Val: 12, Test: 5}) {
				t.Errorf("recorded sessions %+v", s)
			}
		})
	}
}

// The validation loss is the mean over all images of the loss of their session's neurons, as that of one block of all sessions is.
func TestValidationLossOfSessions(t *testing.T) {
	data, config := three(t), tiny()
	config.Fit.Sessions = v1model.Proportional
	d := begun(t, pjrttest.Backend(t), config, data)
	got, err := d.validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	values := weights.Values{}
	for name, v := range state(t, d) {
		if slices.ContainsFunc(d.model.Specs(), func(s weights.Spec) bool { return s.Name == name }) {
			values[name] = v
		}
	}
	p, err := ondevice.New(pjrttest.Backend(t), d.model, values)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // frees memory only
	rates, err := p.Rates(t.Context(), data.Val.Images)
	if err != nil {
		t.Fatal(err)
	}
	dense, err := data.Dense()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "validation loss", []float32{float32(got)}, []float32{float32(meanLoss(t, config, rates, dense.Val.Responses))})
	l, err := config.Fit.Objective()
	if err != nil {
		t.Fatal(err)
	}
	a, errA := l.Constant(data)
	b, errB := l.Constant(dense)
	if errA != nil || errB != nil || math.Abs(a-b) > 1e-9*math.Abs(b) {
		t.Errorf("constant rates: %g, %v; in one block %g, %v", a, errA, b, errB)
	}
}

func TestBatchesAreOfOneSession(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		batch := rapid.IntRange(1, 6).Draw(r, "batch")
		images := rapid.SliceOfN(rapid.IntRange(batch, 30), 2, 5).Draw(r, "images")
		how := rapid.SampledFrom([]string{v1model.Proportional, v1model.RoundRobin}).Draw(r, "how")
		seed := rapid.Uint64().Draw(r, "seed")
		order := OrderOfSessions(images, batch, seed, 1, how)
		if !slices.Equal(order, OrderOfSessions(images, batch, seed, 1, how)) {
			r.Fatal("another order for the same seed")
		}
		var of []int
		for k, n := range images {
			of = append(of, slices.Repeat([]int{k}, n)...)
		}
		batches, seen := make([]int, len(images)), map[int32]int{}
		for i := 0; i < len(order); i += batch {
			session := of[order[i]]
			for _, row := range order[i : i+batch] {
				if of[row] != session {
					r.Fatalf("a batch of sessions %d and %d", session, of[row])
				}
				seen[row]++
			}
			if how == v1model.RoundRobin && session != i/batch%len(images) {
				r.Fatalf("turn %d is of session %d", i/batch, session)
			}
			batches[session]++
		}
		most := slices.Max(images) / batch
		for k, n := range images {
			want := n / batch
			if how == v1model.RoundRobin {
				want = most
			}
			if batches[k] != want {
				r.Fatalf("%d batches of session %d, want %d", batches[k], k, want)
			}
		}
		for row, n := range seen {
			own := images[of[row]] / batch
			if n > (most+own-1)/own || how == v1model.Proportional && n > 1 {
				r.Fatalf("image %d was drawn %d times", row, n)
			}
		}
	})
}

func TestBadSessionsAreNamed(t *testing.T) {
	for want, change := range map[string]func(d *datasets.Dataset, c *v1model.Config){
		"fit.batch: 25, session wed has 22 training images":                func(_ *datasets.Dataset, c *v1model.Config) { c.Fit.Batch = 25 },
		`fit.sessions: "alternating", accepted: proportional, round_robin`: func(_ *datasets.Dataset, c *v1model.Config) { c.Fit.Sessions = "alternating" },
		`fit.sessions: round_robin, the data "noise" are one session`: func(d *datasets.Dataset, c *v1model.Config) {
			*d, c.Fit.Sessions = *small(), v1model.RoundRobin
		},
		`data "noise": session tue has no validation images`: func(d *datasets.Dataset, _ *v1model.Config) {
			d.Sessions[1].Val = datasets.Part{}
			d.Gather()
		},
		"session tue: train_responses: 1 of 5 neurons were recorded with no training image": func(d *datasets.Dataset, _ *v1model.Config) {
			for i := range 30 {
				d.Sessions[1].Train.Responses.At(i)[2] = float32(math.NaN())
			}
		},
		"found the response -4 (session wed, training image 3, neuron 1) in the data": func(d *datasets.Dataset, _ *v1model.Config) {
			d.Sessions[2].Train.Responses.At(3)[1] = -4
		},
		`covariate "pupil": not known in any training trial of session "tue"`: func(d *datasets.Dataset, c *v1model.Config) {
			c.Modulation.Kind, c.Modulation.Covariates = "gain", []string{"pupil"}
			for k, s := range d.Sessions {
				v := float32(k)
				if k == 1 {
					v = float32(math.NaN())
				}
				s.Train.Covariates = datasets.Covariates{Names: []string{"pupil"}, Values: slices.Repeat([]float32{v}, s.Train.Images.N)}
				s.Val.Covariates = datasets.Covariates{Names: []string{"pupil"}, Values: slices.Repeat([]float32{v}, s.Val.Images.N)}
				s.Test.Covariates = datasets.Covariates{Names: []string{"pupil"}, Values: slices.Repeat([]float32{v}, s.Test.Images.N)}
			}
			d.Gather()
		},
		"session wed: val_images of 1 x 42 pixels, 1 channels, want 7 x 6 pixels": func(d *datasets.Dataset, _ *v1model.Config) {
			im := &d.Sessions[2].Val.Images
			im.Height, im.Width = 1, 42
		},
	} {
		data, config := three(t), tiny()
		change(data, &config)
		_, _, path, err := run(t, data, config, Options{})
		fails(t, err, want)
		if _, err := runfolder.Open(path); err == nil {
			t.Errorf("%s: a run folder was left", want)
		}
	}
}

// A fit of an earlier version, whose batches had images of all sessions, cannot go on.
func TestFitOfJoinedSessionsCannotGoOn(t *testing.T) {
	dense, err := three(t).Dense()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Run(ctx, pjrttest.Backend(t), dense, tiny(), path, Options{}); !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	_, _, err = Resume(context.Background(), pjrttest.Backend(t), three(t), path, Options{})
	fails(t, err, fmt.Sprintf("run folder %s: the fit was begun by a version whose batches had images of all sessions together", path))
}

// Masks that start from spike-triggered averages are those of the sessions alone, but for the noise.
func TestMasksStartFromTheirSession(t *testing.T) {
	config := tiny()
	config.Readout.MaskInit = readout.STA
	data := three(t)
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := m.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := v1model.New(config, runfolder.Describe(data.Sessions[0]).Shape)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := alone.Start(data.Sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := first.Float32(readout.Masks); !slices.Equal(values.Float32(readout.Masks)[:len(want)], want) {
		t.Error("masks of the first session are not those that it has alone")
	}
}

// Variables may have their neurons along any axis, as the gain has.
func TestGainOfOtherSessionsStays(t *testing.T) {
	data, config := three(t), tiny()
	config.Fit.Sessions = v1model.Proportional
	config.Modulation = modulation.Config{Kind: modulation.Gain, Covariates: []string{"pupil"}, Shared: modulation.Neuron}
	rng := weights.Stream(1, "pupil")
	for _, s := range data.Sessions {
		for _, p := range []struct {
			c *datasets.Covariates
			n int
		}{{&s.Train.Covariates, s.Train.Images.N}, {&s.Val.Covariates, s.Val.Images.N}, {&s.Test.Covariates, s.Test.Images.N}} {
			p.c.Names = []string{"pupil"}
			for range p.n {
				p.c.Values = append(p.c.Values, float32(rng.NormFloat64()))
			}
		}
	}
	data.Gather()
	d := begun(t, pjrttest.Backend(t), config, data)
	d.setOrder([]int32{50, 51, 52, 53, 54, 55, 56}) // of the second
	after, _ := stepped(t, d, 1)
	gains := after.Float32(modulation.Output)
	if len(gains) != 10 {
		t.Fatalf("gains %v", gains)
	}
	for j, g := range gains {
		if moved := g != 0; moved != (j >= 3 && j < 8) {
			t.Errorf("gain of neuron %d is %g", j, g)
		}
	}
}
