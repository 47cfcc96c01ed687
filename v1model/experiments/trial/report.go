package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"v1lab/datasets/durable"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/jsonfloat"
)

// Version of the format of reports.
const Version = 1

// Report is what a trial has found so far.
type Report struct {
	Version   int         `json:"version"`
	Backend   string      `json:"backend"`
	Reference string      `json:"reference"`
	Machine   Machine     `json:"machine"`
	Parts     []Part      `json:"parts"` // in the order of the trial
	Agreement []Agreement `json:"agreement"`
	Speed     []Speed     `json:"speed"`
	Fits      []Fit       `json:"fits"`
	Resume    []Resume    `json:"resume"`
}

// Machine describes where the trial was made.
type Machine struct {
	Processor string `json:"processor"`
	Threads   int    `json:"threads"`
	Device    string `json:"device"`            // as the backend names it
	GPU       string `json:"gpu,omitempty"`     // name, driver and memory, by nvidia-smi
	Flags     string `json:"flags"`             // of XLA, that the device's plugin took and that all of our processes had
	Refused   string `json:"refused,omitempty"` // flags that it did not take
}

// States of a part.
const (
	Done    = "done"
	Late    = "late"         // stopped at its time limit
	Failed  = "failed"       // Why says how
	Lacking = "not measured" // something is not here, which Why names
	Waiting = "no time left" // before the trial's own limit
)

// Part is one part of a trial. Parts that are not done are tried again when the trial goes on.
type Part struct {
	Name    string  `json:"name"`
	State   string  `json:"state"`
	Why     string  `json:"why,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Agreement is the distance of what a system computes from the reference, see [bench.Agreement].
type Agreement struct {
	bench.Agreement
	Accepted float64 `json:"accepted"` // relative, for each of the numbers
	Holds    bool    `json:"holds"`
}

// Speed is one timing.
type Speed struct {
	Case  string `json:"case"`
	What  string `json:"what"` // step, prediction or most exciting image
	Batch int    `json:"batch,omitempty"`
	bench.Timing
	Utilisation *float64 `json:"gpu_utilisation,omitempty"` // share of the time in which the GPU was busy, mean over samples during the timing; absent if unknown
	Memory      *int64   `json:"gpu_bytes,omitempty"`       // of the GPU at most during the timing, those of other programs included; absent if unknown
}

// Fit is one of several fits of the same model to the same data with the same seed.
type Fit struct {
	Name    string          `json:"name"`
	Flags   string          `json:"flags"` // of XLA
	Steps   int             `json:"steps"`
	Seconds float64         `json:"seconds"`           // of the whole fit
	First   float64         `json:"first"`             // until the end of its first step, compilation included
	Step    float64         `json:"step"`              // mean seconds of the steps after the first, validations included
	ValLoss jsonfloat.Float `json:"val_loss"`          // lowest
	Sum     string          `json:"sum"`               // SHA-256 of all losses and of the weights at the best validation
	SameAs  string          `json:"same_as,omitempty"` // an earlier fit with the same sum
	Tuned   int             `json:"autotuned_files"`   // files of autotuning results that were there when the fit ended
}

// Resume compares a fit that was stopped and resumed in a new process with an unbroken one.
type Resume struct {
	Flags     string `json:"flags"` // of XLA
	StoppedAt int    `json:"stopped_at"`
	Steps     int    `json:"steps"`
	Same      bool   `json:"same"` // all losses and weights, to the bit
}

// Files of a trial's folder.
const (
	ReportFile = "gpu.json"
	TablesFile = "gpu.md"
)

// read returns the report in a folder, an empty one if there is none.
func read(dir string) (Report, error) {
	var r Report
	path := filepath.Join(dir, ReportFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w; delete it to begin anew", path, err)
	}
	if r.Version != Version {
		return r, fmt.Errorf("%s: version %d, accepted: %d", path, r.Version, Version)
	}
	return r, nil
}

// write saves the report and its tables.
func (r *Report) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(dir, ReportFile), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, TablesFile), []byte(r.Markdown()), 0o644)
}

// part returns the part of a name, nil if it was never tried.
func (r *Report) part(name string) *Part {
	if i := slices.IndexFunc(r.Parts, func(p Part) bool { return p.Name == name }); i >= 0 {
		return &r.Parts[i]
	}
	return nil
}
