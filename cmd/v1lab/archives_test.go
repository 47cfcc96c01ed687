package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
)

// reArray matches a row of the page on archives: name, shape, type.
var reArray = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| `\\[(.*?)\\]` \\| (\\w+) \\|")

// described is what the page on archives says of each verb's arrays: their number of axes and type, by name.
func described(t *testing.T) map[string]map[string]arrayForm {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout(t), "docs", "reference", "archives.md"))
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]map[string]arrayForm{}
	for section := range strings.SplitSeq(string(text), "\n## v1lab ") {
		verb, _, _ := strings.Cut(section, " ")
		verbs[verb] = map[string]arrayForm{}
		for _, row := range reArray.FindAllStringSubmatch(section, -1) {
			axes := 0
			if row[2] != "" {
				axes = strings.Count(row[2], ",") + 1
			}
			verbs[verb][row[1]] = arrayForm{axes, strings.Replace(row[3], "text", "str", 1)}
		}
	}
	return verbs
}

type arrayForm struct {
	Axes int
	Type string
}

// The page on archives has every array that verbs write, by whatever flags, and no other, with its number of axes and type.
func TestDocumentsArchives(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every verb that writes an archive")
	}
	run, second, dir := fittedRun(t), alike(t, 1), t.TempDir()
	wrote := map[string]map[string]arrayForm{}
	for _, args := range [][]string{
		{"features", "--run", strengthened(t)},
		{"cluster", "--run", run, "--run", second},
		{"cluster", "--run", copied(t), "--k", "2", "--from", "tuning"},
		{"rf", "--run", run, "--neurons", "0,3"},
		{"mei", "--run", run, "--neurons", "0,3", "--images", "2", "--steps", "3", "--range", "0,255", "--std", "30"},
		{"mei", "--run", run, "--neurons", "0", "--images", "2", "--steps", "3", "--inhibiting"},
		{"mei", "--run", run, "--neurons", "0", "--images", "2", "--steps", "3", "--diverse"},
		{"discriminate", "--run", run, "--k", "2", "--images", "1", "--steps", "3"},
		{"tune", "--run", run, "--neurons", "0,3", "--x", "7:8", "--y", "7:8"},
	} {
		out := filepath.Join(dir, args[0]+".npz")
		works(t, append(args, "--out", out)...)
		arrays, err := array.ReadNPZ(out)
		if err != nil {
			t.Fatal(err)
		}
		if wrote[args[0]] == nil {
			wrote[args[0]] = map[string]arrayForm{}
		}
		for name, a := range arrays {
			wrote[args[0]][name] = arrayForm{len(a.Shape), a.Type()}
		}
	}
	want := described(t)
	for verb, got := range wrote {
		if d := cmp.Diff(want[verb], got); d != "" {
			t.Errorf("docs/reference/archives.md, v1lab %s, against what it wrote: %s", verb, d)
		}
	}
}
