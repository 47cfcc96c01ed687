package docgen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"v1lab/cmd/docgen"
	"v1lab/kernels/v1labhome"
)

// bakery is a small command line with all that the generator tells apart.
type bakery struct {
	Quiet bool `help:"Say nothing."`
	Bake  struct {
		Bread string   `arg:"" help:"Kind of <bread>."`
		Oven  string   `required:"" placeholder:"NAME" help:"Which oven."`
		Hours float64  `default:"2" help:"How long."`
		Heat  int      `default:"200" help:"How hot. Default: that of the oven."`
		Seeds []string `placeholder:"S" help:"Sesame | poppy * linseed."`
		Trick bool     `hidden:"" help:"Not told."`
	} `cmd:"" help:"Bakes bread."`
	Shop struct {
		Open  struct{} `cmd:"" help:"Opens the shop."`
		Close struct{} `cmd:"" hidden:"" help:"Not told either."`
	} `cmd:"" help:"The shop."`
}

func generator(t *testing.T) *docgen.Generator {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&bakery{}, kong.Name("bakery"), kong.Description("Bread, every day."))
	if err != nil {
		t.Fatal(err)
	}
	return &docgen.Generator{Source: docgen.Source{Root: root}, Verbs: parser.Model}
}

// has fails unless a text has each of the parts.
func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: no %q in\n%s", what, part, text)
		}
	}
}

