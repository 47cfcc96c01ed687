package kinds_test

import (
	"math"
	"testing"

	"v1lab/v1model/kinds"
)

func TestOptionsNameWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		options  kinds.Options
		accepted []string
		want     string
	}{
		{nil, nil, ""},
		{kinds.Options{"width": 2}, []string{"width"}, ""},
		{kinds.Options{"width": 2, "depth": 1}, []string{"width"}, `core.options: found "depth"; accepted: width`},
		{kinds.Options{"width": 2}, nil, `core.options: found "width"; accepted: none, as the kind is cnn`},
		{kinds.Options{"width": math.Inf(1)}, []string{"width"}, "core.options.width: +Inf, must be finite"},
	} {
		err := c.options.Check("core.options", "cnn", c.accepted)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.options, got, c.want)
		}
	}
	if o := (kinds.Options{"width": 2}); o.Get("width", 5) != 2 || o.Get("depth", 5) != 5 {
		t.Error("Get: another value than was set, or than the one otherwise")
	}
}

func TestSourceElsewhere(t *testing.T) {
	r := kinds.New[int]("core.kind")
	r.Register(kinds.About{Name: "own"}, 1)
	r.Register(kinds.About{Name: "ring", Source: "own_readout.ipynb"}, 2)
	for name, want := range map[string]string{"own": "", "ring": "own_readout.ipynb", "star": ""} {
		if got := r.SourceElsewhere(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
