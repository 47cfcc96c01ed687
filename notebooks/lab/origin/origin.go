package origin

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Key is the name, in an output's metadata, of what it was made from.
const Key = "v1lab_made_from"

// Source is a run and its fit.
type Source struct {
	Run string `json:"run"` // path of the run folder, relative to the notebook's folder where it is below it or beside it
	Fit string `json:"fit"` // as Fit returns it
}

// output is a cell's output that was made from runs.
type output struct {
	ID      string   `json:"id"` // of the line among the outputs
	Sources []Source `json:"sources"`
}

// mostOutputs bounds the outputs of a kernel that are remembered: the last ones.
const mostOutputs = 1000

// said are the runs that this cell has named.
var said = map[string]bool{}

// Of says that what the cell shows was made from these runs, as they are now, and marks the outputs of other cells whose runs have changed.
// A run without weights is left out. Outside a notebook it does nothing.
func Of(runs ...string) {
	if !gonbui.IsNotebook {
		return
	}
	outputs := marked()
	var sources []Source
	for _, run := range runs {
		run = relative(run)
		if said[run] {
			continue
		}
		if fit, err := Fit(run); err == nil { // who opened the run says what is wrong with its weights
			said[run] = true
			sources = append(sources, Source{run, fit})
		}
	}
	if len(sources) == 0 {
		return
	}
	o := output{gonbui.UniqueId(), sources}
	show(o, "")
	remember(append(outputs, o))
}

// Mark marks the outputs of the kernel's cells whose runs have changed since. It needs to be called after a fit.
func Mark() {
	if !gonbui.IsNotebook {
		return
	}
	marked()
}

// marked does what Mark says and returns the outputs whose runs have not changed. Those of one run are many, and its fit is looked up once.
func marked() (fresh []output) {
	fits := map[string]string{} // empty: gone
	all := remembered()
	for _, o := range all {
		for _, s := range o.Sources {
			if _, known := fits[s.Run]; !known {
				fits[s.Run], _ = Fit(s.Run) //nolint:errcheck // an error is a fit that is gone
			}
		}
		if text := stale(o.Sources, fits); text != "" {
			show(o, text)
		} else {
			fresh = append(fresh, o)
		}
	}
	if len(fresh) < len(all) {
		remember(fresh)
	}
	return fresh
}

// stale says, as HTML, which of the runs have another fit now; empty if none has.
func stale(sources []Source, fits map[string]string) (text string) {
	for _, s := range sources {
		if now := fits[s.Run]; now == "" {
			text += fmt.Sprintf("<div><b>made from a fit that is gone</b>: %s has no weights</div>", html.EscapeString(s.Run))
		} else if now != s.Fit {
			text += fmt.Sprintf("<div><b>made from an older fit</b>: %s has changed since; run the cell again</div>", html.EscapeString(s.Run))
		}
	}
	return text
}

// show writes the line.
func show(o output, text string) {
	var sources []any // types that the kernel's pipe knows
	for _, s := range o.Sources {
		sources = append(sources, map[string]any{"run": s.Run, "fit": s.Fit})
	}
	gonbui.SendData(&protocol.DisplayData{
		Data:      map[protocol.MIMEType]any{protocol.MIMETextHTML: text},
		Metadata:  map[string]any{Key: sources},
		DisplayID: o.ID,
	})
	gonbui.Sync()
}

// relative makes a path that holds wherever the notebook and its runs are moved together.
func relative(run string) string {
	if !filepath.IsAbs(run) {
		return filepath.Clean(run)
	}
	dir, err := os.Getwd()
	if err != nil {
		return run
	}
	to, err := filepath.Rel(dir, run)
	if err != nil || len(to) > len(run) {
		return run
	}
	return to
}

// file is where the outputs of this kernel are remembered: in the temporary folder, which the kernels of one Jupyter may share.
func file() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("origins-%d.json", os.Getppid()))
}

// remembered returns the outputs of this kernel's cells; none if they cannot be read, so that at worst one is not marked before the notebook is opened again.
func remembered() (all []output) {
	text, err := os.ReadFile(file())
	if err != nil || json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all
}

func remember(all []output) {
	all = slices.Clone(all[max(0, len(all)-mostOutputs):])
	if text, err := json.Marshal(all); err == nil {
		os.WriteFile(file(), text, 0o600) //nolint:errcheck // as in remembered
	}
}
