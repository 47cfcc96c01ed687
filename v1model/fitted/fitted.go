package fitted

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Device opens the device that a config asks for. On wraps a device that is open already.
type Device func(ctx context.Context, config v1model.Config) (compute.Backend, error)

// On returns a Device that is the open backend b, whatever the config asks for.
func On(b compute.Backend) Device {
	return func(context.Context, v1model.Config) (compute.Backend, error) { return b, nil }
}

// Options are the options of Open.
type Options struct {
	Device     Device       // called when a device is first needed; nil: methods that need a device return an error
	Data       string       // name of the recording, if it is no longer where the run recorded it
	Recordings *Recordings  // cache of opened recordings, which runs may share; nil: a cache of its own
	Warn       func(string) // called once with each sentence that the user of any number must read; may be nil
}

// Run is a fitted model in its run folder. Use it from one goroutine at a time. It caches what its methods return: do not change these values. Close frees
// the device's memory.
type Run struct {
	*runfolder.Folder
	options Options

	model       lazy[*v1model.Model]
	weights     lazy[weights.Values]
	recording   lazy[*datasets.Dataset]
	noRecording error // error of opening the recording
	backend     lazy[compute.Backend]
	device      lazy[*ondevice.Model]
	readout     lazy[celltypes.Readout]
	living      lazy[celltypes.Readout]
	silence     lazy[[]Silence]
	power       lazy[features.Power]
	predictions [parts]lazy[datasets.Responses]
	trials      lazy[datasets.Repeats]
	sessions    lazy[*sessionModel]
	scores      lazy[*evaluate.Report]
	filters     lazy[[]array.Array]
	covariance  lazy[[]float64]
	equivariant lazy[v1model.Equivariance]
	subject     lazy[*insilico.Subject]
	kept        lazy[Kept]
}

// lazy is a value that is made on first use. An error is not cached.
type lazy[T any] struct {
	made  bool
	value T
}

func (o *lazy[T]) get(make func() (T, error)) (T, error) {
	if !o.made {
		value, err := make()
		if err != nil {
			return value, err
		}
		o.value, o.made = value, true
	}
	return o.value, nil
}

// Open opens a run folder. It reads the config and the description of the recording; everything else is read on first use.
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

