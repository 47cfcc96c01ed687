package datasets_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
)

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]datasets.Spec{
		"npz:a/b.npz":                     {Scheme: "npz", Path: "a/b.npz", Options: map[string][]string{}},
		"simulated:?neurons=200&seed=1":   {Scheme: "simulated", Options: map[string][]string{"neurons": {"200"}, "seed": {"1"}}},
		"npy:/data/x y?normalise=none":    {Scheme: "npy", Path: "/data/x y", Options: map[string][]string{"normalise": {"none"}}},
		"hdf5:C:recording.h5?area=a%2Cb":  {Scheme: "hdf5", Path: "C:recording.h5", Options: map[string][]string{"area": {"a,b"}}},
		"simulated:":                      {Scheme: "simulated", Options: map[string][]string{}},
		"simulated:?types=simple,complex": {Scheme: "simulated", Options: map[string][]string{"types": {"simple,complex"}}},
	} {
		got, err := datasets.ParseSpec(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
		again, err := datasets.ParseSpec(got.String())
		if err != nil || !cmp.Equal(got, again) {
			t.Errorf("%s: %s parses as %+v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"recording.npz":         `data "recording.npz": no scheme, want scheme:path?option=value`,
		":x":                    "no scheme",
		"":                      "no scheme",
		"npz:a?seed=1&seed=2":   `option "seed" is given 2 times`,
		"npz:a?seed=%zz":        "invalid URL escape",
		"npz:a?seed=1;normal=3": "options",
	} {
		if _, err := datasets.ParseSpec(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestOptions(t *testing.T) {
	read := func(text string) (values []any, err error) {
		spec, err := datasets.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		o := spec.Read()
		values = []any{o.Int("neurons", 150, 1), o.Uint64("seed", 1), o.Float("snr", 0.5, 0, 10), o.Choice("noise", "poisson", "poisson", "none"), o.List("types", []string{"b"}, "a", "b")}
		return values, o.Done()
	}
	for text, want := range map[string][]any{
		"x:":                             {150, uint64(1), 0.5, "poisson", []string{"b"}},
		"x:?normalise=none":              {150, uint64(1), 0.5, "poisson", []string{"b"}},
		"x:?neurons=3&snr=1":             {3, uint64(1), 1.0, "poisson", []string{"b"}},
		"x:?seed=9&noise=none&types=b,a": {150, uint64(9), 0.5, "none", []string{"b", "a"}},
	} {
		got, err := read(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"x:?neuron=3":    `data "x:?neuron=3": unknown option "neuron", did you mean "neurons"? (accepted: normalise, crop, grey, resize, neurons, session, min_ev, neuron_share, train_share, subset_seed, clean_leaks, seed, snr, noise, types)`,
		"x:?normalize=1": `did you mean "normalise"?`,
		"x:?neurons=0":   `option neurons="0", want a whole number of at least 1`,
		"x:?neurons=":    `option neurons="", want a whole number`,
		"x:?seed=-1":     `option seed="-1", want a whole number from 0`,
		"x:?snr=NaN":     `option snr="NaN", want a number from 0 to 10`,
		"x:?noise=loud":  `option noise="loud", want poisson or none`,
		"x:?types=a,c":   `option types="a,c", want a list, each at most once, of a,b`,
		"x:?types=a,a":   `option types="a,a"`,
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// Of several faults the first in alphabetical order is named, each time.
func TestTheSameFaultIsNamedEachTime(t *testing.T) {
	for range 30 {
		if _, err := datasets.ParseSpec("npz:a.npz?seed=1&seed=2&crop=1&crop=2&neurons=1&neurons=2"); err == nil || !strings.Contains(err.Error(), `option "crop" is given 2 times`) {
			t.Fatal(err)
		}
	}
}
