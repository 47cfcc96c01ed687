package prepare_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/datasets"
)

// Sessions that are kept apart are, after any preparation and normalisation, what the same sessions joined in one block are: values, records and the
// fingerprint of earlier versions.
func TestBlocksAreWhatTheJoinIs(t *testing.T) {
	options := []string{"crop=1,0,3,4", "resize=3x4", "train_share=0.6&subset_seed=2", "neurons=1-2", "neurons=0,3", "session=tue", "session=mon,tue", "neuron_share=0.7", "min_ev=0.01", "clean_leaks=true"}
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"mon", "tue", "wed"}
		make := func() (sessions []*datasets.Dataset) {
			for k := range names {
				d := session(uint64(10*k+1), 2+k%2, 1+k)
				d.Test.Covariates.Names = []string{"speed"}
				if k == 1 {
					for _, c := range []*datasets.Covariates{&d.Train.Covariates, &d.Val.Covariates, &d.Test.Covariates} {
						c.Names = []string{"pupil"}
					}
				}
				d.Truth = nil
				sessions = append(sessions, d)
			}
			copy(sessions[1].Val.Images.At(0), sessions[0].Train.Images.At(1)) // a leak from one session to another
			return sessions
		}
		want, err := datasets.Join(make(), names)
		if err != nil {
			t.Fatal(err)
		}
		together, err := datasets.Together(make(), names)
		if err != nil {
			t.Fatal(err)
		}
		var chosen []string
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			o := rapid.SampledFrom(options).Draw(t, "option")
			key, _, _ := strings.Cut(o, "=")
			if !strings.Contains(strings.Join(chosen, "&"), key+"=") {
				chosen = append(chosen, o)
			}
		}
		text := strings.Join(chosen, "&")
		errWant, errGot := apply(want, text), apply(together, text)
		if (errWant == nil) != (errGot == nil) || errWant != nil && errWant.Error() != errGot.Error() {
			t.Fatalf("%s: %v, %v", text, errWant, errGot)
		}
		if errWant != nil {
			return
		}
		if want.Val.Images.N > 0 && rapid.Bool().Draw(t, "normalise") {
			method := rapid.SampledFrom([]string{datasets.Reference, datasets.Pixel, datasets.Signed}).Draw(t, "method")
			if err := datasets.NormaliseBy(want, method); err != nil {
				t.Fatal(err)
			}
			if err := datasets.NormaliseBy(together, method); err != nil {
				t.Fatal(err)
			}
		}
		if err := together.Consistent(); err != nil {
			t.Fatal(err)
		}
		if a, b := datasets.Fingerprint(want), datasets.JoinedFingerprint(together); a != b {
			t.Errorf("%s: fingerprints %s, %s", text, a, b)
		}
		got, err := together.Dense()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
		for _, s := range together.Sessions {
			if len(s.Train.Images.Pixels) > 0 && !contains(together.Train.Images.Pixels, s.Train.Images.Pixels) {
				t.Errorf("%s: session %s has images of its own", text, s.Session)
			}
		}
	})
}

// contains tells whether part is memory of whole.
func contains(whole, part []float32) bool {
	for i := range whole {
		if &whole[i] == &part[0] {
			return true
		}
	}
	return false
}

func TestNeuronsOfSessionsInAnotherOrder(t *testing.T) {
	d, err := datasets.Together([]*datasets.Dataset{session(1, 2, 1), session(2, 2, 1)}, []string{"mon", "tue"})
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(d, "neurons=3,0"); err == nil || !strings.HasPrefix(err.Error(), "option neurons: neurons of several sessions in another order than the sessions") {
		t.Errorf("error %v", err)
	}
}
