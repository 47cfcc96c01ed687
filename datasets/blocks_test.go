package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
)

func together(t *testing.T, sessions ...*datasets.Dataset) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Together(sessions, []string{"mon", "tue", "wed"}[:len(sessions)])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Each session is checked as if it were alone; neurons are counted over all.
func TestCheckOfSessions(t *testing.T) {
	a, b := recording(1), recording(2)
	for i := range b.Train.Responses.N {
		b.Train.Responses.At(i)[3] = 0
	}
	for i := range b.Val.Responses.N {
		b.Val.Responses.At(i)[3] = 0
	}
	d := together(t, a, b)
	var codes []string
	for _, f := range datasets.Check(d) {
		if !strings.HasPrefix(f.Message, "session tue: ") || !slices.Equal(f.Neurons, []int{a.NumNeurons() + 3}) {
			t.Errorf("%+v", f)
		}
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, "dead-neurons") {
		t.Errorf("found %v", codes)
	}
	if got := d.Silent(); !slices.Equal(got, []int{a.NumNeurons() + 3}) {
		t.Errorf("silent %v", got)
	}
	if r := datasets.Remarks(d); len(r) != 1 || r[0].Code != "silent-neurons" {
		t.Errorf("remarks %+v", r)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if block, j := d.SessionOf(a.NumNeurons() + 3); block != d.Sessions[1] || j != 3 {
		t.Errorf("neuron %d of %s", j, block.Session)
	}

	// An image of one session that is in another part of another one.
	copy(d.Test.Images.At(0), d.Train.Images.At(a.Train.Images.N))
	found := datasets.Check(d)
	if !slices.ContainsFunc(found, func(f datasets.Finding) bool { return f.Code == "shared-images" }) {
		t.Errorf("a leak between sessions was not found: %+v", found)
	}

	d.Sessions[0].Val.Responses.Values[5] = float32(math.Inf(1))
	if err := d.Validate(); err == nil || !strings.HasPrefix(err.Error(), "session mon: val_responses: 1 values are not finite") {
		t.Errorf("error %v", err)
	}
}

// Normalising and splitting sessions leaves the datasets that they were made of alone.
func TestSessionsAreNotChanged(t *testing.T) {
	a, b := recording(1), recording(2)
	a.Val, b.Val = datasets.Part{}, datasets.Part{}
	before := []string{datasets.Fingerprint(a), datasets.Fingerprint(b)}
	d := together(t, a, b)
	raw := *d
	if err := datasets.SplitValidation(d, 0.2, 3); err != nil {
		t.Fatal(err)
	}
	if err := datasets.Normalise(d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, []string{datasets.Fingerprint(raw.Sessions[0]), datasets.Fingerprint(raw.Sessions[1])}); diff != "" || raw.Sessions[0].Normalisation != nil {
		t.Error(diff)
	}
	n := 0
	for _, s := range d.Sessions {
		n += s.Val.Images.N
		if s.Normalisation == nil || len(s.Normalisation.ResponseSD) != s.NumNeurons() || s.Train.Images.N+s.Val.Images.N != a.Train.Images.N {
			t.Errorf("%+v", s.Normalisation)
		}
	}
	if n != d.Val.Images.N || d.Val.Images.N != len(d.Split.ValIndex) {
		t.Errorf("%d validation images", n)
	}
	if err := d.Consistent(); err != nil {
		t.Error(err)
	}
	if datasets.Fingerprint(d) == datasets.JoinedFingerprint(d) {
		t.Error("sessions have the fingerprint of their join")
	}
}