func TestCommandLine(t *testing.T) {
	g := generator(t)
	g.Verbs.Children[0].Detail = "Bread takes time:\n  first the dough\n  then the <oven>\n"
	got := docgen.CommandLine(g.Verbs)
	want := `Bread, every day.

Flags that every verb takes:

| flag | meaning |
|---|---|
| ` + "`--quiet`" + ` | Say nothing. |

## bakery bake

Bakes bread.

Bread takes time:
- first the dough
- then the &lt;oven>

` + "```text\nbakery bake <bread> --oven=NAME [flags]\n```" + `

| argument | meaning |
|---|---|
| ` + "`bread`" + ` | Kind of &lt;bread>. |

| flag | meaning |
|---|---|
| ` + "`--oven=NAME`" + ` | Which oven. |
| ` + "`--hours=2`" + ` | How long. Default: 2. |
| ` + "`--heat=200`" + ` | How hot. Default: that of the oven. |
| ` + "`--seeds=S,...`" + ` | Sesame \| poppy \* linseed. |

## bakery shop open

Opens the shop.

` + "```text\nbakery shop open \n```\n\n"
	if got != want || strings.Contains(got, "Not told") {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Each kind of block shows what is registered and declared.
func TestBlocks(t *testing.T) {
	g := generator(t)
	for name, parts := range map[string][]string{
		"command-line":                       {"## bakery bake"},
		"config":                             {"| key | value |", "| `core.kind` | text | `hermite` |", "| `core.filter_sizes` | list of whole numbers | `["},
		"figures":                            {"| figure | what it shows |", "| `filters` |"},
		"json v1lab/v1model/evaluate.Report": {"| `test_corr` | number or null | mean over neurons", "| `neurons[].id` | text |"},
		"kinds core.kind":                    {"| `hermite` |", "| `cnn` |", "| `rotated` |"},
		"kinds fit.loss":                     {"| `poisson` |", "| `gaussian` |"},
		"kinds fit.schedule":                 {"| `reference` |", "| `one_cycle` |"},
		"kinds readout.kind":                 {"| `joint_l1` |", "| `factorised` |"},
		"packages datasets":                  {"| [`datasets`](../../datasets) |", "| [`datasets/zarr`](../../datasets/zarr) |"},
		"presets":                            {"| preset | source |", "| `ecker2019-n16@1` |"},
		"public-recordings":                  {"| name | recording | read it as | licence | page |", "https://"},
		"schemes":                            {"## Options of every scheme", "### npz", "| `normalise` |", "| `simulated:"},
	} {
		text, err := g.Block(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		has(t, name, text, parts...)
		if strings.Contains(name, "packages") && strings.Contains(text, "internal") {
			t.Errorf("%s lists internal packages:\n%s", name, text)
		}
		cells := 0 // every row of a table is one line with the header's number of cells
		for line := range strings.Lines(text) {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if strings.HasPrefix(line, "|") && cells > 0 && n != cells {
				t.Errorf("%s: %d bars, want %d: %s", name, n, cells, line)
			}
			cells = n
		}
	}
}

func TestBlockErrors(t *testing.T) {
	g := generator(t)
	for name, want := range map[string]string{
		"recipes":                      "unknown; accepted: command-line, config,",
		"json Report":                  "accepted: IMPORT/PATH.Type",
		"json v1lab/nowhere.Report":    "no type Report in v1lab/nowhere",
		"json v1lab/cmd/docgen.Source": "no field has a tag json",
		"kinds core.size":              `found "core.size"; accepted: core.kind, fit.loss, fit.schedule, readout.kind`,
		"packages nowhere":             "nowhere: no such file or directory",
	} {
		if _, err := g.Block(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// checkoutOf writes a checkout with pages and a package of its own, and returns its root.
func checkoutOf(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Stale names the pages that are out of date, with the text that they should have. A page with that text is not stale any more.
func TestStale(t *testing.T) {
	g := generator(t)
	block := "<!-- generated: kinds fit.loss -->\nold\n<!-- end of kinds fit.loss -->\n"
	g.Root = checkoutOf(t, map[string]string{"README.md": "Bread.\n", "docs/deep/losses.md": "# Losses\n\n" + block, "docs/picture.png": block})
	stale, err := g.Stale()
	page := filepath.Join("docs", "deep", "losses.md")
	if err != nil || len(stale) != 1 {
		t.Fatalf("%v, %v; want %s alone", stale, err, page)
	}
	has(t, page, stale[page], "# Losses\n\n<!-- generated: kinds fit.loss -->\n\n| kind |", "`poisson`", "|\n\n<!-- end of kinds fit.loss -->\n")
	if err := os.WriteFile(filepath.Join(g.Root, page), []byte(stale[page]), 0o600); err != nil {
		t.Fatal(err)
	}
	if stale, err := g.Stale(); err != nil || len(stale) != 0 {
		t.Errorf("rewritten: %v, %v", stale, err)
	}
	for text, want := range map[string]string{"<!-- generated: x -->\n": "docs/deep/losses.md: block \"x\": no", "<!-- generated: x -->\n<!-- end of x -->\n": "unknown; accepted"} {
		if err := os.WriteFile(filepath.Join(g.Root, page), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Stale(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	g.Root = t.TempDir()
	if _, err := g.Stale(); err == nil {
		t.Error("a checkout without docs is accepted")
	}
}

// Fields of all types are described in words; structs that come again refer to where their keys are.
func TestFieldTypes(t *testing.T) {
	root := checkoutOf(t, map[string]string{
		"bread/bread.go": `package bread

import (
	"time"

	oven "v1lab/ovens"
)

type Loaf struct {
	Base
	*More
	Name    string ` + "`json:\"name,omitempty\"`" + ` // beside
	// above
	// the field
	Sizes   [3]int             ` + "`json:\"sizes\"`" + `
	Grid    [][]float64        ` + "`json:\"grid\"`" + `
	Prices  map[string]float64 ` + "`json:\"prices\"`" + `
	By      map[string]Crumb   ` + "`json:\"by\"`" + `
	Inline  struct {
		X bool ` + "`json:\"x\"`" + `
	} ` + "`json:\"inline\"`" + `
	First   *Crumb             ` + "`json:\"first\"`" + `
	Ends    [2][]*Crumb        ` + "`json:\"ends\"`" + `
	Oven    oven.Kind          ` + "`json:\"oven\"`" + `
	Baked   time.Time          ` + "`json:\"baked\"`" + `
	Any     any                ` + "`json:\"any\"`" + `
	Secret  string             ` + "`json:\"-\"`" + `
	private int
}

type Base struct { ID uint64 ` + "`json:\"id\"`" + ` }
type More struct { Old bool ` + "`json:\"old\"`" + ` }
type Crumb struct { Grams float32 ` + "`json:\"grams\"`" + ` }
type Loaves []Loaf
type Wrong struct { Oven Missing ` + "`json:\"oven\"`" + ` }
type WrongBase struct { Missing }
`,
		"bread/bread_test.go": "package bread\n\nnot Go\n",
		"ovens/ovens.go":      "package ovens\n\ntype Kind string\n",
		"broken/broken.go":    "package broken\n\nnot Go\n",
	})
	source := docgen.Source{Root: root}
	fields, err := source.Fields("v1lab/bread.Loaf", "json")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		got = append(got, strings.TrimSuffix(f.Key+": "+f.Type+"; "+f.Comment, "; "))
	}
	want := []string{
		"id: whole number", "old: true or false", "name: text; beside", "sizes: 3 whole numbers; above the field", "grid: list of lists of numbers",
		"prices: numbers by name", "by: objects by name", "by.*.grams: number", "inline: object", "inline.x: true or false",
		"first: object; keys as in by.*", "ends: 2 lists of objects; keys as in by.*", "oven: text", "baked: value", "any: any value",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("fields\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if fields, err := source.Fields("v1lab/bread.Loaves", "json"); err != nil || fields[0].Key != "[].id" {
		t.Errorf("of a list: %v, %v", fields, err)
	}
	for of, want := range map[string]string{
		"v1lab/bread.Wrong":     "no type Missing in v1lab/bread",
		"v1lab/bread.WrongBase": "no type Missing in v1lab/bread",
		"v1lab/broken.Type":     "broken.go:3",
	} {
		if _, err := source.Fields(of, "json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", of, err, want)
		}
	}
}
