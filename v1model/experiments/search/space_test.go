package search_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"v1lab/v1model"
	"v1lab/v1model/experiments/search"
)

func TestBadSpaces(t *testing.T) {
	for specs, want := range map[string]string{
		"":                                 "accepted: KEY=RANGE",
		"ecker2020":                        "the space ecker2019",
		"=log(1,2)":                        "key",
		"a b=log(1,2)":                     "key",
		"a":                                "KEY=RANGE",
		"a=":                               "is no range",
		"a=1":                              "is no range",
		"a=log(1,2":                        "is no range",
		"a=log(1)":                         "1 numbers",
		"a=log(1,2,3)":                     "3 numbers",
		"a=uniform(1,2)":                   "uniform",
		"a=LOG(1,2)":                       "no range",
		"a=log(2,1)":                       "log(2,1) is empty",
		"a=int(3,3)":                       "--set a=3",
		"a=lin(0.5,0.5)":                   "--set a=0.5",
		"a=log(0,1)":                       "no logarithm",
		"a=log(-1,1)":                      "no logarithm",
		"a=lin(x,1)":                       `"x"`,
		"a=lin(nan,1)":                     `"nan"`,
		"a=lin(0,inf)":                     `"inf"`,
		"a=lin(-1.7e308,1.7e308)":          "too wide",
		"a=int(1,2.5)":                     "whole",
		"a=int(1,1e300)":                   "whole",
		"a=one()":                          "empty",
		"a=one(1,,2)":                      "empty",
		"a=one(1)":                         "--set a=1",
		"a=one(1,1)":                       "twice",
		"a=one(1,[2)":                      "brackets",
		"a=one(1,2])":                      "brackets",
		`a=one(1,"2)`:                      "quotes",
		`a=one(1,"\q")`:                    "quoted",
		"a=log(1,2) a=lin(1,2)":            "given twice",
		"ecker2019 core.sparsity=lin(0,1)": "core.sparsity is given twice",
	} {
		var list []string
		if specs != "" {
			list = strings.Split(specs, " ")
		}
		if specs == "a b=log(1,2)" {
			list = []string{specs}
		}
		if s, err := search.ParseSpace(list); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, %v; want an error with %q", specs, s, err, want)
		}
	}
	if _, err := search.New("grid", nil, 1); err == nil || !strings.Contains(err.Error(), "random, sobol, sobol-plain, tpe") {
		t.Errorf("error %v, want the methods", err)
	}
	if _, err := search.New("random", nil, 1); err == nil {
		t.Error("a search of nothing")
	}
}

// Every draw of the paper's space, and of choices of every kind, is a config; its lists are written in brackets.
func TestSettingsAreOfAConfig(t *testing.T) {
	space, err := search.ParseSpace([]string{search.Paper, "core.features=one([4,4,8],[4,4,16])", "core.shared_biases=one(true,false)", "readout.kind=one(joint_l1,separate_l1)", "fit.patience=int(2,9)"})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range search.Methods() {
		p, err := search.New(method, space, 7)
		if err != nil {
			t.Fatal(err)
		}
		for number := range 8 {
			values, err := p.Propose(number, nil)
			if err != nil {
				t.Fatal(err)
			}
			config, err := v1model.Load("quickstart", search.Settings(values)...)
			if err != nil {
				t.Fatalf("%v: %v", values, err)
			}
			if config.Readout.Sparsity != values["readout.sparsity"] || config.Fit.Patience != values["fit.patience"] || !slices.Contains([]int{8, 16}, config.Core.Features[2]) {
				t.Errorf("%v became %+v", values, config)
			}
		}
	}
}

var forms = rapid.Custom(func(t *rapid.T) string {
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		a := rapid.Float64Range(1e-9, 1e9).Draw(t, "low")
		return fmt.Sprintf("log(%v,%v)", a, a*rapid.Float64Range(1.001, 1e6).Draw(t, "ratio"))
	case 1:
		a := rapid.Float64Range(-1e9, 1e9).Draw(t, "low")
		return fmt.Sprintf("lin(%v,%v)", a, a+rapid.Float64Range(1, 1e6).Draw(t, "width"))
	case 2:
		a := rapid.IntRange(-1e9, 1e9).Draw(t, "low")
		return fmt.Sprintf("int(%d,%d)", a, a+rapid.IntRange(1, 50).Draw(t, "width"))
	}
	return rapid.SampledFrom([]string{"one(a,b)", "one(1,2.5,true,x)", `one([1,2],"a,b","(","")`, `one("1",1e30)`}).Draw(t, "choices")
})

func spaces(t *rapid.T) search.Space {
	var specs []string
	for i := range rapid.IntRange(1, 4).Draw(t, "ranges") {
		specs = append(specs, fmt.Sprintf("k%d=%s", i, forms.Draw(t, "range")))
	}
	space, err := search.ParseSpace(specs)
	if err != nil {
		t.Fatal(err)
	}
	back, err := search.ParseSpace(space.Strings())
	if err != nil || cmp.Diff(space, back) != "" {
		t.Fatalf("%v was read as %v, %v", space.Strings(), back, err)
	}
	return space
}

