package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets/infile"
)

// columns holds the names of the columns that are not responses.
type columns struct{ image, split, repeat string }

// trial is one line of the table.
type trial struct {
	image  string
	part   string // "", train, val or test
	repeat int    // -1 if there is no such column
	line   int
}

// content is the whole table.
type content struct {
	neurons   []string
	trials    []trial
	responses []float32 // [trials, neurons]
	hasSplit  bool
}

// parts maps the words accepted in a split column to parts.
var parts = map[string]string{"train": "train", "training": "train", "val": "val", "validation": "val", "test": "test"}

// readTable reads the lines. Its memory is bounded by the size of the file.
func readTable(path string, names columns) (*content, error) {
	file, err := infile.Open(path)
	if err != nil {
		return nil, blame(path, err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.ReuseRecord = true
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty, want a line that names the columns", path)
	}
	if err != nil {
		return nil, blame(path, err)
	}
	head = slices.Clone(head)
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // a byte order mark, which spreadsheets write
	image, split, repeat, err := names.find(head)
	if err != nil {
		return nil, fmt.Errorf("%s: line 1: %w", path, err)
	}
	t := &content{hasSplit: split >= 0}
	for c, name := range head {
		if c != image && c != split && c != repeat {
			t.neurons = append(t.neurons, name)
		}
	}
	if len(t.neurons) == 0 {
		return nil, fmt.Errorf("%s: line 1: no column of responses beside %s", path, strings.Join(head, ", "))
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, blame(path, err)
		}
		line, _ := r.FieldPos(0)
		one := trial{image: strings.Clone(fields[image]), repeat: -1, line: line}
		fail := func(c int, want string) error {
			return fmt.Errorf("%s: line %d, column %q: %s, want %s", path, line, head[c], quoted(fields[c]), want)
		}
		if one.image == "" {
			return nil, fail(image, "the name of a picture")
		}
		if split >= 0 {
			if one.part = parts[strings.ToLower(fields[split])]; one.part == "" {
				return nil, fail(split, "train, val or test")
			}
		}
		if repeat >= 0 {
			n, err := strconv.Atoi(fields[repeat])
			if err != nil && fields[repeat] != "" || n < 0 {
				return nil, fail(repeat, "the number of the repeat")
			}
			one.repeat = n
		}
		for c, field := range fields {
			if c == image || c == split || c == repeat {
				continue
			}
			v := math.NaN()
			if field != "" {
				if v, err = strconv.ParseFloat(field, 32); err != nil || math.IsInf(v, 0) {
					return nil, fail(c, "a number, or nothing where the response is missing")
				}
			}
			t.responses = append(t.responses, float32(v))
		}
		t.trials = append(t.trials, one)
	}
	if len(t.trials) == 0 {
		return nil, fmt.Errorf("%s: no trials, want a line for each", path)
	}
	return t, nil
}

// find returns the indices of the columns, -1 for a column that does not exist.
func (c columns) find(head []string) (image, split, repeat int, err error) {
	seen := make(map[string]bool, len(head))
	for i, name := range head {
		if name == "" {
			return 0, 0, 0, fmt.Errorf("column %d has no name", i+1)
		}
		if seen[name] {
			return 0, 0, 0, fmt.Errorf("two columns are called %s", quoted(name))
		}
		seen[name] = true
	}
	if image = slices.Index(head, c.image); image < 0 {
		return 0, 0, 0, fmt.Errorf("no column %q, found %s; the option image names another", c.image, listed(head))
	}
	return image, slices.Index(head, c.split), slices.Index(head, c.repeat), nil
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

// blame returns an error that names the file once, and the line of a syntax error.
func blame(path string, err error) error {
	var pathErr *os.PathError
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: line %d: %w", path, syntax.Line, syntax.Err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
