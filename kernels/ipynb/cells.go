package ipynb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"strconv"
	"strings"

	"v1lab/datasets/infile"
	"v1lab/kernels/v1labhome"
)

// notebook is what is read of a file.
type notebook struct {
	Cells []struct {
		Type   string          `json:"cell_type"`
		Source json.RawMessage `json:"source"`
	} `json:"cells"`
	Metadata struct {
		Kernel struct {
			Name     string `json:"name"`
			Language string `json:"language"`
		} `json:"kernelspec"`
		Language struct {
			Name string `json:"name"`
		} `json:"language_info"`
	} `json:"metadata"`
}

func read(path string) (nb notebook, err error) {
	data, err := infile.ReadFile(path, 1<<30)
	if err != nil {
		return nb, fmt.Errorf("notebook: %w", err)
	}
	if err := json.Unmarshal(data, &nb); err != nil {
		return nb, fmt.Errorf("notebook %s: %w", path, err)
	}
	return nb, nil
}

// Language returns the names of a notebook's kernel and language, "" if it does not say them.
func Language(path string) (kernel, language string, err error) {
	nb, err := read(path)
	if err != nil {
		return "", "", err
	}
	m := nb.Metadata
	return m.Kernel.Name, cmp.Or(m.Language.Name, m.Kernel.Language), nil
}

// Read returns the sources of a notebook's code cells.
func Read(path string) ([]string, error) {
	nb, err := read(path)
	if err != nil {
		return nil, err
	}
	var sources []string
	for _, cell := range nb.Cells {
		if cell.Type == "code" {
			sources = append(sources, text(cell.Source))
		}
	}
	return sources, nil
}

// text joins a cell's text, which the format stores as one string or as a list of lines.
func text(raw json.RawMessage) string {
	var lines []string
	if json.Unmarshal(raw, &lines) == nil {
		return strings.Join(lines, "")
	}
	var text string
	_ = json.Unmarshal(raw, &text) //nolint:errcheck // neither form: an empty cell
	return text
}

// goCode returns a cell without the lines for gonb or a shell.
func goCode(cell string) string {
	var src strings.Builder
	for line := range strings.Lines(cell) {
		if !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "!") {
			src.WriteString(line)
		}
	}
	return src.String()
}

// Imports returns the import paths of a cell.
func Imports(cell string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "cell.go", "package cell\n"+goCode(cell), parser.ImportsOnly)
	if file == nil || err != nil && len(file.Imports) == 0 {
		return nil
	}
	var paths []string
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path != "C" {
			paths = append(paths, path)
		}
	}
	return paths
}

// readers lists the functions of package lab whose first argument is the name of a parameter.
var readers = map[string]bool{"Param": true, "Int": true}

// reVariable matches parameters read as environment variables.
var reVariable = regexp.MustCompile(v1labhome.ParamPrefix + `([A-Z0-9_]+)`)

// Parameters returns the names of the parameters that a cell reads, in order: quoted names in calls of lab.Param and lab.Int, and names of
// environment variables, in lower case, anywhere in the cell. all is true if a call computes the name, which may then be any.
func Parameters(cell string) (names []string, all bool) {
	for _, m := range reVariable.FindAllStringSubmatch(cell, -1) {
		names = append(names, strings.ToLower(m[1]))
	}
	// Scan tokens instead of parsing: a cell is not a Go file, and part of a broken cell can still be read.
	src := []byte(goCode(cell))
	var s scanner.Scanner
	set := token.NewFileSet()
	s.Init(set.AddFile("cell.go", set.Base(), len(src)), src, nil, 0)
	const call = 4 // package . function (
	var last [call]string
	for {
		_, kind, literal := s.Scan()
		if kind == token.EOF {
			return names, all
		}
		if last[0] == "lab" && last[1] == "." && readers[last[2]] && last[3] == "(" {
			if name, err := strconv.Unquote(literal); kind == token.STRING && err == nil {
				names = append(names, name)
			} else {
				all = true
			}
		}
		if kind != token.IDENT {
			literal = kind.String()
		}
		copy(last[:], last[1:])
		last[call-1] = literal
	}
}
