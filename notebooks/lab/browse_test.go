package lab_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/notebooks/lab"
	"v1lab/v1model/insilico"
)

// The browser shows what the run folder keeps: nothing at first, then images and tuning of the neurons that were asked, the newest of several.
func TestBrowserShowsWhatIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles most exciting images and tuning")
	}
	path := copied(t)
	kill(t, path, 5)
	kinds := func() (names []string) {
		for _, k := range lab.Open(path).Browser().Kinds {
			names = append(names, k.Name)
		}
		return names
	}
	if got := kinds(); slices.Contains(got, "most exciting image") || slices.Contains(got, "orientation") {
		t.Errorf("nothing is kept, kinds are %v", got)
	}
	r := lab.Open(path)
	r.MEIs([]int{2, 5}, lab.MEIOptions{Images: 1, MaxSteps: 2})
	r.MEIs([]int{1}, lab.MEIOptions{Images: 1, MaxSteps: 2})
	r.Tuning([]int{1, 3}, "small")
	// Neurons of which most is kept come first.
	if all := lab.Open(path).Browser(); len(all.Neurons) != 8 || !strings.HasPrefix(all.Neurons[0].Name, "neuron 1 ") || !strings.HasPrefix(all.Neurons[1].Name, "neuron 2 ") || !strings.HasPrefix(all.Neurons[3].Name, "neuron 3 ") {
		t.Errorf("the browser begins with %s, %s", all.Neurons[0].Name, all.Neurons[1].Name)
	}
	b := lab.Open(path).Browser(5, 1)
	if len(b.Neurons) != 2 || len(b.Kinds) != 6 {
		t.Fatalf("%d neurons, kinds %v", len(b.Neurons), b.Kinds)
	}
	for i, want := range [][]bool{{true, false, false, true, false, false}, {true, true, true, true, true, true}} {
		for k, p := range b.Neurons[i].Pictures {
			if got := p.PNG != nil; got != want[k] {
				t.Errorf("%s, %s: picture %v (%q), want %v", b.Neurons[i].Name, b.Kinds[k].Name, got, p.Text, want[k])
			}
		}
	}
	if why := b.Neurons[0].Pictures[2].Text; why != "no readout weights" {
		t.Errorf("the dead neuron's image: %q", why)
	}

	// Weights of another fit have no part in it.
	kill(t, path, 4)
	if got := kinds(); slices.Contains(got, "most exciting image") {
		t.Errorf("images of other weights are shown: %v", got)
	}
	if files, err := filepath.Glob(filepath.Join(path, "insilico", "*.npz")); err != nil || len(files) != 3 {
		t.Errorf("%v, kept %v, want 3 results", err, files)
	}
}

// Without a list all neurons are shown; a list in the notebook's way chooses others.
func TestBrowserOfChosenNeurons(t *testing.T) {
	r := lab.Open(shared())
	if b := r.Browser(); len(b.Neurons) != 8 || b.Note != "" {
		t.Errorf("%d neurons, note %q", len(b.Neurons), b.Note)
	}
	some := lab.Must(insilico.ParseNeurons("6-7,0", 8))
	if b := r.Browser(some...); len(b.Neurons) != 3 || b.Neurons[2].Name != "neuron 0 \u00b7 sim0000" {
		t.Errorf("chosen %v: %+v", some, b.Neurons)
	}
}
