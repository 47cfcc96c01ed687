package sweep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"v1lab/datasets/durable"
)

// failure is a line of a file in failures/: a fit that ended with an error. A line without an error allows the fit to be tried anew.
type failure struct {
	Time  time.Time `json:"time"`
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Error string    `json:"error"`
}

func (f *Folder) failureFile(name string) string { return f.file(failuresDir, name+".jsonl") }

func (f *Folder) note(name, text string) error {
	host, _ := os.Hostname() //nolint:errcheck // then it is unknown
	line, err := json.Marshal(failure{time.Now().UTC().Round(time.Second), host, os.Getpid(), text})
	if err != nil {
		return err
	}
	if err := durable.Append(f.failureFile(name), append(line, '\n'), 0o666); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// readFailures returns the failures of a fit since it was last allowed to be tried anew. Half a line, left by a kill, counts as none.
func (f *Folder) readFailures(name string) ([]failure, error) {
	text, err := os.ReadFile(f.failureFile(name))
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var all []failure
	for line := range bytes.Lines(text) {
		var l failure
		if json.Unmarshal(line, &l) != nil {
			continue
		}
		if l.Error == "" {
			all = nil
			continue
		}
		all = append(all, l)
	}
	return all, nil
}

// Retry allows failed draws to be tried anew: those with the numbers, or all without. It returns their numbers. The errors stay in failures/.
func (f *Folder) Retry(numbers ...int) ([]int, error) {
	s, err := NewReader(f).Read()
	if err != nil {
		return nil, err
	}
	wanted := map[int]bool{}
	for _, n := range numbers {
		if n < 0 || n >= len(s.Draws) {
			return nil, fmt.Errorf("draw %d: accepted: 0 to %d", n, len(s.Draws)-1)
		}
		if s.Draws[n].State != Failed {
			return nil, fmt.Errorf("draw %d: it is %s, accepted: a draw that failed", n, s.Draws[n].State)
		}
		wanted[n] = true
	}
	var again []int
	for _, d := range s.Draws {
		if d.State != Failed || len(numbers) > 0 && !wanted[d.Number] {
			continue
		}
		for seed, fit := range d.Fits {
			if fit.Failures == 0 {
				continue
			}
			if err := f.note(f.name(d.Number, seed), ""); err != nil {
				return again, err
			}
		}
		again = append(again, d.Number)
	}
	return again, nil
}
