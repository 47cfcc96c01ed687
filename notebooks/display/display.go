package display

import (
	"bytes"
	"fmt"
	"html"
	stdpng "image/png"
	"os"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"

	"v1lab/notebooks/figures"
)

// Resolution is the resolution of pictures in dots per inch; density is the number of dots for each CSS pixel, so that pictures are sharp on
// high-resolution screens.
const (
	Resolution = 192
	density    = 2
)

// Check ends the cell with err, if there is one.
func Check(err error) {
	if err != nil {
		gonbui.Sync()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Must returns v, or ends the cell with err.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// Figure shows a figure, or ends the cell with err: display.Figure(report.LossCurve(run)). JupyterLab shows the interactive form of figures that have
// one (figures.Figure.VegaLite). HTML pages and code hosts show the PNG.
func Figure(f *figures.Figure, err error) {
	Check(err)
	if !gonbui.IsNotebook {
		return
	}
	Check(send(f))
}

// Try shows a figure, or the text of err: display.Try(datafigures.Positions(d)).
func Try(f *figures.Figure, err error) {
	if err != nil {
		Text("%v", err)
		return
	}
	Figure(f, nil)
}

// png draws a figure and returns its size on the page in CSS pixels.
func png(f *figures.Figure) (picture []byte, width, height int, err error) {
	var b bytes.Buffer
	if err := f.WritePNG(&b, Resolution); err != nil {
		return nil, 0, 0, err
	}
	size, err := stdpng.DecodeConfig(bytes.NewReader(b.Bytes()))
	return b.Bytes(), size.Width / density, size.Height / density, err
}

// Text shows a line of text.
func Text(format string, args ...any) {
	if !gonbui.IsNotebook {
		fmt.Printf(format+"\n", args...)
		return
	}
	gonbui.DisplayHTML("<p>" + html.EscapeString(fmt.Sprintf(format, args...)) + "</p>")
	gonbui.Sync() // else a cell that ends now may lose it
}

// Table shows rows under a header.
func Table(header []string, rows [][]string) {
	if !gonbui.IsNotebook {
		for _, row := range append([][]string{header}, rows...) {
			fmt.Println(strings.Join(row, "\t"))
		}
		return
	}
	gonbui.DisplayHTML(table(header, rows))
	gonbui.Sync()
}

const words = 24 // a table cell with more bytes is treated as text

func table(header []string, rows [][]string) string {
	var b strings.Builder
	wordy := map[int]bool{} // columns of text: align them left; notebooks align cells right, as numbers need it
	for _, row := range rows {
		for i, c := range row {
			wordy[i] = wordy[i] || len(c) > words
		}
	}
	line := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for i, c := range cells {
			align := ""
			if wordy[i] {
				align = ` style="text-align:left"`
			}
			fmt.Fprintf(&b, "<%s%s>%s</%s>", tag, align, html.EscapeString(c), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<table><thead>")
	line("th", header)
	b.WriteString("</thead><tbody>")
	for _, row := range rows {
		line("td", row)
	}
	b.WriteString("</tbody></table>")
	return b.String()
}
