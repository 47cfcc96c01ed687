package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/insilico"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Serve is our worker. It reads jobs from in, one JSON object per line, and writes each answer to out, until in ends. The device is opened
// at the first job that needs one. Serve returns an error if it cannot read or write; errors of a job are in its answer.
func Serve(ctx context.Context, open func(context.Context) (compute.Backend, error), in io.Reader, out io.Writer) error {
	s := &server{open: open}
	defer s.close()
	lines := bufio.NewScanner(in)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var j job
		err := json.Unmarshal(lines.Bytes(), &j)
		var a answer
		if err == nil {
			a, err = s.do(ctx, j)
		}
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("bench worker: %w", err)
		}
	}
	return lines.Err()
}

type server struct {
	open      func(context.Context) (compute.Backend, error)
	backend   compute.Backend
	model     *v1model.Model
	data      *datasets.Dataset
	start     weights.Values
	stepper   *fit.Stepper
	predictor *ondevice.Model
	gemm      *product
	subject   *insilico.Subject
	owner     io.Closer // of subject
}

func (s *server) close() {
	if s.stepper != nil {
		s.stepper.Close()
	}
	if s.predictor != nil {
		s.predictor.Close() //nolint:errcheck // the process ends
	}
	if s.gemm != nil {
		s.gemm.close()
	}
	if s.subject != nil {
		s.owner.Close() //nolint:errcheck // the process ends
	}
}

func (s *server) do(ctx context.Context, j job) (a answer, err error) {
	if j.Do == doRead {
		begin := time.Now()
		_, err := formats.Open("npz:" + j.Path)
		return answer{Seconds: time.Since(begin).Seconds()}, err
	}
	if s.backend == nil {
		if s.backend, err = s.open(ctx); err != nil {
			return a, err
		}
	}
	if ofRun := (j.Do == doMEI || j.Do == doOneByOne) && j.Path != ""; !ofRun && j.Do != doLoad && j.Do != doGEMM && s.model == nil {
		return a, fmt.Errorf("%s before %s", j.Do, doLoad)
	}
	begin := time.Now()
	switch j.Do {
	case doLoad:
		err = s.load(j.Folder)
		a.Version = s.backend.Description()
		if err == nil {
			a.Evaluation = s.model.Config.Core.Evaluation
		}
	case doTrain:
		var loss float64
		loss, err = s.train(j.N)
		a.Loss = jsonfloat.Float(loss)
	case doPredict:
		err = s.predict(ctx, j.N)
	case doGradients:
		err = s.gradients(ctx, j.Path)
	case doFit:
		a.Curve, err = s.fit(ctx, j.N)
	case doPart:
		a.Steps, a.First, err = s.part(ctx, j.Path, j.N)
	case doMEI, doOneByOne:
		a.Steps, err = s.findMEIs(ctx, j)
	case doProducts:
		a.Products, err = s.products(ctx, j.N)
	case doGEMM:
		a.Seconds, err = s.multiply(j.N)
		return a, err
	default:
		err = fmt.Errorf("do %q; accepted: %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s", j.Do, doLoad, doTrain, doPredict, doGradients, doRead, doFit, doPart, doMEI, doOneByOne, doGEMM, doProducts)
	}
	a.Seconds = time.Since(begin).Seconds()
	return a, err
}

// load reads a problem and makes its model with the evaluation that a fit would choose on this device.
func (s *server) load(dir string) error {
	config, data, start, err := readProblem(dir)
	if err != nil {
		return err
	}
	if config, err = config.WithEvaluation(shapeOf(data), s.backend); err != nil {
		return err
	}
	s.data, s.start = data, start
	s.model, err = v1model.New(config, shapeOf(data))
	return err
}

func (s *server) train(steps int) (loss float64, err error) {
	if s.stepper == nil {
		if s.stepper, err = fit.NewStepper(s.backend, s.model, s.data, s.start); err != nil {
			return 0, err
		}
	}
	loss, _, err = s.stepper.Train(steps)
	return loss, err
}

