package figures

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"v1lab/datasets/durable"
)

// DPI is the resolution of the PNG files that Save writes, in dots per inch. They are sharp on high-resolution screens.
const DPI = 144

// Figure is a finished drawing of fixed size. Later changes of the data do not change it.
type Figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
	interactive   map[string]any // see VegaLite
}

// Size returns width and height in inches.
func (f *Figure) Size() (width, height float64) {
	return float64(f.width / vg.Inch), float64(f.height / vg.Inch)
}

// WritePNG writes the figure as PNG. dpi is the resolution in dots per inch, 10 to 1200.
func (f *Figure) WritePNG(w io.Writer, dpi int) error {
	if dpi < 10 || dpi > 1200 {
		return fmt.Errorf("figures: found a resolution of %d dpi; accepted are 10 to 1200", dpi)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi))
	f.draw(draw.New(canvas))
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
	return err
}

// WriteSVG writes the figure as SVG 1.1. Text is stored as text, in Liberation Sans or a font with the same widths.
func (f *Figure) WriteSVG(w io.Writer) error {
	canvas := vgsvg.NewWith(vgsvg.UseWH(f.width, f.height))
	f.draw(draw.New(canvas))
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(svg.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
	return err
}

// Save writes the figure to a file. The extension of path selects PNG (with DPI) or SVG. The file is written whole or not at all.
func (f *Figure) Save(path string) error {
	var data bytes.Buffer
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".png":
		err = f.WritePNG(&data, DPI)
	case ".svg":
		err = f.WriteSVG(&data)
	default:
		return fmt.Errorf("figures: %s: found extension %q; accepted are .png and .svg", path, ext)
	}
	if err != nil {
		return fmt.Errorf("figures: %s: %w", path, err)
	}
	if err := durable.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("figures: %s: %w", path, err)
	}
	return nil
}
