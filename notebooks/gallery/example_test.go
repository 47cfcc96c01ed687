package gallery_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"v1lab/notebooks/gallery"
)

func Example() {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	path := filepath.Join(dir, "tuning.ipynb")
	nb := `{"cells": [{"cell_type": "markdown", "source": ["# Tuning\n", "What a neuron prefers."]}], "nbformat": 4}`
	if err := os.WriteFile(path, []byte(nb), 0o644); err != nil {
		log.Fatal(err)
	}
	var page strings.Builder
	if err := gallery.Write(&page, "Notebooks", []gallery.Entry{{Notebook: path, Page: "tuning.html", Took: time.Second}}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(page.String(), `<a href="tuning.html">Tuning</a>`), strings.Contains(page.String(), "What a neuron prefers."))
	// Output: true true
}
