package docgen

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// Generator writes the generated blocks of a checkout's pages.
type Generator struct {
	Source
	Verbs *kong.Application
}

// Pages returns the Markdown files that may have blocks, relative to the root: README.md and those in docs/.
func Pages(root string) ([]string, error) {
	pages := []string{"README.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".md" {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			pages = append(pages, relative)
		}
		return err
	})
	return pages, err
}

// Stale returns the pages that are out of date, each with its text as it should be.
func (g *Generator) Stale() (map[string]string, error) {
	pages, err := Pages(g.Root)
	if err != nil {
		return nil, err
	}
	stale := map[string]string{}
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(g.Root, page))
		if err != nil {
			return nil, err
		}
		made, err := Rewrite(string(text), g.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", page, err)
		}
		if made != string(text) {
			stale[page] = made
		}
	}
	return stale, nil
}

// Block returns the text of a block. The first word of its name selects the kind of block, the rest is its argument, as in "kinds core.kind".
func (g *Generator) Block(name string) (string, error) {
	what, of, _ := strings.Cut(name, " ")
	switch what {
	case "command-line":
		return CommandLine(g.Verbs), nil
	case "config":
		return g.config()
	case "figures":
		return figures(), nil
	case "json":
		return g.answer(of)
	case "kinds":
		return kindsOf(of)
	case "packages":
		return g.packageList(of)
	case "presets":
		return presets(), nil
	case "public-recordings":
		return public()
	case "schemes":
		return schemes(), nil
	}
	return "", fmt.Errorf("unknown; accepted: command-line, config, figures, json TYPE, kinds FIELD, packages FOLDER, presets, public-recordings, schemes")
}
