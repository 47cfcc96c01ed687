package fit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/schedule"
	"v1lab/v1model/weights"
)

const checkpointEvery = 10 * time.Second

// checkpointRatio limits the cost of checkpoints: the time between two is at least this many times the duration of the last one.
const checkpointRatio = 20

// noteEvery is the least time between two notes of the progress for other processes.
const noteEvery = 300 * time.Millisecond

// loop is the state of a running fit.
type loop struct {
	fit      v1model.Fit
	options  Options
	folder   *runfolder.Folder
	device   *device
	plan     schedule.Schedule
	schedule schedule.State
	sampler  *sampler
	constant jsonfloat.Float // validation loss of constant rates
	silent   []int           // neurons whose training responses never vary

	atBest     weights.Values // state at the best validation, nil before the first
	unsaved    bool           // atBest is newer than the last checkpoint
	row        int            // steps since the last validation
	earlier    time.Duration  // in earlier processes
	begun      time.Time
	saved      time.Time
	saveTime   time.Duration // by the last checkpoint
	savedSteps int           // steps in it
	noted      time.Time
}

// checkpointState is what a checkpoint holds beside arrays.
type checkpointState struct {
	Schedule schedule.State    `json:"schedule"`
	Sampler  sampler           `json:"sampler"`
	Losses   []jsonfloat.Float `json:"losses"` // of the steps since the last validation, [step][2]
	Seconds  float64           `json:"seconds"`
}

// load puts the folder's checkpoint on the device, or the start values if there is none.
func (l *loop) load(start weights.Values) error {
	var s checkpointState
	var best struct{}
	last, atBest, resumed, err := l.folder.LoadCheckpoint(&s, &best)
	if err != nil {
		return err
	}
	if resumed {
		start, l.atBest = last, atBest
		l.unsaved = atBest != nil // a killed process may have written best weights that are newer than its checkpoint
		l.schedule, l.sampler.Epoch, l.sampler.Position = s.Schedule, s.Sampler.Epoch, s.Sampler.Position
		if l.schedule.Reason == capReached && l.schedule.Counter < l.plan.MaxSteps() {
			l.schedule.Reason = "" // older versions saved the end of the fit, at its best weights: it goes on from there
		}
		l.row, l.earlier = len(s.Losses)/2, time.Duration(s.Seconds*float64(time.Second))
		l.savedSteps = l.schedule.Steps
	}
	validated := l.schedule.Steps
	if l.row > 0 { // since the last validation
		validated--
	}
	if err := l.folder.RewindMetrics(validated); err != nil {
		return err
	}
	l.sampler.order = l.sampler.permute(l.sampler.Epoch)
	l.device.setOrder(l.sampler.order)
	losses := make([]float32, len(s.Losses))
	for i, v := range s.Losses {
		losses[i] = float32(v)
	}
	l.device.setCursor(l.sampler.Position, losses)
	return l.device.setState(start)
}

// run trains until the schedule ends.
func (l *loop) run(ctx context.Context) (runfolder.Result, error) {
	l.begun, l.saved = time.Now(), time.Now()
	for l.schedule.Reason == "" {
		if ctx.Err() != nil {
			if err := l.checkpoint(); err != nil {
				return runfolder.Result{}, fmt.Errorf("interrupted at step %d, and the state could not be saved: %w", l.schedule.Steps, err)
			}
			return runfolder.Result{}, fmt.Errorf("%w at step %d; the state is saved in %s", ErrInterrupted, l.schedule.Steps, l.folder.Path)
		}
		if time.Since(l.saved) >= l.interval() {
			if err := l.checkpoint(); err != nil {
				return runfolder.Result{}, err
			}
		}
		if !l.pending() {
			if err := l.step(); err != nil {
				return runfolder.Result{}, err
			}
		}
		var metric *runfolder.Metric
		if l.pending() {
			if l.plan.Open() && l.schedule.Counter >= l.plan.MaxSteps() { // what follows ends the fit: with more steps allowed, it would go on from here
				if err := l.checkpoint(); err != nil {
					return runfolder.Result{}, err
				}
			}
			m, err := l.validate(ctx)
			if err != nil && errors.Is(err, ctx.Err()) {
				continue // the checkpoint has the state before the validation, which is repeated after Resume
			}
			if err != nil {
				return runfolder.Result{}, err
			}
			metric = &m
		}
		l.report(metric)
	}
	return l.finish()
}

func (l *loop) step() error {
	l.device.setRate(l.plan.Rate(l.schedule))
	if err := l.device.step(); err != nil {
		return err
	}
	l.row++
	if l.sampler.advance(l.fit.Batch) {
		l.device.setOrder(l.sampler.order)
		l.device.setPosition(0)
	}
	l.schedule.CountStep()
	return nil
}

