package ipynb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// whole is a notebook with all that is in it.
type whole struct {
	raw   map[string]json.RawMessage // without cells
	cells []cellData
}

// cellData is a cell with all that is in it.
type cellData struct {
	kind, source string
	raw          map[string]json.RawMessage
}

func parse(data []byte) (nb whole, err error) {
	if err := json.Unmarshal(data, &nb.raw); err != nil {
		return nb, fmt.Errorf("no notebook: %w", err)
	}
	var cells []map[string]json.RawMessage
	if err := json.Unmarshal(nb.raw["cells"], &cells); err != nil {
		return nb, fmt.Errorf("no notebook: cells: %w", err)
	}
	delete(nb.raw, "cells")
	for i, raw := range cells {
		c := cellData{raw: raw, source: text(raw["source"])}
		if err := json.Unmarshal(raw["cell_type"], &c.kind); err != nil || !slices.Contains([]string{"code", "markdown", "raw"}, c.kind) {
			return nb, fmt.Errorf("cell %d is of the type %s; accepted are code, markdown and raw", i+1, raw["cell_type"])
		}
		nb.cells = append(nb.cells, c)
	}
	return nb, nil
}

// meta is what a notebook has beside its cells, in one line.
func (nb whole) meta() (string, error) {
	data, err := json.Marshal(nb.raw)
	return string(data), err
}

// IsGo reports whether a file was written by [ToGo].
func IsGo(source []byte) bool {
	return bytes.HasPrefix(source, []byte(constrain+"\n\n"+head+"{"))
}

// FromGo returns the notebook of a Go file that [ToGo] wrote, and that may have been edited since. Cells that are unchanged in old, the notebook as it was (nil: none), keep their outputs; if nothing has
// changed, the result is old itself.
func FromGo(source, old []byte) ([]byte, error) {
	if !IsGo(source) {
		return nil, fmt.Errorf("no Go file of a notebook: the first lines are not %q and %q", constrain, head+"{...}")
	}
	lines := strings.Split(string(source), "\n")
	nb := whole{}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(lines[2], head)), &nb.raw); err != nil {
		return nil, fmt.Errorf("line 3: metadata of the notebook: %w", err)
	}
	begin, kind := -1, ""
	var extra map[string]json.RawMessage
	ended := false
	for i, line := range lines {
		after, is := strings.CutPrefix(line, section)
		if !is {
			continue
		}
		if begin >= 0 {
			body := lines[begin+1 : i]
			if len(body) > 0 && body[len(body)-1] == "" { // between cells
				body = body[:len(body)-1]
			}
			c := cellData{kind: kind, raw: extra}
			var err error
			if kind == "code" {
				c.source, err = codeOf(body)
			} else {
				c.source, err = commentOf(body)
			}
			if err != nil {
				return nil, fmt.Errorf("the cell of line %d: %w", begin+1, err)
			}
			nb.cells = append(nb.cells, c)
		}
		begin, extra = i, map[string]json.RawMessage{}
		rest := ""
		kind, rest, _ = strings.Cut(after, " ")
		if kind == "end" {
			ended = true
			break
		}
		if !slices.Contains([]string{"code", "markdown", "raw"}, kind) {
			return nil, fmt.Errorf("line %d: a cell of the kind %q; accepted are code, markdown and raw", i+1, kind)
		}
		if rest = strings.TrimSpace(rest); rest != "" {
			if err := json.Unmarshal([]byte(rest), &extra); err != nil {
				return nil, fmt.Errorf("line %d: what the cell has beside its text: %w", i+1, err)
			}
		}
	}
	if !ended {
		return nil, fmt.Errorf("the line %q is missing: the file was cut off", section+"end")
	}
	var before whole
	if old != nil {
		var err error
		if before, err = parse(old); err != nil {
			return nil, err
		}
		if before.equal(nb) {
			return old, nil
		}
	}
	return nb.bytes(before)
}

