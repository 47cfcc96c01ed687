package docgen

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/kinds"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/schedule"
)

// config returns a table of the keys of a config, with their values in the default preset.
func (g *Generator) config() (string, error) {
	fields, err := g.Fields(module+"/v1model.Config", "yaml")
	if err != nil {
		return "", err
	}
	preset, err := v1model.Load(v1model.Default)
	if err != nil {
		return "", err
	}
	text, err := preset.YAML()
	if err != nil {
		return "", err
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return "", err
	}
	var rows [][]string
	for _, f := range fields {
		if f.Type == "object" { // its own fields follow
			continue
		}
		value := ""
		if v := lookup(values, strings.Split(f.Key, ".")); v != nil {
			value = code(strings.ReplaceAll(fmt.Sprint(v), " ", ", "))
		}
		rows = append(rows, []string{code(f.Key), f.Type, value, plain(f.Comment)})
	}
	return table([]string{"key", "value", "in " + v1model.Default, "meaning"}, rows), nil
}

// lookup returns the value under a path of keys, nil if there is none.
func lookup(values map[string]any, path []string) any {
	v := values[path[0]]
	if len(path) == 1 {
		return v
	}
	inside, _ := v.(map[string]any)
	return lookup(inside, path[1:])
}

// answer returns a table of the keys of a JSON output.
func (g *Generator) answer(of string) (string, error) {
	fields, err := g.Fields(of, "json")
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, f := range fields {
		rows = append(rows, []string{code(f.Key), f.Type, plain(f.Comment)})
	}
	return table([]string{"key", "value", "meaning"}, rows), nil
}

// presets is a table of the presets and their sources.
func presets() string {
	var rows [][]string
	for _, p := range v1model.Presets() {
		rows = append(rows, []string{code(p.ID()), p.Source})
	}
	return table([]string{"preset", "source"}, rows)
}

// registries maps a config field to the list of its kinds.
var registries = map[string]func() []kinds.About{"core.kind": core.All, "readout.kind": readout.All, "fit.loss": loss.All, "fit.schedule": schedule.All}

// kindsOf is a table of the registered kinds of a part.
func kindsOf(field string) (string, error) {
	all, ok := registries[field]
	if !ok {
		return "", fmt.Errorf("found %q; accepted: %s", field, strings.Join(slices.Sorted(maps.Keys(registries)), ", "))
	}
	var rows [][]string
	for _, k := range all() {
		rows = append(rows, []string{code(k.Name), plain(k.Summary)})
	}
	return table([]string{"kind", "what is special about it"}, rows), nil
}

// packageList returns a table of the packages below a folder, with the first sentence of each one's documentation. It leaves out internal
// packages and test data.
func (g *Generator) packageList(folder string) (string, error) {
	var rows [][]string
	err := filepath.WalkDir(filepath.Join(g.Root, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if slices.Contains([]string{"internal", "testdata"}, d.Name()) {
			return fs.SkipDir
		}
		relative, err := filepath.Rel(g.Root, path)
		if err != nil {
			return err
		}
		files, err := g.files(module + "/" + filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		for _, file := range files {
			if file.Doc != nil {
				name := filepath.ToSlash(relative)
				synopsis := firstSentence(strings.TrimPrefix(file.Doc.Text(), "Package "+file.Name.Name+" "))
				rows = append(rows, []string{fmt.Sprintf("[%s](../../%s)", code(name), name), plain(synopsis)})
				break
			}
		}
		return nil
	})
	return table([]string{"package", "what it does"}, rows), err
}

// firstSentence returns the first sentence of a text as one line.
func firstSentence(text string) string {
	paragraph, _, _ := strings.Cut(text, "\n\n")
	words := strings.Fields(paragraph)
	for i, word := range words {
		if strings.HasSuffix(word, ".") && word != "al." {
			return strings.Join(words[:i+1], " ")
		}
	}
	return strings.Join(words, " ")
}
