package fitted

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Device opens the device that a config asks for. See On for one that is open.
type Device func(ctx context.Context, config v1model.Config) (compute.Backend, error)

// On is a device that is open already.
func On(b compute.Backend) Device {
	return func(context.Context, v1model.Config) (compute.Backend, error) { return b, nil }
}

// Options are what Open may be told.
type Options struct {
	Device     Device      // called when a device is first needed; nil: nothing that needs one can be asked for
	Data       string      // name of the recording, if it is not any more where the run remembers it
	Recordings *Recordings // where recordings are opened; runs that have it in common read each once. nil: its own
}

// Run is a fitted model as its run folder holds it. It is for one goroutine at a time. What it returns is kept, and not to be changed. Close frees the
// device's memory.
type Run struct {
	*runfolder.Folder
	options Options

	model       once[*v1model.Model]
	weights     once[weights.Values]
	recording   once[*datasets.Dataset]
	without     error // why there is no recording
	backend     once[compute.Backend]
	device      once[*ondevice.Model]
	readout     once[celltypes.Readout]
	power       once[features.Power]
	predictions [parts]once[datasets.Responses]
	scores      once[*evaluate.Report]
	filters     once[[]array.Array]
	covariance  once[[]float64]
	subject     once[*insilico.Subject]
	kept        once[Kept]
}

// once is a value that is made when it is first asked for.
type once[T any] struct {
	made  bool
	value T
}

func (o *once[T]) get(make func() (T, error)) (T, error) {
	if !o.made {
		value, err := make()
		if err != nil {
			return value, err
		}
		o.value, o.made = value, true
	}
	return o.value, nil
}

// Open opens a run folder. It reads the config and what the folder remembers of the recording; the rest when it is asked for.
func Open(ctx context.Context, path string, o Options) (*Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		return nil, err
	}
	if o.Recordings == nil {
		o.Recordings = &Recordings{}
	}
	return &Run{Folder: folder, options: o}, nil
}

// Close frees the device's memory. The run may be used again: then it takes it again.
func (r *Run) Close() error {
	if !r.device.made {
		return nil
	}
	d := r.device.value
	r.device, r.subject = once[*ondevice.Model]{}, once[*insilico.Subject]{}
	return d.Close()
}

// Fitted returns the model and its best weights.
func (r *Run) Fitted() (*v1model.Model, weights.Values, error) {
	w, err := r.Weights()
	if err != nil {
		return nil, nil, err
	}
	m, err := r.Model()
	return m, w, err
}

// Model lays out the model that the run's config and data describe.
func (r *Run) Model() (*v1model.Model, error) { return r.model.get(r.Folder.Model) }

// Weights are the best weights.
func (r *Run) Weights() (weights.Values, error) { return r.weights.get(r.Folder.Weights) }

// Recording is what the run was fitted to. Without one the error says why: the run was imported without, the recording cannot be opened, or what can be
// opened is another one.
func (r *Run) Recording() (*datasets.Dataset, error) {
	if r.without != nil {
		return nil, r.without
	}
	d, err := r.recording.get(func() (*datasets.Dataset, error) { return r.options.Recordings.of(r.Folder, r.options.Data) })
	r.without = err
	return d, err
}

// Truth is that of a simulated recording; nil if it is not known, or there is no recording.
func (r *Run) Truth() *datasets.Truth {
	if d, err := r.Recording(); err == nil {
		return d.Truth
	}
	return nil
}

// Backend is the device that the run is computed on.
func (r *Run) Backend(ctx context.Context) (compute.Backend, error) {
	return r.backend.get(func() (compute.Backend, error) {
		if r.options.Device == nil {
			return nil, errors.New("a device is needed, and none was given when the run was opened")
		}
		return r.options.Device(ctx, r.Config)
	})
}

// OnDevice is the model on its device.
func (r *Run) OnDevice(ctx context.Context) (*ondevice.Model, error) {
	return r.device.get(func() (*ondevice.Model, error) {
		m, w, err := r.Fitted()
		if err != nil {
			return nil, err
		}
		b, err := r.Backend(ctx)
		if err != nil {
			return nil, err
		}
		return ondevice.New(b, m, w)
	})
}

// Readout is the readout as it acts: masks, feature weights and biases.
func (r *Run) Readout() (celltypes.Readout, error) {
	return r.readout.get(func() (celltypes.Readout, error) {
		m, w, err := r.Fitted()
		if err != nil {
			return celltypes.Readout{}, err
		}
		return celltypes.ReadoutOf(m, w)
	})
}

// Power is each neuron's power over the features.
func (r *Run) Power() (features.Power, error) {
	return r.power.get(func() (features.Power, error) {
		readout, err := r.Readout()
		if err != nil {
			return features.Power{}, err
		}
		return readout.Weights.Power(), nil
	})
}

// Comparable says why the neurons of two runs cannot be compared: there are others, or of another recording. Runs of an unknown recording pass if
// they have as many neurons.
func Comparable(a, b *Run) error {
	if n, m := b.Dataset.Shape.Neurons, a.Dataset.Shape.Neurons; n != m {
		return fmt.Errorf("run %s: %d neurons, run %s has %d; accepted: fits of the same neurons", b.Path, n, a.Path, m)
	}
	if f, g := b.Dataset.Fingerprint, a.Dataset.Fingerprint; f != g && f != "" && g != "" {
		return fmt.Errorf("run %s: fitted to %q (fingerprint %.12s), run %s to %q (%.12s); accepted: fits of the same recording", b.Path, b.Dataset.Spec, f, a.Path, a.Dataset.Spec, g)
	}
	return nil
}
