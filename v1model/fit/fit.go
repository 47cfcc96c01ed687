package fit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Short names for why a fit ended.
const (
	converged  = runfolder.ReasonConverged
	capReached = runfolder.ReasonCap
)

// ErrInterrupted is returned when the context ended a fit. Its state is saved, and Resume continues from there.
var ErrInterrupted = errors.New("interrupted")

// ErrDiverged is returned for a fit whose validation loss was never a number.
var ErrDiverged = errors.New("the fit diverged")

// Options are settings of a fit beyond its config.
type Options struct {
	// Progress, if not nil, is called after every step, and must return quickly.
	Progress func(Progress)
	// CheckpointEvery is the least time between two checkpoints. 0 means 10 seconds, or twenty times the duration of the last checkpoint if that
	// is longer. At the end, and when it is interrupted, a fit always saves.
	CheckpointEvery time.Duration
	// CoreFrom, if not nil, is a fitted run whose core Run uses: filters, batch normalisation and its moving averages. These values stay
	// unchanged to the bit, and only the readout is trained, unless the config's fit.core_rate is above 0: the core is then where training begins. The
	// recording may be another, with other neurons and images of another size.
	CoreFrom *runfolder.Folder
	// CoreFeatures, if not nil, are the features of CoreFrom's maps that are kept, each with all its orientations. The config is that of the whole core; the
	// run's has the features that are left.
	CoreFeatures []int
	// Start replaces start values of Run, by the names of variables. A fit that is killed before its first checkpoint cannot be resumed with them.
	Start weights.Values
	// MaxSteps, if above the fit.max_steps of the run's config, replaces it in Resume: a fit that ended there, or has not ended, may go on as far.
	MaxSteps int

	permute func(epoch int) []int32 // replaces the seed's permutations
	events  func(kind, step int)    // 0: validated, 1: saved as best, 2: restored the best
}

// Progress is where a fit stands after a step.
type Progress struct {
	Steps    int // done, of at most MaxSteps in each stage
	MaxSteps int
	Stage    int // from 1; 0 for a schedule without stages, which makes MaxSteps steps
	Stages   int
	Saved    int               // steps in the last checkpoint, from which a killed fit continues; 0 before the first
	Best     float64           // lowest validation loss, NaN before the first
	Metric   *runfolder.Metric // set if this step was followed by a validation
}

// Run fits a new model to a dataset and keeps everything in a new run folder at path. It returns the silent neurons, whose training
// responses never vary; the folder records them. datasets.Remarks says before a fit what these and other values mean for it.
//
// If the config leaves open how layers are computed (core.evaluation), Run chooses and records the choice in the run's config.
//
// If ctx ends, the state is saved and ErrInterrupted returned; Resume continues. It is an error if every validation loss is NaN or infinite.
func Run(ctx context.Context, backend compute.Backend, data *datasets.Dataset, config v1model.Config, path string, o Options) (result runfolder.Result, silent []int, err error) {
	if config, err = suitSessions(config, data); err != nil {
		return runfolder.Result{}, nil, err
	}
	record := runfolder.Describe(data)
	config, core, err := reuseCore(config, record.Shape, o.CoreFrom, o.CoreFeatures)
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	if config, err = config.WithEvaluation(record.Shape, backend); err != nil {
		return runfolder.Result{}, nil, err
	}
	p, err := prepare(backend, data, config, record, core)
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	folder, err := runfolder.CreateWithCore(path, config, record, core)
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	return startOrResume(ctx, backend, p, data, folder, o)
}

