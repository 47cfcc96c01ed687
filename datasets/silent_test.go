package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
)

// scale multiplies a neuron's responses in all parts.
func scale(d *datasets.Dataset, neuron int, by float32) {
	for _, values := range [][]float32{d.Train.Responses.Values, d.Val.Responses.Values, d.Test.Responses.Values} {
		for i := neuron; i < len(values); i += 12 {
			values[i] *= by
		}
	}
}

func find(findings []datasets.Finding, code string) *datasets.Finding {
	if i := slices.IndexFunc(findings, func(f datasets.Finding) bool { return f.Code == code }); i >= 0 {
		return &findings[i]
	}
	return nil
}

// Neurons of another scale respond; the rule of the reference leaves them unscaled, and the one that makes it strike is named.
func TestUnscaledNeurons(t *testing.T) {
	for name, c := range map[string]struct {
		spoil              func(d *datasets.Dataset)
		unscaled, raisedBy []int
		says               string
	}{
		"none":      {func(*datasets.Dataset) {}, nil, nil, ""},
		"two small": {func(d *datasets.Dataset) { scale(d, 3, 1e-6); scale(d, 8, 1e-4) }, []int{3, 8}, nil, "2 of 12 neurons have responses whose SD is below a hundredth of the mean SD"},
		"one bad": {func(d *datasets.Dataset) { scale(d, 5, 1e6) }, []int{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11}, []int{5},
			"; neuron 5 makes the mean so large, with an SD of up to "},
		"silent ones do not count": {func(d *datasets.Dataset) { scale(d, 2, 0); setColumn(d, 4, func(int) float32 { return 0.1 }) }, nil, nil, ""},
	} {
		raw, d := recording(4), recording(4)
		c.spoil(raw)
		c.spoil(d)
		if err := datasets.Normalise(d); err != nil {
			t.Fatal(err)
		}
		var unscaled, raisedBy []int
		if u := d.Normalisation.Unscaled; u != nil {
			unscaled, raisedBy = u.Neurons, u.RaisedBy
		}
		if !slices.Equal(unscaled, c.unscaled) || !slices.Equal(raisedBy, c.raisedBy) {
			t.Errorf("%s: unscaled %v, raised by %v; want %v, %v", name, unscaled, raisedBy, c.unscaled, c.raisedBy)
		}
		for what, f := range map[string]*datasets.Finding{"check": find(datasets.Check(raw), "unscaled-neurons"), "check of normalised ones": find(datasets.Check(d), "unscaled-neurons"), "fit": find(datasets.Remarks(d), "unscaled-neurons")} {
			if (f != nil) != (c.says != "") || f != nil && (!strings.Contains(f.Message, c.says) || !slices.Equal(f.Neurons, c.unscaled)) {
				t.Errorf("%s, %s: %+v", name, what, f)
			}
		}
	}
}

func TestUnscaledOfFewAndOfSeveral(t *testing.T) {
	d := recording(4)
	scale(d, 3, 1e-6)
	scale(d, 8, 1e-6)
	u := func(d *datasets.Dataset) []int {
		if d.Normalisation.Unscaled == nil {
			return nil
		}
		return d.Normalisation.Unscaled.Neurons
	}
	other := recording(4)
	scale(other, 1, 1e-6)
	other.Train.Responses.Values[0] = -1
	for _, one := range []*datasets.Dataset{d, other} {
		if err := datasets.Normalise(one); err != nil {
			t.Fatal(err)
		}
	}
	if few := d.Normalisation.Unscaled.Keep([]int{8, 0, 1}); !slices.Equal(few.Neurons, []int{0}) || d.Normalisation.Unscaled.Keep([]int{1}) != nil {
		t.Errorf("of a choice: %+v", few)
	}
	both, err := datasets.Join([]*datasets.Dataset{d, other}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if got := u(both); !slices.Equal(got, []int{3, 8, 13}) || both.Normalisation.Clipped != 1 {
		t.Errorf("joined: unscaled %v, %d clipped", got, both.Normalisation.Clipped)
	}
}

// A fit says before it begins what it will not be able to learn, and what normalisation changed.
func TestRemarks(t *testing.T) {
	d := recording(2)
	d.Neurons = make([]datasets.Neuron, 12)
	d.Neurons[4].ID = "u17"
	if remarks := datasets.Remarks(d); len(remarks) != 0 {
		t.Fatalf("a sound recording: %+v", remarks)
	}
	setColumn(d, 4, func(int) float32 { return 0 })
	setColumn(d, 7, func(int) float32 { return 3 })
	setColumn(d, 9, func(i int) float32 { return -float32(i) }) // becomes 0
	d.Train.Responses.Values[0] = float32(math.NaN())
	if err := datasets.Normalise(d); err != nil {
		t.Fatal(err)
	}
	silent, negative := find(datasets.Remarks(d), "silent-neurons"), find(datasets.Remarks(d), "negative-responses")
	if silent == nil || !slices.Equal(silent.Neurons, []int{4, 7, 9}) || !strings.Contains(silent.Message, "3 of 12 neurons never respond in the training part, or always alike (4 id u17, 7, 9)") {
		t.Errorf("%+v", silent)
	}
	if negative == nil || !strings.HasPrefix(negative.Message, "599 of 10319 responses are negative (5.8 %) and were set to 0") {
		t.Errorf("%+v", negative)
	}
	kept := recording(2)
	kept.Train.Responses.Values[0] = -1
	if err := datasets.NormaliseBy(kept, datasets.Signed); err != nil {
		t.Fatal(err)
	}
	if remarks := datasets.Remarks(kept); len(remarks) != 0 {
		t.Errorf("normalise=signed sets nothing to 0: %+v", remarks)
	}
}

func TestOutlierTrials(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *datasets.Dataset)
		want  []int
		says  string
	}{
		"one artefact":    {func(d *datasets.Dataset) { d.Train.Responses.At(17)[6] = 1e4 }, []int{6}, "the most of neuron 6: 1e+04 at image 17 has 100 % of it"},
		"one dip":         {func(d *datasets.Dataset) { d.Train.Responses.At(599)[0] = -400 }, []int{0}, "-400 at image 599"},
		"one spike":       {func(d *datasets.Dataset) { setColumn(d, 3, func(i int) float32 { return float32(max(0, i-598)) }) }, []int{3}, "1 at image 599"},
		"two of them":     {func(d *datasets.Dataset) { d.Train.Responses.At(1)[6] = 1e4; d.Train.Responses.At(2)[6] = 1e4 }, nil, ""},
		"a silent neuron": {func(d *datasets.Dataset) { setColumn(d, 3, func(int) float32 { return 0.1 }) }, nil, ""},
	} {
		d := recording(5)
		c.spoil(d)
		f := find(datasets.Check(d), "outlier-trials")
		switch {
		case f == nil && c.want == nil:
		case f == nil || !slices.Equal(f.Neurons, c.want) || !strings.Contains(f.Message, c.says):
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestSilentInTest(t *testing.T) {
	d := recording(5)
	for i := 3; i < len(d.Test.Responses.Values); i += 12 {
		d.Test.Responses.Values[i] = 2
	}
	scale(d, 7, 0) // in all parts: another finding
	if f := find(datasets.Check(d), "silent-in-test"); f == nil || !slices.Equal(f.Neurons, []int{3}) {
		t.Errorf("%+v", f)
	}
}
