package webpage

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
)

// maxKept is the largest size of a figure taken from a run folder, in bytes.
const maxKept = 16 << 20

// picture is a figure as a data URL.
type picture struct {
	Name    string
	Caption string
	Width   int // CSS pixels; 0: the picture's own width
	URL     template.URL

	Interactive template.URL // a Vega-Lite file, empty: none
}

// album has a run's figures by name. The first figure of a name is kept.
type album struct {
	pictures map[string]picture
	order    []string
	taken    map[string]bool
}

func newAlbum() *album { return &album{pictures: map[string]picture{}, taken: map[string]bool{}} }

func (a *album) put(p picture) {
	if _, ok := a.pictures[p.Name]; !ok {
		a.pictures[p.Name] = p
		a.order = append(a.order, p.Name)
	}
}

func (a *album) add(all ...report.Named) error {
	for _, f := range all {
		p, err := inlined(f)
		if err != nil {
			return err
		}
		a.put(p)
	}
	return nil
}

// take returns the pictures of a section in the order of the catalogue, and marks them as taken.
func (a *album) take(of report.Section) (some []picture) {
	for _, e := range report.Catalogue() {
		if p, ok := a.pictures[e.Name]; ok && e.Section == of {
			some = append(some, p)
			a.taken[e.Name] = true
		}
	}
	return some
}

// rest returns the pictures that were not taken.
func (a *album) rest() (some []picture) {
	for _, name := range a.order {
		if !a.taken[name] {
			some = append(some, a.pictures[name])
		}
	}
	return some
}

// inlined draws a figure as SVG or PNG, whichever is smaller.
func inlined(f report.Named) (picture, error) {
	var svg, png bytes.Buffer
	if err := errors.Join(f.Figure.WriteSVG(&svg), f.Figure.WritePNG(&png, figures.DPI)); err != nil {
		return picture{}, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	width, _ := f.Figure.Size()
	p := picture{Name: f.Name, Caption: f.Caption, Width: int(width*96 + 0.5)}
	if svg.Len() < png.Len() {
		p.URL = dataURL(".svg", svg.Bytes())
	} else {
		p.URL = dataURL(".png", png.Bytes())
	}
	return p, nil
}

func dataURL(ext string, content []byte) template.URL {
	kind := map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[ext]
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content)) //nolint:gosec // an image cannot run scripts
}

// keep adds figures that other verbs left in the run folder, such as receptive fields. If a figure is there as PNG and SVG, it takes the smaller file.
// notes say which figures were left out.
func (a *album) keep(dir string) (notes []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("figures: %w", err)
	}
	smallest := map[string]fs.FileInfo{}
	var names []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || ext != ".png" && ext != ".svg" {
			continue
		}
		name := strings.TrimSuffix(e.Name(), ext)
		other, ok := smallest[name]
		if !ok {
			names = append(names, name)
		}
		if !ok || info.Size() < other.Size() {
			smallest[name] = info
		}
	}
	for _, name := range names {
		info := smallest[name]
		if info.Size() > maxKept {
			notes = append(notes, fmt.Sprintf("The figure %s in the run folder is left out: %d MiB, more than %d.", info.Name(), info.Size()>>20, maxKept>>20))
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, info.Name()))
		if err != nil {
			return nil, fmt.Errorf("figures: %w", err)
		}
		a.put(picture{Name: name, Caption: strings.ReplaceAll(name, "_", " "), URL: dataURL(filepath.Ext(info.Name()), content)})
	}
	return notes, nil
}
