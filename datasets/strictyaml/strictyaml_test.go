package strictyaml_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/strictyaml"
)

type inner struct {
	Whole   int                `yaml:"whole"`
	Seed    uint64             `yaml:"seed"`
	Real    float64            `yaml:"real"`
	Switch  bool               `yaml:"switch"`
	Maybe   *bool              `yaml:"maybe"`
	Sizes   []int              `yaml:"sizes"`
	Words   []string           `yaml:"words"`
	Options map[string]float64 `yaml:"options"`
}

type config struct {
	Name  string `yaml:"name"`
	Inner inner  `yaml:"inner"`
}

func start() config {
	return config{Name: "n", Inner: inner{Whole: 32, Seed: 3, Real: .5, Sizes: []int{13, 5, 5}, Words: []string{"a"}}}
}

func Example() {
	var c config
	if err := strictyaml.Unmarshal([]byte("inner: {whole: 7, sizes: [3, 5]}"), &c); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.Inner.Whole, c.Inner.Sizes, strictyaml.Set(&c, "inner.whole", "1.5"))
	// Output: 7 [3 5] accepted: a value of type int
}

func TestTextIsReadExactly(t *testing.T) {
	yes := true
	for text, change := range map[string]func(*config){
		"\ufeffname: x\n":                                  func(c *config) { c.Name = "x" },
		"---\nname: x\n---\n":                              func(c *config) { c.Name = "x" },
		"name: 010":                                        func(c *config) { c.Name = "010" },
		"inner: {whole: 64.0, real: 1e-3}":                 func(c *config) { c.Inner.Whole, c.Inner.Real = 64, 1e-3 },
		"inner: {whole: 1e4, real: .5}":                    func(c *config) { c.Inner.Whole = 10000 },
		"inner: {seed: 18446744073709551615, real: 1e+06}": func(c *config) { c.Inner.Seed, c.Inner.Real = 18446744073709551615, 1e6 },
		"inner: {switch: true, maybe: true}":               func(c *config) { c.Inner.Switch, c.Inner.Maybe = true, &yes },
		"inner: {switch: , maybe: ~}":                      func(*config) {}, // no value asked for, none there
		"inner:\n  sizes:\n  - 7\n  - 3\n  words: []\n":    func(c *config) { c.Inner.Sizes, c.Inner.Words = []int{7, 3}, []string{} },
		"inner: {options: {a: -1, b: 2.5}}":                func(c *config) { c.Inner.Options = map[string]float64{"a": -1, "b": 2.5} },
		"name: >\n  two\n  lines\n":                        func(c *config) { c.Name = "two lines\n" },
		"inner: {whole: &n 7, sizes: [*n, *n]}":            func(c *config) { c.Inner.Whole, c.Inner.Sizes = 7, []int{7, 7} },
		"inner: {} # a comment":                            func(*config) {},
	} {
		got, want := start(), start()
		change(&want)
		if err := strictyaml.Unmarshal([]byte(text), &got); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%q: %v %s", text, err, cmp.Diff(want, got))
		}
	}
}

func TestTextThatSaysSomethingElseIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "empty",
		"# nothing but this\n":                 "empty",
		"name: a\n---\nname: b\n":              "line 3: found a second document",
		"name: a\n...\nname: b\n":              "second document",
		"5":                                    "found 5, accepted: a mapping",
		"name:":                                "name: found no value",
		"name: [a]":                            "name: found a list, accepted: a value of type string",
		"nam: a":                               `nam: unknown key, did you mean "name"`,
		"inner: {whole: 64.7}":                 "inner.whole: found 64.7, accepted: a value of type int",
		"inner: {whole: 010}":                  "inner.whole: found 010, accepted: a value of type int, without zeros in front",
		"inner: {whole: 0x10}":                 "inner.whole: found 0x10, accepted",
		"inner: {whole: 1_000}":                "inner.whole: found 1_000, accepted",
		"inner: {whole: true}":                 "inner.whole: found true, accepted",
		"inner: {whole: }":                     "inner.whole: found no value, accepted: a value of type int",
		"inner: {whole: 1e30}":                 "inner.whole: found 1e30, accepted",
		"inner: {seed: -1}":                    "inner.seed: found -1, accepted: a value of type uint64",
		"inner: {real: .inf}":                  "inner.real: found .inf, accepted: a value of type float64",
		"inner: {real: .nan}":                  "inner.real: found .nan, accepted",
		"inner: {real: 1e999}":                 "inner.real: found 1e999, accepted: a value of type float64 that is not too large",
		"inner: {real: '0,01'}":                "inner.real: found 0,01, accepted: a value of type float64, with a point before the decimals",
		"inner: {switch: yes}":                 "inner.switch: found yes, accepted: a value of type bool",
		"inner: {switch: 1}":                   "inner.switch: found 1, accepted",
		"inner: {sizes: 7}":                    "inner.sizes: found 7, accepted: a value of type []int",
		"inner: {sizes: [7, 7.9]}":             "inner.sizes: found 7.9, accepted: a value of type int",
		"inner: {sizes: [7, ~]}":               "inner.sizes: found no value at place 2",
		"inner: {sizes: }":                     "inner.sizes: found no value",
		"inner: {options: {a: many}}":          "inner.options.a: found many, accepted: a value of type float64",
		"inner: {options: {a: }}":              "inner.options.a: found no value",
		"inner: {whole: 1, whole: 2}":          "not YAML",
		"inner: &a {whole: 1}":                 "line 1: found an anchor of a mapping, accepted: anchors of single values",
		"name: *a":                             "found *a, accepted: the name of an anchor above",
		"inner: {<<: {whole: 1}}":              "without tags and merges",
		"name: !!str 5":                        "without tags and merges",
		"name: a\x00b":                         "byte 7 is zero",
		strings.Repeat("[", 50_000):            "nested deeper than 32",
		strings.Repeat("{a: ", 50_000):         "nested deeper than 32",
		strings.Repeat("- ", 50_000):           "nested deeper than 32",
		strings.Repeat("? ", 50_000):           "nested deeper than 32",
		strings.Repeat("[{a: ", 9000):          "nested deeper than 32",
		blocks(40):                             "nested deeper than 32",
		"a: [" + strings.Repeat("1,", 200_000): "more than 100000 marks",
		"# " + strings.Repeat("x", strictyaml.MaxBytes):   "1048578 bytes of YAML, accepted: up to 1048576",
		"inner: " + strings.Repeat("!!a ", 50_000) + "{}": "", // any error
		"inner: " + strings.Repeat("&a ", 50_000) + "{}":  "",
		"inner: " + strings.Repeat("\"a\" ", 50_000):      "",
		strings.Repeat("a: ", 50_000):                     "",
	} {
		short := fmt.Sprintf("%.40q", text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := start()
		err := strictyaml.Unmarshal([]byte(text), &got)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%s: error %.300v, want one line with %q", short, err, want)
		}
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 150 {
			t.Errorf("%s: %d MB were used", short, made)
		}
	}
	if err := strictyaml.Unmarshal(nil, new(config)); !errors.Is(err, strictyaml.ErrEmpty) {
		t.Error(err)
	}
}

