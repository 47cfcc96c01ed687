package docgen_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"v1lab/kernels/v1labhome"
)

var (
	reNode  = regexp.MustCompile(`(?m)^  (\w+)\["(.+)"\]$`)
	reArrow = regexp.MustCompile(`(?m)^  (\w+) --> (\w+)$`)
)

// The picture of the architecture has an arrow from A to B where a package of A imports one of B, but for those that follow from others.
func TestArchitecturePicture(t *testing.T) {
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "developers", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	boxes := map[string]string{} // box by the folder that it names
	for _, m := range reNode.FindAllStringSubmatch(string(text), -1) {
		for _, folder := range folders(m[2]) {
			boxes[folder] = m[1]
		}
	}
	var drawn []string
	for _, m := range reArrow.FindAllStringSubmatch(string(text), -1) {
		drawn = append(drawn, m[1]+" --> "+m[2])
	}
	arrows := map[string]map[string]bool{}
	for from, imports := range packages(t, root) {
		a := box(boxes, from)
		if a == "" {
			t.Errorf("%s is in no box of the picture", from)
		}
		for _, to := range imports {
			if b := box(boxes, to); b != a && b != "" {
				if arrows[a] == nil {
					arrows[a] = map[string]bool{}
				}
				arrows[a][b] = true
			}
		}
	}
	var want []string
	for a := range arrows {
		if reaches(arrows, a, a) {
			t.Errorf("%s imports itself by way of other boxes: an arrow goes up", a)
		}
		for b := range arrows[a] {
			others := maps.Clone(arrows[a])
			delete(others, b)
			follows := false
			for c := range others {
				follows = follows || reaches(arrows, c, b)
			}
			if !follows {
				want = append(want, a+" --> "+b)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(drawn)
	if !slices.Equal(want, drawn) {
		t.Errorf("docs/developers/architecture.md: the picture's arrows are not the packages'; they are\n  %s", strings.Join(want, "\n  "))
	}
}

// folders are the folders that a box names: the first with the one above it, the others beside it; /... is all below.
func folders(label string) (all []string) {
	above := ""
	for i, name := range strings.Split(label, ", ") {
		if i == 0 {
			above, _, _ = strings.Cut(name, "/")
		} else {
			name = above + "/" + name
		}
		all = append(all, name)
	}
	return all
}

// box is the box of a package: that which names its folder, else the nearest folder above with /... after it; empty if there is none.
func box(boxes map[string]string, folder string) string {
	if b, ok := boxes[folder]; ok {
		return b
	}
	for ; folder != "."; folder = filepath.Dir(folder) {
		if b, ok := boxes[folder+"/..."]; ok {
			return b
		}
	}
	return ""
}

// reaches tells whether arrows lead from a to b.
func reaches(arrows map[string]map[string]bool, a, b string) bool {
	seen := map[string]bool{}
	var walk func(string) bool
	walk = func(from string) bool {
		for to := range arrows[from] {
			if to == b {
				return true
			}
			if !seen[to] {
				seen[to] = true
				if walk(to) {
					return true
				}
			}
		}
		return false
	}
	return walk(a)
}

// packages lists what each package of the program imports of this module, by folder. Packages that neither the program nor a notebook uses are left out (helpers
// of tests, examples).
func packages(t *testing.T, root string) map[string][]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./cmd/v1lab", "./notebooks/lab", "./notebooks/datafigures")
	command.Dir, command.Stderr = root, os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(fmt.Errorf("go list: %w", err))
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from, ours := strings.CutPrefix(words[0], "v1lab/")
		if !ours || strings.HasSuffix(from, "test") {
			continue
		}
		all[from] = []string{}
		for _, word := range words[1:] {
			if to, ours := strings.CutPrefix(word, "v1lab/"); ours {
				all[from] = append(all[from], to)
			}
		}
	}
	return all
}