// validate measures and records the validation loss, and saves or restores the best weights as the schedule decides. If ctx ends meanwhile, the state stays
// as it was.
func (l *loop) validate(ctx context.Context) (runfolder.Metric, error) {
	metric := runfolder.Metric{Step: l.schedule.Steps, Stage: l.plan.Stage(l.schedule), LearningRate: l.lastRate()}
	losses, err := l.device.losses(l.row)
	if err != nil {
		return metric, err
	}
	for i := 0; i < len(losses); i += 2 {
		metric.TrainLoss += jsonfloat.Float(losses[i]) / jsonfloat.Float(l.row)
		metric.Penalty += jsonfloat.Float(losses[i+1]) / jsonfloat.Float(l.row)
	}
	loss, err := l.device.validate(ctx)
	if err != nil {
		return metric, err
	}
	l.row = 0
	l.device.setCursor(l.sampler.Position, nil)
	do := l.plan.Record(&l.schedule, loss)
	metric.ValLoss, metric.Best, metric.Seconds = jsonfloat.Float(loss), do.Save, l.seconds()
	l.event(0)
	if l.schedule.BestStep == 0 && (do.Restore || l.schedule.Reason != "") {
		if err := l.folder.AppendMetric(metric); err != nil { // it tells readers of the folder why there are no weights
			return metric, err
		}
		name, rate := l.plan.Peak()
		return metric, fmt.Errorf("%w: the validation loss was never a number up to step %d; begin a new run with a lower %s than %g: resuming repeats this one", ErrDiverged, metric.Step, name, rate)
	}
	if do.Save {
		l.event(1)
		if l.atBest, err = l.device.getState(); err != nil {
			return metric, err
		}
		l.unsaved = true
	}
	if err := l.folder.AppendMetric(metric); err != nil {
		return metric, err
	}
	if do.Restore {
		l.event(2)
		if err := l.device.setState(l.atBest); err != nil {
			return metric, err
		}
	}
	return metric, l.updateTypes()
}

// interval is the least time to the next checkpoint.
func (l *loop) interval() time.Duration {
	if l.options.CheckpointEvery > 0 {
		return l.options.CheckpointEvery
	}
	return max(checkpointEvery, checkpointRatio*l.saveTime)
}

// checkpoint saves everything that Resume needs.
func (l *loop) checkpoint() error {
	losses, err := l.device.losses(l.row) // first, as it waits for the steps under way
	if err != nil {
		return err
	}
	begun := time.Now()
	state, err := l.device.getState()
	if err != nil {
		return err
	}
	var atBest *runfolder.Checkpoint
	if l.unsaved {
		atBest = &runfolder.Checkpoint{Arrays: l.atBest, State: struct{}{}}
	}
	s := checkpointState{Schedule: l.schedule, Sampler: *l.sampler, Seconds: l.seconds()}
	for _, v := range losses {
		s.Losses = append(s.Losses, jsonfloat.Float(v)) // losses of a diverging fit may be NaN or infinite
	}
	last := runfolder.Checkpoint{Arrays: state, State: s}
	if err := l.folder.SaveCheckpoint(last, atBest, l.device.model.Specs()); err != nil {
		return fmt.Errorf("checkpoint at step %d: %w; the checkpoint before it is whole", l.schedule.Steps, err)
	}
	l.unsaved, l.saved, l.saveTime, l.savedSteps = false, time.Now(), time.Since(begun), l.schedule.Steps
	return nil
}

// finish saves what the fit ends with. At the cap on steps, the checkpoint stays that from before the last validation: a fit that may go on then takes
// the same steps as one that was never stopped.
func (l *loop) finish() (runfolder.Result, error) {
	switch {
	case l.schedule.Reason != capReached:
		if err := l.checkpoint(); err != nil {
			return runfolder.Result{}, err
		}
	case l.unsaved:
		if err := l.folder.SaveBest(l.atBest, l.device.model.Specs()); err != nil {
			return runfolder.Result{}, err
		}
	}
	r := runfolder.Result{Version: runfolder.Version, Reason: l.schedule.Reason, Steps: l.schedule.Steps, Best: l.schedule.BestStep, ValLoss: jsonfloat.Float(l.schedule.Best), Seconds: l.seconds(), ConstantLoss: l.constant, Made: runfolder.MadeWith(l.device.backend)}
	return r, l.folder.WriteResult(r)
}

func (l *loop) seconds() float64 { return (l.earlier + time.Since(l.begun)).Seconds() }

func (l *loop) report(metric *runfolder.Metric) {
	s := l.schedule
	p := Progress{Steps: s.Steps, MaxSteps: l.plan.MaxSteps(), Stage: l.plan.Stage(s), Stages: l.plan.Stages(),
		Saved: l.savedSteps, Best: nanUntil(s.BestStep > 0, s.Best), Metric: metric}
	if time.Since(l.noted) >= noteEvery {
		l.noted = time.Now()
		_ = l.folder.NoteProgress(runfolder.Progress{Steps: p.Steps, MaxSteps: p.MaxSteps, Stage: p.Stage, Stages: p.Stages, Best: jsonfloat.Float(p.Best)}) //nolint:errcheck // nothing is lost
	}
	if l.options.Progress != nil {
		l.options.Progress(p)
	}
}

func (l *loop) event(kind int) {
	if l.options.events != nil {
		l.options.events(kind, l.schedule.Steps)
	}
}