// blocks is a mapping in a mapping and so on.
func blocks(depth int) string {
	var text strings.Builder
	for i := range depth {
		text.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return text.String()
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		path, text string
		change     func(*config) // nil: refused
	}{
		{"inner.whole", "7", func(c *config) { c.Inner.Whole = 7 }},
		{"inner.real", "1e-3", func(c *config) { c.Inner.Real = 1e-3 }},
		{"inner.real", "-.5", func(c *config) { c.Inner.Real = -.5 }},
		{"inner.sizes", "7", func(c *config) { c.Inner.Sizes = []int{7} }},
		{"inner.sizes", "7,3", func(c *config) { c.Inner.Sizes = []int{7, 3} }},
		{"inner.sizes", "[7, 3]", func(c *config) { c.Inner.Sizes = []int{7, 3} }},
		{"inner.words", "b,'c,d'", func(c *config) { c.Inner.Words = []string{"b", "c,d"} }},
		{"inner.options.a", "2", func(c *config) { c.Inner.Options = map[string]float64{"a": 2} }},
		{"inner.options", "{a: 2}", func(c *config) { c.Inner.Options = map[string]float64{"a": 2} }},
		{"inner", "{whole: 7, real: 2}", func(c *config) { c.Inner.Whole, c.Inner.Real = 7, 2 }},
		{"inner.maybe", "false", func(c *config) { c.Inner.Maybe = new(bool) }},
		{"name", "a: b, c}", func(c *config) { c.Name = "a: b, c}" }},
		{"name", `"x"`, func(c *config) { c.Name = "x" }},
		{"name", "", func(c *config) { c.Name = "" }},
		{"inner.real", "0,01", nil},
		{"inner.real", "1,5", nil},
		{"inner.real", "nan", nil},
		{"inner.real", "NaN", nil},
		{"inner.real", "inf", nil},
		{"inner.real", ".inf", nil},
		{"inner.real", "1e400", nil},
		{"inner.real", "0x1p3", nil},
		{"inner.real", "1 2", nil},
		{"inner.real", "2 # two", nil},
		{"inner.whole", "", nil},
		{"inner.whole", "~", nil},
		{"inner.whole", "null", nil},
		{"inner.whole", "16.5", nil},
		{"inner.whole", "010", nil},
		{"inner.whole", "7, real: 3", nil},
		{"inner.whole", "7}, name: {a: 3", nil},
		{"inner.whole", "99999999999999999999", nil},
		{"inner.seed", "1.7", nil},
		{"inner.seed", "-1", nil},
		{"inner.sizes", "7.9", nil},
		{"inner.sizes", "7,,3", nil},
		{"inner.sizes", "7,", nil},
		{"inner.sizes", ",7", nil},
		{"inner.sizes", "7,~", nil},
		{"inner.sizes", "7 3", nil},
		{"inner.sizes", "[7,3", nil},
		{"inner.sizes", "7] # [3", nil},
		{"inner.sizes", strings.Repeat("[", 50_000), nil},
		{"inner.maybe", "perhaps", nil},
		{"inner.maybe", "", nil},
		{"inner.switch", "on", nil},
		{"inner.options.a", "many", nil},
		{"inner.options.a", "", nil},
		{"inner", "7", nil},
		{"inner.whole.x", "7", nil},
		{"inner.whol", "7", nil},
	} {
		got, want := start(), start()
		err := strictyaml.Set(&got, c.path, c.text)
		if c.change == nil {
			if err == nil || !strings.Contains(err.Error(), "accepted: ") && !strings.Contains(err.Error(), "not a mapping") {
				t.Errorf("%s=%.40s: error %v", c.path, c.text, err)
			}
			continue
		}
		c.change(&want)
		if err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s=%s: %v %s", c.path, c.text, err, cmp.Diff(want, got))
		}
	}
}

// A copy of a config is not changed through what it shares with it.
func TestSettingsLeaveCopiesAlone(t *testing.T) {
	first := start()
	for _, s := range [][2]string{{"inner.options.a", "1"}, {"inner.maybe", "true"}} {
		if err := strictyaml.Set(&first, s[0], s[1]); err != nil {
			t.Fatal(err)
		}
	}
	second := first
	for _, s := range [][2]string{{"inner.options.a", "2"}, {"inner.options.b", "3"}, {"inner.maybe", "false"}, {"inner.sizes", "1,1,1"}} {
		if err := strictyaml.Set(&second, s[0], s[1]); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(map[string]float64{"a": 1}, first.Inner.Options) + cmp.Diff([]int{13, 5, 5}, first.Inner.Sizes); d != "" || !*first.Inner.Maybe {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]float64{"a": 2, "b": 3}, second.Inner.Options); d != "" || *second.Inner.Maybe {
		t.Error(d)
	}
}
