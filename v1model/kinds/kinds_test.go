package kinds_test

import (
	"fmt"
	"strings"
	"testing"

	"v1lab/v1model/kinds"
)

func TestAKindThatIsNotThereNamesItsSource(t *testing.T) {
	r := kinds.New[int]("readout.kind")
	r.Register(kinds.About{Name: "joint_l1"}, 1)
	r.Register(kinds.About{Name: "ring", Source: "own_readout.ipynb"}, 2)
	if v, err := r.Find("ring", ""); err != nil || v != 2 {
		t.Errorf("ring: %v, %v", v, err)
	}
	_, err := r.Find("star", "")
	if want := `readout.kind: "star", accepted: joint_l1, ring`; err == nil || err.Error() != want {
		t.Errorf("error %v; want %s", err, want)
	}
	if _, err := r.Find("star", "example.org/star"); err == nil || !strings.Contains(err.Error(), "defined in example.org/star") {
		t.Errorf("error %v; want one that names the source", err)
	}
}

func TestTheCallersPackageIsRecorded(t *testing.T) {
	r := kinds.New[int]("core.kind")
	r.Register(kinds.About{Name: "cnn"}, 1)
	if about, ok := r.About("cnn"); !ok || about.Source != "v1lab/v1model/kinds_test" {
		t.Errorf("source %q, %v", about.Source, ok)
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	r := kinds.New[int]("fit.loss")
	r.Register(kinds.About{Name: "poisson"}, 1)
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `"poisson" is registered by`) {
			t.Errorf("panic %q", text)
		}
	}()
	r.Register(kinds.About{Name: "poisson"}, 2)
}

// Work that was kept by former versions is found again, and what a pointer holds counts, not where.
func TestTextIsStable(t *testing.T) {
	type former struct {
		Kind     string
		Sizes    []int
		Positive *bool
		Weight   float64
	}
	type config struct {
		Kind     string
		Sizes    []int
		Positive *bool
		Weight   float64
		Options  map[string]float64
		Source   string
	}
	c := config{Kind: "ring", Sizes: []int{3, 5}, Weight: 0.017}
	if got, want := kinds.Text(c), fmt.Sprintf("%+v", former{c.Kind, c.Sizes, nil, c.Weight}); got != want {
		t.Errorf("%s, formerly %s", got, want)
	}
	for range 2 {
		c.Positive, c.Options, c.Source = new(bool), map[string]float64{"b": 2, "a": 1}, "own.ipynb"
		if got, want := kinds.Text(c), "{Kind:ring Sizes:[3 5] Positive:false Weight:0.017 Options:map[a:1 b:2] Source:own.ipynb}"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
