package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Limits on a text, far above any configuration or registry and far below what a parser cannot handle.
const (
	MaxBytes  = 1 << 20
	MaxDepth  = 32
	maxTokens = 100_000
)

// ErrEmpty is the error for a text without a value.
var ErrEmpty = errors.New("empty, accepted: YAML")

// document parses the single YAML document in a text after checking the text's size.
func document(text []byte) (ast.Node, error) {
	if err := checkSize(text); err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("not YAML: %s", firstLine(err))
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			return nil, fmt.Errorf("line %d: found a second document (---), accepted: one", d.Body.GetToken().Position.Line)
		}
		body = d.Body
	}
	if body == nil {
		return nil, ErrEmpty
	}
	return resolved(body, map[string]ast.Node{})
}

// firstLine returns the position and message of a parser error, whose full text is as long as the file.
func firstLine(err error) string {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return fmt.Sprintf("[%d:%d] %s", e.GetToken().Position.Line, e.GetToken().Position.Column, e.GetMessage())
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// resolved replaces aliases of words and numbers by their values. It refuses aliases of lists and mappings, which can expand to more than
// fits into memory.
func resolved(node ast.Node, anchors map[string]ast.Node) (ast.Node, error) {
	var err error
	switch n := node.(type) {
	case *ast.AnchorNode:
		if _, ok := scalar(n.Value); !ok {
			return nil, fmt.Errorf("line %d: found an anchor of %s, accepted: anchors of single values", n.GetToken().Position.Line, shown(n.Value))
		}
		anchors[n.Name.GetToken().Value] = n.Value
		return n.Value, nil
	case *ast.AliasNode:
		value, ok := anchors[n.Value.GetToken().Value]
		if !ok {
			return nil, fmt.Errorf("line %d: found *%s, accepted: the name of an anchor above", n.GetToken().Position.Line, n.Value.GetToken().Value)
		}
		return value, nil
	case *ast.SequenceNode:
		for i := range n.Values {
			if n.Values[i], err = resolved(n.Values[i], anchors); err != nil {
				return nil, err
			}
		}
	case *ast.MappingNode:
		for _, entry := range n.Values {
			if entry.Value, err = resolved(entry.Value, anchors); err != nil {
				return nil, err
			}
		}
	}
	return node, nil
}

// checkSize refuses a text that is too long or nested too deep, without parsing it.
func checkSize(text []byte) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("%d bytes of YAML, accepted: up to %d", len(text), MaxBytes)
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return fmt.Errorf("not YAML: byte %d is zero", i)
	}
	var s scanner.Scanner
	s.Init(string(text))
	n, depth := 0, nesting{}
	for {
		tokens, err := s.Scan()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("not YAML: %w", err)
		}
		for _, t := range tokens {
			if t.Type == token.TagType || t.Type == token.MergeKeyType {
				return fmt.Errorf("line %d: found %.60s, accepted: plain values, without tags and merges", t.Position.Line, t.Value)
			}
			if n++; n > maxTokens {
				return fmt.Errorf("line %d: more than %d marks and values of YAML", t.Position.Line, maxTokens)
			}
			if depth.add(t) > MaxDepth {
				return fmt.Errorf("line %d: YAML nested deeper than %d", t.Position.Line, MaxDepth)
			}
		}
	}
}

// nesting tracks the depth of a token: open brackets, and the columns at which the entries of blocks start.
type nesting struct {
	open    int
	columns []int // ascending
}

func (n *nesting) add(t *token.Token) int {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.open++
	case token.SequenceEndType, token.MappingEndType:
		n.open = max(0, n.open-1)
	case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
		if n.open > 0 {
			break
		}
		column := t.Position.Column
		if t.Type == token.MappingValueType && t.Prev != nil {
			column = t.Prev.Position.Column // a block is indented like its keys
		}
		for len(n.columns) > 0 && n.columns[len(n.columns)-1] >= column {
			n.columns = n.columns[:len(n.columns)-1]
		}
		n.columns = append(n.columns, column)
	}
	return n.open + len(n.columns)
}