// Resume continues the fit in a run folder, with the folder's config, and ends with the same weights as an uninterrupted run on the
// same device. The data must be those the fit began with. If the fit is over, Resume returns its result; see Options.MaxSteps.
func Resume(ctx context.Context, backend compute.Backend, data *datasets.Dataset, path string, o Options) (result runfolder.Result, silent []int, err error) {
	folder, err := runfolder.OpenForWriting(path)
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	r, over, err := folder.Result()
	if err != nil {
		return r, nil, err
	}
	extend := o.MaxSteps > folder.Config.Fit.MaxSteps && (!over || r.Reason == capReached || r.Reason == runfolder.ReasonComplete)
	if over && !extend {
		return r, nil, nil
	}
	if data.Sessions != nil && folder.Config.Fit.Sessions == "" {
		return runfolder.Result{}, nil, fmt.Errorf("run folder %s: the fit was begun by a version whose batches had images of all sessions together; accepted: evaluating what is there, or a new run", path)
	}
	record := runfolder.Describe(data)
	if record.Fingerprint != folder.Dataset.Fingerprint {
		return runfolder.Result{}, nil, fmt.Errorf("run folder %s: the data %q have changed since the fit began (fingerprint %.12s, then %.12s); resume with the data it began with, or start a new run%s",
			path, data.Spec, record.Fingerprint, folder.Dataset.Fingerprint, data.Advice())
	}
	if extend {
		if err := folder.Extend(o.MaxSteps); err != nil {
			return runfolder.Result{}, nil, err
		}
	}
	core, err := folder.Core()
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	p, err := prepare(backend, data, folder.Config, record, core)
	if err != nil {
		return runfolder.Result{}, nil, err
	}
	return startOrResume(ctx, backend, p, data, folder, o)
}

// prepared is a model for the data, with its start values and silent neurons.
type prepared struct {
	model  *v1model.Model
	start  weights.Values
	silent []int
}

func prepare(backend compute.Backend, data *datasets.Dataset, config v1model.Config, record runfolder.Dataset, core weights.Values) (p prepared, err error) {
	if data.Val.Images.N == 0 {
		return p, fmt.Errorf("data %q: no validation images; early stopping needs some", data.Spec)
	}
	if err := data.Validate(); err != nil {
		return p, err
	}
	if _, err := suitSessions(config, data); err != nil {
		return p, err
	}
	if rate := config.Fit.CoreRate; rate != 0 && core == nil {
		return p, fmt.Errorf("fit.core_rate: %g, and the core is not taken from a run; accepted: v1lab fit --core-from RUN with it, or leave it out", rate)
	}
	if n := data.Train.Images.N; config.Fit.Batch > n {
		return p, fmt.Errorf("fit.batch: %d, the training part has %d images", config.Fit.Batch, n)
	}
	if p.model, err = v1model.New(config, record.Shape); err != nil {
		return p, err
	}
	if k := config.Readout.Types.Number(); k > record.Shape.Neurons {
		return p, fmt.Errorf("readout.types.k: %d, the recording has %d neurons", k, record.Shape.Neurons)
	}
	if err := p.model.Objective.Accepts(data); err != nil {
		return p, err
	}
	if err := hasDevices(backend, config.Fit.OnDevices()); err != nil {
		return p, err
	}
	if p.start, _, err = p.model.Start(data); err != nil {
		return p, err
	}
	p.silent = record.Silent
	maps.Copy(p.start, core)
	return p, nil
}

// startOrResume runs the fit from the folder's checkpoint, or from the start values if it has none.
func startOrResume(ctx context.Context, backend compute.Backend, p prepared, data *datasets.Dataset, folder *runfolder.Folder, o Options) (result runfolder.Result, silent []int, err error) {
	m, values, silent := p.model, p.start, p.silent
	constant, err := m.Objective.Constant(data)
	if err != nil {
		return runfolder.Result{}, silent, err
	}
	plan, err := m.Config.Fit.Plan()
	if err != nil {
		return runfolder.Result{}, silent, err
	}
	l := &loop{constant: jsonfloat.Float(constant), silent: silent, fit: m.Config.Fit, plan: plan, options: o, folder: folder, sampler: samplerOf(data, m.Config.Fit)}
	if o.permute != nil {
		l.sampler.permute = o.permute
	}
	if l.device, err = newDevice(backend, m, data); err != nil {
		return runfolder.Result{}, nil, err
	}
	defer l.device.finalize()
	maps.Copy(values, o.Start)
	if err := l.load(withOptimiser(m, values)); err != nil {
		return runfolder.Result{}, silent, err
	}
	result, err = l.run(ctx)
	return result, silent, err
}

// withOptimiser adds the start values of the optimiser's variables.
func withOptimiser(m *v1model.Model, values weights.Values) weights.Values {
	for _, s := range stateSpecs(m) {
		if _, ok := values[s.Name]; !ok {
			values[s.Name] = weights.Init([]weights.Spec{s}, 0)[s.Name]
		}
	}
	return values
}

func nanUntil(known bool, v float64) float64 {
	if known {
		return v
	}
	return math.NaN()
}
