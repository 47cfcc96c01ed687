package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/infile"
)

// trial is one line of the table.
type trial struct {
	image  string
	part   string // "", train, val or test
	repeat int    // -1 if it is not known
	line   int
}

// content is the whole table.
type content struct {
	neurons   []string
	trials    []trial
	responses []float32 // [trials, neurons]
	hasSplit  bool
	notes     []datasets.Finding
}

// parts maps the words accepted in a split column to parts.
var parts = map[string]string{"train": "train", "training": "train", "val": "val", "validation": "val", "test": "test"}

// readTable reads the lines. Its memory is bounded by the size of the file.
func readTable(path string, c columns, sign string) (*content, error) {
	file, err := infile.Open(path)
	if err != nil {
		return nil, blame(path, 0, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, blame(path, 0, err)
	}
	source, err := decode(file, uint64(info.Size()))
	if err != nil {
		return nil, blame(path, 0, err)
	}
	h, r, err := source.readHead(c)
	if err != nil {
		return nil, blame(path, source.skipped, err)
	}
	t := &content{hasSplit: h.split >= 0}
	for _, i := range h.neurons {
		t.neurons = append(t.neurons, h.names[i])
	}
	n := &numbers{sign: sign}
	inNameless := make([]bool, len(h.names)) // columns that are not empty
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		before := source.skipped + 1
		if err != nil {
			return nil, blame(path, before, err)
		}
		line, _ := r.FieldPos(0)
		line += before
		if trim(fields); strings.Join(fields, "") == "" {
			continue
		}
		if extra := fields[min(len(fields), len(h.names)):]; len(fields) < len(h.names) || strings.Join(extra, "") != "" {
			return nil, fmt.Errorf("%s: line %d: wrong number of fields: %d, want %d as in the line of names", path, line, len(fields), len(h.names))
		}
		one, column, want := h.trial(fields, n, line)
		if want == "" {
			for _, i := range h.neurons {
				v := 0.0
				if v, want = n.read(fields[i], h.names[i], line); want != "" {
					column, want = i, want+"; the option ignore leaves the column out"
					break
				}
				t.responses = append(t.responses, float32(v))
			}
		}
		if want != "" {
			return nil, fmt.Errorf("%s: line %d, column %s: %s, want %s", path, line, quoted(h.names[column]), quoted(fields[column]), want)
		}
		for _, i := range h.nameless {
			inNameless[i] = inNameless[i] || fields[i] != ""
		}
		t.trials = append(t.trials, one)
	}
	if len(t.trials) == 0 {
		return nil, fmt.Errorf("%s: no trials, want a line for each", path)
	}
	if err := n.settle(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !c.chosen && !c.all {
		if err := t.counting(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	t.note(path, h, inNameless)
	return t, nil
}

// trial reads the columns that are no neurons. If one is wrong, it returns its index and what is wanted.
func (h *head) trial(fields []string, n *numbers, line int) (one trial, column int, want string) {
	one = trial{image: strings.Clone(fields[h.image]), repeat: -1, line: line}
	if one.image == "" {
		return one, h.image, "the name of a picture"
	}
	if h.split >= 0 {
		if one.part = parts[strings.ToLower(fields[h.split])]; one.part == "" {
			return one, h.split, "train, val or test"
		}
	}
	if h.repeat >= 0 && !isMissing(fields[h.repeat]) {
		v, want := n.read(fields[h.repeat], h.names[h.repeat], line) // 0.0 where the column once had a missing value
		if want != "" || v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
			return one, h.repeat, "the number of the repeat"
		}
		one.repeat = int(v)
	}
	return one, 0, ""
}

// counting refuses columns that count the trials.
func (t *content) counting() error {
	var names []string
	what := ""
	for j, name := range t.neurons {
		if clause := datasets.Counting(t.responses, len(t.neurons), j); clause != "" {
			if names = append(names, name); what == "" {
				what = clause
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	others := ""
	if len(names) > 1 {
		others = fmt.Sprintf("; so do %s", listed(names[1:]))
	}
	return fmt.Errorf("column %s %s%s: row numbers, clocks and trial counters are no neurons; leave them out with the option ignore=%s, or choose the neurons with the option neurons",
		quoted(names[0]), what, others, strings.Join(names[:min(10, len(names))], ","))
}

// note says which columns were left out.
func (t *content) note(path string, h *head, filled []bool) {
	var left []string
	for _, i := range h.nameless {
		if filled[i] {
			left = append(left, fmt.Sprintf("%d (%s)", i+1, quoted(h.names[i])))
		}
	}
	if len(left) > 0 {
		t.notes = append(t.notes, datasets.Finding{
			Severity: datasets.SeverityInfo, Code: "nameless-columns",
			Message: fmt.Sprintf("%s: columns without a name are no neurons: %s", path, strings.Join(left, ", ")),
			Advice:  "programs write row numbers in such columns; give a column a name if it is a neuron",
			Numbers: map[string]float64{"count": float64(len(left))},
		})
	}
}

func listed(names []string) string {
	const most = 10
	short := make([]string, 0, most+1)
	for _, name := range names[:min(most, len(names))] {
		short = append(short, quoted(name))
	}
	if len(names) > most {
		short = append(short, "...")
	}
	return strings.Join(short, ", ")
}

// quoted cuts text from a file to one line of readable length.
func quoted(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return strconv.Quote(text)
}

// blame returns an error that names the file once, and the line of a syntax error; before is the number of lines before the first one read.
func blame(path string, before int, err error) error {
	var pathErr *os.PathError
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: line %d: %w", path, syntax.Line+before, syntax.Err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
