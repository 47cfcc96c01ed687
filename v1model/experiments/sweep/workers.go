package sweep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"v1lab/v1model/experiments/search"
)

// Space returns the ranges of the search; a list has none.
func (f *Folder) Space() search.Space { return slices.Clone(f.space) }

// Log is what one process did for a sweep.
type Log struct {
	Worker string  // host and process
	Slices []Slice // in the order in which they ended
}

// Logs reads what all processes did, those that began first first. Half a line, left by a kill, counts as none.
func (f *Folder) Logs() ([]Log, error) {
	entries, err := os.ReadDir(f.file(workersDir))
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var all []Log
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".jsonl")
		if !ok {
			continue
		}
		text, err := os.ReadFile(f.file(workersDir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		l := Log{Worker: name}
		if cut := strings.LastIndex(name, "-"); cut > 0 {
			l.Worker = name[:cut] + " " + name[cut+1:]
		}
		for line := range bytes.Lines(text) {
			var s Slice
			if json.Unmarshal(line, &s) == nil {
				l.Slices = append(l.Slices, s)
			}
		}
		if len(l.Slices) > 0 {
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b Log) int { return a.Slices[0].Begun.Compare(b.Slices[0].Begun) })
	return all, nil
}
