package bench

import (
	"encoding/json"
	"fmt"
)

// trivial is a cell that does as little as a cell can.
const trivial = "%%\nfmt.Println(\"hello\")"

// CellNotebook is a notebook with a first cell, whose time counts apart, and so many of the same after it: each is compiled, linked and
// run as a process of its own.
func CellNotebook(cells int) ([]byte, error) {
	type cell struct {
		Type     string         `json:"cell_type"`
		ID       string         `json:"id"`
		Metadata map[string]any `json:"metadata"`
		Source   string         `json:"source"`
		Outputs  []any          `json:"outputs"`
		Count    *int           `json:"execution_count"`
	}
	var list []cell
	for i := range cells + 1 {
		list = append(list, cell{Type: "code", ID: fmt.Sprintf("cell%d", i), Metadata: map[string]any{}, Source: trivial, Outputs: []any{}})
	}
	return json.Marshal(map[string]any{"cells": list, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 5})
}

// CellRow is the report's row of the times that such a notebook's cells took, in seconds.
func CellRow(seconds []float64) (Row, error) {
	if len(seconds) < 2 {
		return Row{}, fmt.Errorf("%d cells ran; needed are 2", len(seconds))
	}
	return row(Case{}, "a notebook cell that prints a word", []Timing{{System: Ours, First: seconds[0], seconds: seconds[1:]}}), nil
}