// commentOf is the text of a section of comments.
func commentOf(body []string) (string, error) {
	text := make([]string, len(body))
	for i, line := range body {
		after, is := strings.CutPrefix(line, "//")
		if !is {
			return "", fmt.Errorf("%q does not begin with //", line)
		}
		if text[i] = strings.TrimPrefix(after, " "); strings.HasPrefix(text[i], `\`) && reEscaped.MatchString(text[i]) {
			text[i] = text[i][1:]
		}
	}
	return strings.Join(text, "\n"), nil
}

// codeOf is the source of a code cell, given the lines of its section.
func codeOf(body []string) (string, error) {
	mark := strings.TrimRight(asText, " ")
	if len(body) > 1 && strings.HasPrefix(body[0], "// (") && strings.HasPrefix(body[1], mark) {
		text := make([]string, len(body)-1)
		for i, line := range body[1:] {
			after, is := strings.CutPrefix(line, mark)
			if !is {
				return "", fmt.Errorf("%q does not begin with %s", line, mark)
			}
			text[i] = strings.TrimPrefix(after, " ")
		}
		return strings.Join(text, "\n"), nil
	}
	inside := within(strings.Join(body, "\n"))
	var out []string
	statements := false
	for i, line := range body {
		switch {
		case inside[i]:
			out = append(out, line)
		case strings.HasPrefix(line, "func cell") && strings.Contains(line, "() { "+command):
			_, line, _ = strings.Cut(line, "() { "+command)
			out, statements = append(out, line), true
		case statements && line == endOfCell:
			statements = false
		case strings.HasPrefix(line, command):
			out = append(out, strings.TrimPrefix(line, command))
		case strings.HasPrefix(line, strings.TrimSpace(imported)):
			out = append(out, strings.TrimPrefix(strings.TrimPrefix(line, strings.TrimSpace(imported)), " "))
		case statements:
			out = append(out, strings.TrimPrefix(line, "\t"))
		default:
			out = append(out, line)
		}
	}
	if statements {
		return "", fmt.Errorf("the line %q is missing", endOfCell)
	}
	return strings.Join(out, "\n"), nil
}

// equal reports whether two notebooks agree in all but outputs.
func (nb whole) equal(other whole) bool {
	if !same(nb.raw, other.raw) || len(nb.cells) != len(other.cells) {
		return false
	}
	for i, c := range nb.cells {
		o := other.cells[i]
		if c.source != o.source || c.header() != o.header() {
			return false
		}
	}
	return true
}

func same(a, b map[string]json.RawMessage) bool {
	decode := func(m map[string]json.RawMessage) (v any) {
		data, _ := json.Marshal(m)   //nolint:errcheck // it was JSON before
		_ = json.Unmarshal(data, &v) //nolint:errcheck // as above
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}

// bytes writes a notebook as Jupyter does. Cells take the outputs of those cells of before that have the same identifier, or place, and the same source.
func (nb whole) bytes(before whole) ([]byte, error) {
	cells := []map[string]any{}
	for i, c := range nb.cells {
		lines := []string{}
		for line := range strings.Lines(c.source) {
			lines = append(lines, line)
		}
		cell := map[string]any{"cell_type": c.kind, "source": lines, "metadata": json.RawMessage("{}")}
		for key, value := range c.raw {
			cell[key] = value
		}
		if c.kind == "code" {
			cell["outputs"], cell["execution_count"] = []any{}, nil
			for j, old := range before.cells {
				matches := j == i
				if id := string(c.raw["id"]); id != "" {
					matches = id == string(old.raw["id"])
				}
				if matches && old.kind == "code" && old.source == c.source {
					cell["outputs"], cell["execution_count"] = old.raw["outputs"], old.raw["execution_count"]
				}
			}
		}
		cells = append(cells, cell)
	}
	all := map[string]any{"cells": cells}
	for key, value := range nb.raw {
		all[key] = value
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(all); err != nil {
		return nil, fmt.Errorf("notebook: %w", err)
	}
	return b.Bytes(), nil
}
