package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/imports"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/kernels/ipynb"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// convert writes each notebook as a Go file beside it, or the reverse, or into the folder --out.
func (c *notebookCmd) convert(a *app) error {
	from, to := ".ipynb", ".go"
	if c.To == "ipynb" {
		from, to = to, from
	}
	switch {
	case len(c.Set) > 0, c.HTML, c.JUnit != "", c.Timeout != 0, c.Jobs != 1:
		return usagef("--to %s runs nothing; accepted with it: --out", c.To)
	}
	for _, path := range c.Notebooks {
		if filepath.Ext(path) != from {
			return usagef("--to %s of %s: extension %q; accepted: %s", c.To, path, filepath.Ext(path), from)
		}
	}
	for _, path := range c.Notebooks {
		out := strings.TrimSuffix(path, from) + to
		if c.Out != "" {
			if err := durable.MkdirAll(c.Out, 0o777); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			out = filepath.Join(c.Out, filepath.Base(out))
		}
		if err := convertOne(path, out); err != nil {
			return err
		}
		a.printf("%s\n", out)
	}
	return nil
}

// convertOne writes a notebook as a Go file, or the reverse. What is there and is no such file is not replaced.
func convertOne(path, out string) error {
	source, err := infile.ReadFile(path, 1<<30)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(out)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	exists := err == nil
	var text []byte
	if filepath.Ext(path) == ".go" {
		if !exists {
			old = nil
		}
		if text, err = ipynb.FromGo(source, old); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	} else {
		if err := jupyter.CheckLanguage(path); err != nil {
			return err
		}
		if exists && !ipynb.IsGo(old) {
			return fmt.Errorf("%s is there and was not made of a notebook: give another folder with --out", out)
		}
		if text, err = ipynb.ToGo(source, neededImports); err != nil {
			return fmt.Errorf("notebook %s: %w", path, err)
		}
	}
	if exists && bytes.Equal(text, old) {
		return nil
	}
	return durable.WriteFile(out, text, 0o644)
}

// neededImports returns the imports of a file of the checkout: those that it has and needs, and those that goimports adds.
func neededImports(source []byte) ([]string, error) {
	root, err := v1labhome.Root()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(root, "notebooks", "cells.go") // only a name, from which packages are looked for
	text, err := imports.Process(path, source, &imports.Options{Comments: true, TabIndent: true, TabWidth: 8})
	if err != nil {
		return nil, fmt.Errorf("its imports: %w", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("its imports: %w", err)
	}
	var specs []string
	for _, spec := range file.Imports {
		text := spec.Path.Value
		if spec.Name != nil {
			text = spec.Name.Name + " " + text
		}
		specs = append(specs, text)
	}
	return specs, nil
}
