package sweep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"v1lab/datasets/durable"
	"v1lab/v1model/runfolder"
)

// failure is a line of a file in failures/: a fit that ended with an error, or whose process was killed. A line with neither allows the fit to be tried anew.
type failure struct {
	Time   time.Time `json:"time"`
	Host   string    `json:"host"`
	PID    int       `json:"pid"`
	Error  string    `json:"error"`
	Killed *int      `json:"killed,omitempty"` // step at which the process of a fit was last seen that was killed
}

// mostKills is how often in a row the process of a fit may be killed before the fit gets further than it was. Kills by chance are not that many: such a fit
// needs more memory than there is, and would keep a worker busy for ever.
const mostKills = 10

func (f *Folder) failureFile(name string) string { return f.file(failuresDir, name+".jsonl") }

func (f *Folder) note(name, text string) error { return f.append(name, failure{Error: text}) }

// noteKill notes that the process of a fit was killed.
func (f *Folder) noteKill(name string, w runfolder.Writer) error {
	step := 0
	if w.Progress != nil {
		step = w.Progress.Steps
	}
	return f.append(name, failure{Killed: &step, Host: w.Host, PID: w.PID})
}

func (f *Folder) append(name string, l failure) error {
	l.Time = time.Now().UTC().Round(time.Second)
	if l.PID == 0 {
		l.Host, _ = os.Hostname() //nolint:errcheck // then it is unknown
		l.PID = os.Getpid()
	}
	line, err := json.Marshal(l)
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
	kills, furthest := 0, -1
	for line := range bytes.Lines(text) {
		var l failure
		if json.Unmarshal(line, &l) != nil {
			continue
		}
		switch {
		case l.Killed != nil && *l.Killed > furthest:
			kills, furthest = 1, *l.Killed
		case l.Killed != nil:
			if kills++; kills == mostKills { // it is not tried again
				l.Error = fmt.Sprintf("its worker was killed %d times without getting beyond step %d; is there enough memory?", kills, furthest)
				for range f.Spec.Tries - len(all) {
					all = append(all, l)
				}
			}
		case l.Error == "":
			all, kills, furthest = nil, 0, -1
		default:
			all = append(all, l)
		}
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
		if n < 0 || n >= s.Asked() {
			return nil, fmt.Errorf("draw %d: accepted: 0 to %d", n, s.Asked()-1)
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