// predict predicts n images, repeating the training images.
func (s *server) predict(ctx context.Context, n int) (err error) {
	if s.predictor == nil {
		if s.predictor, err = ondevice.New(s.backend, s.model, s.start); err != nil {
			return err
		}
	}
	im := s.data.Train.Images
	many := im
	many.N, many.Pixels = n, make([]float32, 0, n*im.Size())
	for len(many.Pixels) < n*im.Size() {
		many.Pixels = append(many.Pixels, im.Pixels[:min(len(im.Pixels), n*im.Size()-len(many.Pixels))]...)
	}
	_, err = s.predictor.Rates(ctx, many)
	return err
}

// gradients writes losses and gradients of the first batch in training mode, and rates of the first validation images.
func (s *server) gradients(ctx context.Context, path string) error {
	m, specs := s.model, s.model.Specs()
	exec, err := graph.NewExec(s.backend, func(nodes []*graph.Node) []*graph.Node {
		w, images, responses := weights.FromList(specs, nodes[:len(specs)]), nodes[len(specs)], nodes[len(specs)+1]
		loss := m.Loss(w, m.Forward(w, images, true), responses)
		var trained []*graph.Node
		for _, spec := range specs {
			if spec.Trainable {
				trained = append(trained, w.Get(spec.Name))
			}
		}
		return append([]*graph.Node{loss.Data, loss.Penalty}, graph.Gradient(loss.Total, trained...)...)
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	names := []string{poissonKey, penaltyKey}
	var args []any
	for i, t := range s.start.Tensors(specs) {
		args = append(args, t)
		if spec := specs[i]; spec.Trainable {
			names = append(names, gradientPrefix+spec.Name)
		}
	}
	n, im, r := m.Config.Fit.Batch, s.data.Train.Images, s.data.Train.Responses
	args = append(args, tensors.FromFlatDataAndDimensions(im.Pixels[:n*im.Size()], n, im.Height, im.Width, im.Channels),
		tensors.FromFlatDataAndDimensions(r.Values[:n*r.Neurons], n, r.Neurons))
	results, err := exec.Call(args...)
	if err != nil {
		return err
	}
	arrays := map[string]array.Array{}
	for i, t := range results {
		values, err := tensors.CopyFlatData[float32](t)
		if err != nil {
			return err
		}
		arrays[names[i]] = array.Array{Shape: t.Shape().Dimensions, Data: values}
	}
	val := s.data.Val.Images
	val.N = min(val.N, chunk)
	val.Pixels = val.Pixels[:val.N*val.Size()]
	p, err := ondevice.New(s.backend, m, s.start)
	if err != nil {
		return err
	}
	defer p.Close() //nolint:errcheck // only memory
	rates, err := p.Rates(ctx, val)
	if err != nil {
		return err
	}
	arrays[ratesKey] = array.New(rates.Values, rates.N, rates.Neurons)
	return array.WriteNPZ(path, arrays)
}

// part fits in a run folder, from its beginning or from where the folder's fit was stopped, until so many steps are done (0: to its end). It returns the steps
// done and the seconds until its first one was.
func (s *server) part(ctx context.Context, path string, stop int) (steps int, first float64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begin := time.Now()
	note := func(p fit.Progress) {
		if first == 0 {
			first = time.Since(begin).Seconds()
		}
		if steps = p.Steps; steps == stop {
			cancel()
		}
	}
	if runfolder.IsRun(path) {
		_, _, err = fit.Resume(ctx, s.backend, s.data, path, fit.Options{Progress: note})
	} else {
		_, _, err = fit.Run(ctx, s.backend, s.data, s.model.Config, path, fit.Options{Progress: note})
	}
	if errors.Is(err, fit.ErrInterrupted) && stop > 0 {
		err = nil
	}
	return steps, first, err
}

// fit makes a whole fit with its run folder, as v1lab fit does, of at most most steps (0: no limit).
func (s *server) fit(ctx context.Context, most int) ([]point, error) {
	dir, err := os.MkdirTemp("", "v1lab-bench-fit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	config := s.model.Config
	if most > 0 {
		config.Fit.MaxSteps = min(config.Fit.MaxSteps, most)
	}
	var curve []point
	note := func(p fit.Progress) {
		if m := p.Metric; m != nil && !math.IsNaN(float64(m.ValLoss)) {
			curve = append(curve, point{float64(m.Step), m.Seconds, float64(m.ValLoss)})
		}
	}
	_, _, err = fit.Run(ctx, s.backend, s.data, config, filepath.Join(dir, "run"), fit.Options{Progress: note})
	return curve, err
}
