package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"v1lab/datasets/array"
	"v1lab/kernels/onnxruntime"
	"v1lab/v1model/fitted"
	"v1lab/v1model/onnx"
	"v1lab/v1model/pytorch"
	"v1lab/v1model/version"
	"v1lab/v1model/weights"
)

type exportCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out    string `placeholder:"WEIGHTS.npz" help:"Archive of weights to write."`
	Safe   string `name:"safetensors" placeholder:"F.safetensors" help:"The same weights as safetensors, with the config and the normalisation as metadata."`
	Torch  string `placeholder:"DIR" help:"Folder for PyTorch: model.py, which builds the model from images as recorded to rates, its weights, and a check. It needs torch and numpy, and nothing of v1lab."`
	ONNX   string `name:"onnx" placeholder:"MODEL.onnx" help:"ONNX model to write: from images as recorded, and covariates if the run has some, to rates. Installs ONNX Runtime."`
	Batch  int    `default:"1" placeholder:"N" help:"Number of images in a batch of the ONNX model; it is fixed in the file."`
}

// Help names the arrays. They are the variables of the model (v1model.Model.Specs), with the names that the paper's code gives them.
func (c *exportCmd) Help() string {
	return `The archive holds the model's variables, float32, under the names that the paper's code gives them, slashes included (numpy.load(F)["readout/biases"]). Layers count from 1, those of core.kind cnn and stacked from 0.

  core/convL/coeffs [functions, channels in, features]: core.kind hermite, coefficients of the Hermite basis
  core/convL/weights [size, size, channels in, features]: other kinds, filters in pixels before they are turned
  core/convL/BatchNorm/gamma, beta, moving_mean, moving_variance [orientations * features], with core.shared_biases [features]; no gamma in the last layer, nor for cnn
  core.kind stacked, with core.convolutions separable: core/convL/weights_in [channels in, features], core/convL/weights [size, size, features] of each map by itself, core/convL/weights_out [features, features]; with core.conv_biases core/convL/biases, of a separable layer biases_in, biases, biases_out
  readout/masks [neurons, height, width], readout/feature_weights [neurons, orientations * features], readout/biases [neurons]; masks act as |masks|
  readout.adaptive: readout/log_strengths [neurons]; readout.types: readout/types, readout/types/pull [neurons] and readout/types/targets [neurons, orientations * features]
  readout.kind gaussian has in place of masks: readout/mu [neurons, 2], positions as column and row from -1 to 1; readout/sigma, their spread in training; readout/noise_state; with readout.grid cortex also readout/grid/weights, biases, places; with cortex_mlp readout/grid/layerL/weights [in, out], biases [out], from 0, and places
  covariates/mean, covariates/sd [covariates]: over the training part, with modulation or shifter; modulation/layer0/weights, biases and modulation/output/weights: the gain; shifter/layerL/weights [in, out], biases [out], from 0
  modulation.sessions or shifter.sessions each, of several sessions: covariates/session_mean, covariates/session_sd [sessions, covariates], and the variables of that part have a first axis of sessions, but for modulation/output/weights where every neuron has its own

Channels count orientation first: channel = orientation * features + feature. v1lab features writes effective weights, masks and power, such as |masks|.`
}

func (c *exportCmd) Run(ctx context.Context, a *app) error {
	if c.Out == "" && c.ONNX == "" && c.Safe == "" && c.Torch == "" {
		return usagef("missing flags: --out=WEIGHTS.npz, --safetensors=F.safetensors, --torch=DIR or --onnx=MODEL.onnx")
	}
	for _, file := range []struct{ flag, path, ext string }{{"--out", c.Out, ".npz"}, {"--safetensors", c.Safe, ".safetensors"}, {"--onnx", c.ONNX, ".onnx"}} {
		if ext := filepath.Ext(file.path); file.path != "" && ext != file.ext {
			return usagef("%s %s: extension %q; accepted: %s", file.flag, file.path, ext, file.ext)
		}
	}
	if c.Batch < 1 {
		return usagef("--batch %d; accepted: a number from 1", c.Batch)
	}
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	values, err := run.Weights()
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := array.WriteNPZ(c.Out, values); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		a.printf("%s: %d variables\n", c.Out, len(values))
	}
	if c.Safe != "" {
		if err := safetensors(run, values, c.Safe); err != nil {
			return fmt.Errorf("--safetensors: %w", err)
		}
		a.printf("%s: %d variables\n", c.Safe, len(values))
	}
	if c.Torch != "" {
		defer run.Close() //nolint:errcheck // frees memory only
		if err := pytorch.Write(ctx, run, c.Torch); err != nil {
			return fmt.Errorf("--torch: %w", err)
		}
		a.printf("%s: %s, %s, %s; python %s compares PyTorch with v1lab\n", c.Torch, pytorch.ModelFile, pytorch.WeightsFile, pytorch.CheckFile, filepath.Join(c.Torch, pytorch.ModelFile))
	}
	if c.ONNX == "" {
		return nil
	}
	library, err := onnxruntime.Ensure(ctx, a.stderr)
	if err != nil {
		return err
	}
	if err := onnx.Write(library, run, c.Batch, c.ONNX); err != nil {
		return err
	}
	a.printf("%s: %d images at a time\n", c.ONNX, c.Batch)
	if names := run.Config.Covariates(); len(names) > 0 {
		a.sayf("input %s [%d, %d]: %s, as recorded; NaN is the training mean%s", onnx.Covariates, c.Batch, len(names), strings.Join(names, ", "), ofSessions(run))
	}
	return nil
}

// ofSessions says whose means those of a run are, if every session has its own.
func ofSessions(run *fitted.Run) string {
	if m, err := run.Model(); err == nil && m.BySession() {
		return ", for the neurons of a session with a gain or a shifter of its own that of the session"
	}
	return ""
}

// safetensors writes a run's variables under their own names. Metadata say what is needed to use them: config, shape of the data, normalisation and preparation of
// images, each as text. The recording's name, with its path, is not among them.
func safetensors(run *fitted.Run, values weights.Values, path string) error {
	config, err := run.Config.YAML()
	if err != nil {
		return err
	}
	metadata := map[string]string{"made_by": "v1lab " + version.String(), "config": string(config)}
	for name, value := range map[string]any{"shape": run.Dataset.Shape, "normalisation": run.Dataset.Normalisation, "preparation": run.Dataset.Preparation} {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		metadata[name] = string(text)
	}
	return pytorch.WriteSafetensors(path, values, metadata)
}
