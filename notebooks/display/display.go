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

// Resolution of pictures in dots per inch, and dots to each pixel of a page's measure: sharp on a screen of double density.
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

// Figure shows a figure, or ends the cell with err: display.Figure(report.LossCurve(run)). One that can be pointed at (figures.Figure.VegaLite)
// is shown so by JupyterLab, and as a picture where nothing draws it: on a page, by a code host.
func Figure(f *figures.Figure, err error) {
	Check(err)
	if !gonbui.IsNotebook {
		return
	}
	Check(send(f))
}

// Try shows a figure, or as a line of text why there is none: display.Try(recording.Positions(d)).
func Try(f *figures.Figure, err error) {
	if err != nil {
		Text("%v", err)
		return
	}
	Figure(f, nil)
}

// png draws a figure, and tells its size on the page.
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

const words = 24 // letters beyond which a cell of a table holds words

func table(header []string, rows [][]string) string {
	var b strings.Builder
	wordy := map[int]bool{} // columns; notebooks set cells to the right, which is for numbers
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
