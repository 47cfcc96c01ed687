package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/loss"
	"v1lab/v1model/schedule"
)

// Metric is one validation.
type Metric struct {
	Step         int             `json:"step"`          // training steps done
	Stage        int             `json:"stage"`         // from 1; 0 for a schedule without stages
	LearningRate float64         `json:"learning_rate"` // of the last step before
	TrainLoss    jsonfloat.Float `json:"train_loss"`    // loss, that of fit.loss, mean over the steps since the validation before
	Penalty      jsonfloat.Float `json:"penalty"`       // sum of all penalties, likewise
	ValLoss      jsonfloat.Float `json:"val_loss"`      // loss of the validation part
	Best         bool            `json:"best"`          // lowest so far
	Seconds      float64         `json:"seconds"`       // spent in the fit so far, interruptions excluded
}

// Result is how a fit ended.
type Result struct {
	Version int             `json:"version"`  // of the folder's format
	Reason  string          `json:"reason"`   // converged, max_steps (fit.max_steps was reached), complete (all fit.steps were made) or imported
	Steps   int             `json:"steps"`    // training steps done
	Best    int             `json:"best"`     // the step of the weights kept
	ValLoss jsonfloat.Float `json:"val_loss"` // their loss on the validation part, NaN if it was not measured
	Seconds float64         `json:"seconds"`  // spent in the fit

	ConstantLoss jsonfloat.Float `json:"constant_rates_loss"` // loss on the validation part of each neuron's mean training rate; absent in folders of older versions

	Made Made `json:"made_with,omitzero"` // program, device and plugin
}

// NoBetter is loss.NoBetter for the fit's best weights. It is empty if the loss of constant rates was not recorded.
func (r Result) NoBetter() string {
	return loss.NoBetter(float64(r.ValLoss), float64(r.ConstantLoss))
}

// Reasons for a fit to end.
const (
	ReasonConverged = schedule.Converged // all stages ended without further improvement
	ReasonCap       = schedule.Cap       // the largest number of steps was reached
	ReasonComplete  = schedule.Complete  // all steps of a schedule of fixed length were made
	ReasonImported  = "imported"         // the weights were imported, not fitted here
)

// AppendMetric adds a line to metrics.jsonl.
func (f *Folder) AppendMetric(m Metric) error {
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("%s: %w", f.file(metricsFile), err)
	}
	if err := durable.Append(f.file(metricsFile), append(line, '\n'), 0o666); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// Metrics reads metrics.jsonl. A damaged end, left by a crash, is ignored: half a line, or one of blanks, zeros or other bytes.
func (f *Folder) Metrics() ([]Metric, error) {
	text, err := infile.ReadFile(f.file(metricsFile), maxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	var metrics []Metric
	var damage error
	for number, line := range bytes.SplitAfter(text, []byte("\n")) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var m Metric
		if err := json.Unmarshal(line, &m); err != nil {
			if damage == nil {
				damage = fmt.Errorf("%s, line %d: %w", f.file(metricsFile), number+1, err)
			}
			continue
		}
		if damage != nil { // not the end
			return nil, damage
		}
		metrics = append(metrics, m)
	}
	return metrics, nil
}

// RewindMetrics drops the lines after a step, so that a resumed fit writes them again.
func (f *Folder) RewindMetrics(step int) error {
	metrics, err := f.Metrics()
	if err != nil {
		return err
	}
	var text []byte
	for _, m := range metrics {
		if m.Step <= step {
			line, err := json.Marshal(m)
			if err != nil {
				return fmt.Errorf("%s: %w", f.file(metricsFile), err)
			}
			text = append(append(text, line...), '\n')
		}
	}
	return durable.WriteFile(f.file(metricsFile), text, 0o666)
}

// WriteResult records the end of the fit, and the sums of the files that it leaves.
func (f *Folder) WriteResult(r Result) error {
	r.Version = Version
	files, err := f.sums()
	if err != nil {
		return err
	}
	return f.writeJSON(resultFile, finished{r, files})
}

// Extend raises the cap on steps of a fit that has not ended or has reached it, and forgets that it has. The folder must be open for writing.
func (f *Folder) Extend(maxSteps int) error {
	r, over, err := f.Result()
	if err != nil {
		return err
	}
	plan, err := f.Config.Fit.Plan()
	if err != nil {
		return fmt.Errorf("%s: %w", f.file(configFile), err)
	}
	if !plan.Open() {
		return fmt.Errorf("run folder %s: fit.max_steps %d, its schedule ends after %d steps; accepted: a new run with another schedule", f.Path, maxSteps, plan.MaxSteps())
	}
	if maxSteps <= f.Config.Fit.MaxSteps || over && r.Reason != ReasonCap {
		return fmt.Errorf("run folder %s: fit.max_steps %d, accepted: more than %d, of a fit that ended there", f.Path, maxSteps, f.Config.Fit.MaxSteps)
	}
	config := f.Config
	config.Fit.MaxSteps = maxSteps
	text, err := config.YAML()
	if err != nil {
		return fmt.Errorf("%s: %w", f.file(configFile), err)
	}
	if _, wrong := f.Verify(); wrong != nil {
		return wrong[0]
	}
	// In this order: a fit without a result ends again where it ended, one with a larger cap could not. The sum of the checkpoint is in the result.
	if err := durable.Remove(f.file(resultFile)); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if err := f.alsoBind(text); err != nil {
		return err
	}
	if err := durable.WriteFile(f.file(configFile), text, 0o666); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	f.Config, f.read[configFile] = config, sumOf(text)
	return nil
}

// Result reads how the fit ended. ok is false if it has not ended.
func (f *Folder) Result() (r Result, ok bool, err error) {
	if _, err := os.Stat(f.file(resultFile)); errors.Is(err, fs.ErrNotExist) {
		return Result{}, false, nil
	}
	r.ConstantLoss = jsonfloat.Float(math.NaN()) // not recorded by older versions
	if _, err := f.readJSON(resultFile, &r); err != nil {
		return Result{}, false, err
	}
	return r, true, nil
}