// Close frees the device's memory. The run may be used afterwards: it then copies the weights to the device again.
func (r *Run) Close() error {
	if r.sessions.made {
		if err := r.sessions.value.device.Close(); err != nil {
			return err
		}
		r.sessions = lazy[*sessionModel]{}
	}
	if !r.device.made {
		return nil
	}
	d := r.device.value
	r.device, r.subject = lazy[*ondevice.Model]{}, lazy[*insilico.Subject]{}
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

// Model returns the model that the run's config and data describe.
func (r *Run) Model() (*v1model.Model, error) { return r.model.get(r.Folder.Model) }

// Weights returns the best weights.
func (r *Run) Weights() (weights.Values, error) {
	return r.weights.get(func() (weights.Values, error) {
		w, err := r.Folder.Weights()
		if edited := r.Edited(); err == nil && edited != "" && r.options.Warn != nil {
			r.options.Warn(edited)
		}
		return w, err
	})
}

// Recording returns the recording that the run was fitted to. It is an error if the run was imported without one, the recording cannot be opened, or
// another recording has its name.
func (r *Run) Recording() (*datasets.Dataset, error) {
	if r.noRecording != nil {
		return nil, r.noRecording
	}
	d, err := r.recording.get(func() (*datasets.Dataset, error) { return r.options.Recordings.open(r.Folder, r.options.Data) })
	r.noRecording = err
	return d, err
}

// Truth returns the truth of a simulated recording; nil if it is not known or there is no recording.
func (r *Run) Truth() *datasets.Truth {
	if d, err := r.Recording(); err == nil {
		return d.Truth
	}
	return nil
}

// Backend returns the device on which the run is computed.
func (r *Run) Backend(ctx context.Context) (compute.Backend, error) {
	return r.backend.get(func() (compute.Backend, error) {
		if r.options.Device == nil {
			return nil, errors.New("a device is needed, and none was given when the run was opened")
		}
		return r.options.Device(ctx, r.Config)
	})
}

// OnDevice returns the model with its weights on the device.
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

// Readout returns the effective readout: masks, feature weights and biases.
func (r *Run) Readout() (celltypes.Readout, error) {
	return r.readout.get(func() (celltypes.Readout, error) {
		m, w, err := r.Fitted()
		if err != nil {
			return celltypes.Readout{}, err
		}
		return celltypes.ReadoutFrom(m, w)
	})
}

// Power returns each neuron's power per feature, 0 for silent neurons.
func (r *Run) Power() (features.Power, error) {
	return r.power.get(func() (features.Power, error) {
		readout, err := r.Living()
		if err != nil {
			return features.Power{}, err
		}
		return readout.Weights.Power(), nil
	})
}

// Strengths returns the strength of each neuron's readout penalty as a multiple of readout.sparsity, nil unless readout.adaptive.
func (r *Run) Strengths() ([]float64, error) {
	_, w, err := r.Fitted()
	var sessions []int
	for _, s := range r.Dataset.Sessions {
		sessions = append(sessions, s.Neurons)
	}
	return readout.Strengths(w, sessions...), err
}

// Types returns the type that the fit found for each neuron, -1 for none, nil unless readout.types. Types count from 0.
func (r *Run) Types() ([]int, error) {
	_, w, err := r.Fitted()
	var of []int
	for _, v := range w.Float32(readout.TypeLabels) {
		of = append(of, int(v))
	}
	return of, err
}

// Comparable returns an error if the neurons of two runs cannot be compared: their numbers differ, or the recordings do. Runs of an unknown recording need
// only have equally many neurons.
func Comparable(a, b *Run) error {
	if n, m := b.Dataset.Shape.Neurons, a.Dataset.Shape.Neurons; n != m {
		return fmt.Errorf("run %s: %d neurons, run %s has %d; accepted: fits of the same neurons", b.Path, n, a.Path, m)
	}
	if f, g := b.Dataset.Fingerprint, a.Dataset.Fingerprint; f != g && f != "" && g != "" {
		return fmt.Errorf("run %s: fitted to %q (fingerprint %.12s), run %s to %q (%.12s); accepted: fits of the same recording", b.Path, b.Dataset.Spec, f, a.Path, a.Dataset.Spec, g)
	}
	return nil
}

// SameNeurons is Comparable for what only needs the neurons to be the same: it accepts fits to different shares of the training images of one recording, too.
func SameNeurons(a, b *Run) error {
	err := Comparable(a, b)
	if err == nil || a.Dataset.Shape.Neurons != b.Dataset.Shape.Neurons || a.Dataset.Spec == b.Dataset.Spec { // under one name, it is the file that has changed
		return err
	}
	if of := wholeRecording(a.Dataset.Spec); of != "" && of == wholeRecording(b.Dataset.Spec) {
		return nil
	}
	return err
}

// wholeRecording is the name of a recording without the options that choose training images; empty if it cannot be read, or draws neurons by the same seed.
func wholeRecording(name string) string {
	spec, err := datasets.ParseSpec(name)
	if err != nil || spec.Options.Has("neuron_share") {
		return ""
	}
	spec.Options.Del("train_share")
	spec.Options.Del("subset_seed")
	return spec.String()
}

// ErrGivenTwice is the cause of an error of Distinct.
var ErrGivenTwice = errors.New("given twice")

// Distinct returns an error, an ErrGivenTwice, if two of the runs are the same fit: one folder by two paths, or a copy. Their agreement would be perfect
// and say nothing.
func Distinct(runs ...*Run) error {
	var folders []os.FileInfo
	var fits []string
	for i, r := range runs {
		folder, err := os.Stat(r.Path)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.Path, err)
		}
		w, err := r.Weights()
		if err != nil {
			return fmt.Errorf("run %s: %w", r.Path, err)
		}
		fit := w.Fingerprint()
		for j, earlier := range runs[:i] {
			if os.SameFile(folder, folders[j]) {
				also := ""
				if r.Path != earlier.Path {
					also = ", first as " + earlier.Path
				}
				return fmt.Errorf("run %s: %w%s; accepted: each run once", r.Path, ErrGivenTwice, also)
			}
			if fit == fits[j] {
				return fmt.Errorf("run %s: %w: it has the weights of run %s, so it is the same fit; accepted: different fits, such as of other seeds", r.Path, ErrGivenTwice, earlier.Path)
			}
		}
		folders, fits = append(folders, folder), append(fits, fit)
	}
	return nil
}
