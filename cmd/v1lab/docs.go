package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/cmd/docgen"
	"v1lab/datasets/durable"
	"v1lab/kernels/v1labhome"
)

// docsCmd is v1lab docs, for developers of v1lab.
type docsCmd struct {
	Check bool `help:"Write nothing; fail if a page is out of date."`
}

func (c *docsCmd) Run(a *app) error {
	root, err := v1labhome.Root()
	if err != nil {
		return err
	}
	parser, err := grammar(&cli{})
	if err != nil {
		return err
	}
	generator := docgen.Generator{Source: docgen.Source{Root: root}, Verbs: parser.Model}
	stale, err := generator.Stale()
	if err != nil {
		return err
	}
	pages := slices.Sorted(maps.Keys(stale))
	if c.Check {
		if len(pages) > 0 {
			return fmt.Errorf("out of date: %s; go run ./cmd/v1lab docs rewrites them", strings.Join(pages, ", "))
		}
		return nil
	}
	for _, page := range pages {
		if err := durable.WriteFile(filepath.Join(root, page), []byte(stale[page]), 0o666); err != nil {
			return err
		}
		a.printf("%s\n", page)
	}
	return nil
}