// Draws are in the space, and depend on seed, number and what is known alone: not on the order in which draws ended, or on having been stored as JSON.
func TestProposals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := spaces(t)
		method := rapid.SampledFrom(search.Methods()).Draw(t, "method")
		seed := rapid.Uint64().Draw(t, "seed")
		p, err := search.New(method, space, seed)
		if err != nil {
			t.Fatal(err)
		}
		var finished []search.Finished
		for number := range rapid.IntRange(1, 40).Draw(t, "draws") {
			values, err := p.Propose(number, finished)
			if err != nil {
				t.Fatal(err)
			}
			if len(values) != len(space) {
				t.Fatalf("%v of %v", values, space)
			}
			for _, r := range space {
				switch v := values[r.Key].(type) {
				case float64:
					if r.Form != search.Choice && !(v >= r.Low && v <= r.High) {
						t.Fatalf("%v is not in %v", v, r)
					}
				case int:
					if r.Form != search.Choice && !(float64(v) >= r.Low && float64(v) <= r.High) {
						t.Fatalf("%v is not in %v", v, r)
					}
				}
				if r.Form == search.Choice && !slices.Contains(r.Choices, values[r.Key]) {
					t.Fatalf("%v is not in %v", values[r.Key], r)
				}
			}
			finished = append(finished, search.Finished{Number: number, Values: values, Loss: rapid.Float64().Draw(t, "loss"),
				Steps: rapid.IntRange(0, 2).Draw(t, "steps"), Running: rapid.Bool().Draw(t, "running")})
		}
		want, err := p.Propose(len(finished), finished)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(rapid.Permutation(finished).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		var stored []search.Finished
		if err := json.Unmarshal(data, &stored); err != nil {
			t.Fatal(err)
		}
		again, err := search.New(method, space, seed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Propose(len(finished), stored); err != nil || cmp.Diff(want, got) != "" {
			t.Fatalf("%v, %v; was %v", got, err, want)
		}
	})
}

// Another range does not change the random draws of the others, and other seeds give other draws.
func TestStreams(t *testing.T) {
	propose := func(method string, seed uint64, specs ...string) map[string]search.Value {
		t.Helper()
		space, err := search.ParseSpace(specs)
		if err != nil {
			t.Fatal(err)
		}
		p, err := search.New(method, space, seed)
		if err != nil {
			t.Fatal(err)
		}
		values, err := p.Propose(3, nil)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	alone := propose("random", 1, "b=lin(0,1)")
	if both := propose("random", 1, "b=lin(0,1)", "a=lin(0,1)"); both["b"] != alone["b"] || both["a"] == both["b"] {
		t.Errorf("%v, %v", alone, both)
	}
	for _, method := range []string{"random", "sobol", "tpe"} {
		if a, b := propose(method, 1, "b=lin(0,1)"), propose(method, 2, "b=lin(0,1)"); a["b"] == b["b"] {
			t.Errorf("%s: seeds 1 and 2 give %v", method, a)
		}
	}
}

func TestBadDraws(t *testing.T) {
	space, err := search.ParseSpace([]string{"a=log(1,2)", "b=one(x,y)", "c=int(1,3)"})
	if err != nil {
		t.Fatal(err)
	}
	known := func(number int, a, b, c search.Value) []search.Finished {
		var all []search.Finished
		for i := range 11 {
			all = append(all, search.Finished{Number: i, Values: map[string]search.Value{"a": 1.5, "b": "x", "c": 2}, Loss: float64(i)})
		}
		all[10] = search.Finished{Number: number, Values: map[string]search.Value{"a": a, "b": b, "c": c}}
		return all
	}
	missing := known(10, 1, "x", 1)
	delete(missing[3].Values, "b")
	for _, c := range []struct {
		number   int
		finished []search.Finished
		want     string
	}{
		{-1, nil, "draw -1"},
		{11, known(11, 1, "x", 1), "draw 11 is there twice"},
		{11, known(4, 1, "x", 1), "draw 4 is there twice"},
		{11, known(10, 3.0, "x", 1), "draw 10: a: 3 is not in a=log(1,2)"},
		{11, known(10, "x", "x", 1), "accepted: a number"},
		{11, known(10, 1, "z", 1), "draw 10: b: z is not in b=one(x,y)"},
		{11, known(10, 1, "y", 1.5), "draw 10: c: 1.5 is not in c=int(1,3)"},
		{11, missing, "draw 3: no value of b"},
	} {
		p, err := search.New("tpe", space, 1)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := p.Propose(c.number, c.finished); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v; want an error with %q", v, err, c.want)
		}
	}
}
