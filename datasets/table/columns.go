package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// separators are tried in this order.
var separators = []rune{',', ';', '\t', '|'}

// columns holds what the options say about columns.
type columns struct {
	image, split, repeat string
	ignore               []string
	chosen               bool // neurons are chosen by the user
	all                  bool // every other column is a neuron, as for v1lab's first versions
}

// head is the line that names the columns.
type head struct {
	names                []string
	image, split, repeat int   // indices, -1 for a column that does not exist
	neurons              []int // indices of the columns of neurons
	nameless             []int // indices of columns that have no name of their own
}

// readHead reads the first line and finds the separator: the one with which a field is the name of the column of images. The reader that it
// returns has the lines that follow.
func (t *text) readHead(c columns) (*head, *csv.Reader, error) {
	line, err := t.line()
	if err != nil {
		return nil, nil, err
	}
	if line == "" {
		return nil, nil, errors.New("empty, want a line that names the columns")
	}
	accepted := separators
	if t.separator != 0 {
		accepted = []rune{t.separator}
	}
	var names []string
	separator, failure := accepted[0], error(nil)
	for _, s := range accepted {
		fields, err := reader(strings.NewReader(line), s).Read()
		if err != nil {
			if failure == nil {
				failure = err
			}
			continue
		}
		trim(fields)
		found := slices.Contains(fields, c.image)
		if found || len(fields) > len(names) {
			names, separator = fields, s
		}
		if found {
			break
		}
	}
	if names == nil {
		return nil, nil, failure
	}
	h, err := c.find(names)
	if err != nil {
		return nil, nil, fmt.Errorf("line %d: %w", t.skipped+1, err)
	}
	return h, reader(t, separator), nil
}

// line reads the first line, which may go on inside quotes.
func (t *text) line() (string, error) {
	var all strings.Builder
	quotes := 0
	for {
		part, err := t.ReadString('\n')
		all.WriteString(part)
		if quotes += strings.Count(part, `"`); err == nil && quotes%2 == 1 {
			t.skipped++
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return all.String(), nil
	}
}

func reader(from io.Reader, separator rune) *csv.Reader {
	r := csv.NewReader(from)
	r.Comma = separator
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = separator != '\t'
	r.ReuseRecord = true
	return r
}

// trim takes blanks from around the fields.
func trim(fields []string) {
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
}

// unnamed matches the name that pandas gives to a column without one.
var unnamed = regexp.MustCompile(`^Unnamed: [0-9]+(\.[0-9]+)*(_level_[0-9]+)?$`)

func (c columns) find(names []string) (*head, error) {
	h := &head{names: names, image: -1, split: -1, repeat: -1}
	seen := make(map[string]bool, len(names))
	for i, name := range names {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("column %d: %s, want text in UTF-8 or UTF-16", i+1, quoted(name))
		}
		nameless := name == "" || unnamed.MatchString(name) && !c.all
		if seen[name] && !nameless {
			return nil, fmt.Errorf("two columns are called %s", quoted(name))
		}
		seen[name] = true
		switch {
		case name == c.image:
			h.image = i
		case slices.Contains(c.ignore, name):
		case name == c.split:
			h.split = i
		case name == c.repeat:
			h.repeat = i
		case nameless:
			h.nameless = append(h.nameless, i)
		default:
			h.neurons = append(h.neurons, i)
		}
	}
	if h.image < 0 {
		return nil, fmt.Errorf("no column %q, found %s; the option image names another", c.image, listed(names))
	}
	for _, name := range c.ignore {
		switch {
		case !seen[name]:
			return nil, fmt.Errorf("option ignore: no column %s, found %s", quoted(name), listed(names))
		case name == c.image:
			return nil, fmt.Errorf("option ignore: column %s has the names of the pictures", quoted(name))
		}
	}
	if len(h.neurons) == 0 {
		return nil, fmt.Errorf("no column of responses beside %s", listed(names))
	}
	return h, nil
}
