package display

import (
	"encoding/base64"
	"fmt"
	"html"
	"os"

	"github.com/janpfeifer/gonb/gonbui"

	"v1lab/notebooks/figures"
)

// Live is a place in a cell's output that is overwritten as work goes on.
type Live struct {
	id   string
	last string
}

// NewLive opens a place.
func NewLive() *Live { return &Live{id: gonbui.UniqueId()} }

// Show replaces the output of the place: a line of text, a progress bar (fraction from 0 to 1; negative: no bar) and a figure (nil: none).
// Outside a notebook, the line goes to standard error.
func (l *Live) Show(line string, fraction float64, figure *figures.Figure) {
	if !gonbui.IsNotebook {
		l.say(line)
		return
	}
	text := head(line, fraction)
	if figure != nil {
		if picture, width, height, err := png(figure); err == nil {
			text += fmt.Sprintf(`<img width="%d" height="%d" style="height:auto" src="data:image/png;base64,%s">`, width, height, base64.StdEncoding.EncodeToString(picture))
		}
	}
	gonbui.UpdateHTML(l.id, text)
}

// ShowTable replaces the output of the place by a line, a progress bar and a table, as Show and Table do. What is shown already is not sent again.
func (l *Live) ShowTable(line string, fraction float64, header []string, rows [][]string) {
	if !gonbui.IsNotebook {
		l.say(line)
		return
	}
	text := head(line, fraction)
	if len(rows) > 0 {
		text += table(header, rows)
	}
	if text == l.last {
		return
	}
	l.last = text
	gonbui.UpdateHTML(l.id, text)
}

// say writes a line to standard error, unless it was the last.
func (l *Live) say(line string) {
	if line != l.last {
		fmt.Fprintln(os.Stderr, line) //nolint:errcheck // nobody else to tell
	}
	l.last = line
}

func head(line string, fraction float64) string {
	text := "<div>" + html.EscapeString(line) + "</div>"
	if fraction >= 0 {
		text += fmt.Sprintf(`<progress value="%.4f" max="1" style="width:100%%"></progress>`, min(fraction, 1))
	}
	return text
}
