package main

import (
	"fmt"
	"strings"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/neuralpredictors"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/torchfile"
)

type importTorchCmd struct {
	Checkpoint string   `required:"" placeholder:"F.pth" help:"Checkpoint: a state dict by torch.save, in the zip or the legacy format, or safetensors. Nothing in it is run."`
	Config     string   `placeholder:"FILE|PRESET" help:"YAML file or preset of the saved model. Default: what the tensors say, and for sessions of Sensorium 2022 the preset that agrees with them."`
	Set        []string `sep:"none" placeholder:"KEY=VALUE" help:"Say one value of the config that the checkpoint does not contain, as in core.padding=valid,same,same,same. May be repeated."`
	Session    string   `placeholder:"KEY" help:"Session to import, if the checkpoint has several: the KEY of readout.KEY."`
	Data       string   `placeholder:"SPEC" help:"The recording of that session, for normalisation and for eval."`
	ImageSize  string   `placeholder:"HxW" help:"Without --data: size of the images, or HxWxC with channels, unless it is known with the preset. The positions that neurons read depend on it. Images given to this run are then taken as normalised already."`
	Masks      string   `placeholder:"normalised|raw" help:"How a factorised readout uses its masks: divided by their norm, the default of neuralpredictors, or as stored."`
	Out        string   `required:"" placeholder:"RUN" help:"Run folder to make."`
	JSON       bool     `help:"Print the result as JSON."`
}

// importedTwin is what import torch --json prints.
type importedTwin struct {
	Run        string   `json:"run"`        // run folder
	Checkpoint string   `json:"checkpoint"` // file
	Format     string   `json:"format"`     // of the file: zip, legacy or safetensors
	Session    string   `json:"session"`    // key of its readout
	Preset     string   `json:"preset"`     // preset whose values fill in what the tensors do not say; empty if none
	Neurons    int      `json:"neurons"`
	Images     []int    `json:"images"`     // height, width and channels
	Covariates []string `json:"covariates"` // that the model takes
	Variables  int      `json:"variables"`  // number of variables in the run
	Assumed    []string `json:"assumed"`    // what is not in the checkpoint, and where it is from
}

func (c *importTorchCmd) Run(a *app) error {
	if c.Data != "" && c.ImageSize != "" {
		return usagef("--data and --image-size: accepted: one of them")
	}
	shape, err := parseImageSize(c.ImageSize)
	if err != nil {
		return err
	}
	if c.Masks != "" && c.Masks != neuralpredictors.Normalised && c.Masks != neuralpredictors.Raw {
		return usagef("--masks %s: accepted: %s, %s", c.Masks, neuralpredictors.Normalised, neuralpredictors.Raw)
	}
	if err := runfolder.CheckFree(c.Out); err != nil { // before the data are read
		return fmt.Errorf("--out: %w", err)
	}
	file, err := torchfile.Open(c.Checkpoint)
	if err != nil {
		return err
	}
	twin, err := neuralpredictors.Read(file, c.Session)
	if err != nil {
		return err
	}
	config, preset, err := c.config(twin)
	if err != nil {
		return err
	}
	var recording *datasets.Dataset
	record := runfolder.Dataset{}
	size := ""
	switch {
	case c.Data != "":
		spec, err := absolute(c.Data)
		if err != nil {
			return err
		}
		if recording, err = dataset(spec); err != nil {
			return err
		}
		record = runfolder.Describe(recording)
	case c.ImageSize == "":
		if shape, size, err = knownSize(preset); err != nil {
			return fmt.Errorf("%s: not in the checkpoint, and asked for by name: the size of the images, on which the positions of the neurons depend: --image-size HxW, or --data SPEC, or --config with a preset that has it, such as sensorium2022 (36x64)", c.Checkpoint)
		}
		record.Shape = shape
	default:
		record.Shape = shape
	}
	if err := twin.Import(config, record, recording, c.Masks, c.Out); err != nil {
		return err
	}
	return c.report(a, file, twin, preset, twin.Assumed(config, preset, size, record.Normalisation != nil))
}

// config returns the model's config, and the preset that it is from, if any.
func (c *importTorchCmd) config(twin *neuralpredictors.Twin) (v1model.Config, string, error) {
	from := c.Config
	if from == "" {
		from = twin.Preset()
	}
	if from == "" {
		config, err := twin.Config(nil, c.Set)
		return config, "", err
	}
	base, err := resolve("--config", from, nil)
	if err != nil {
		return base, "", err
	}
	config, err := twin.Config(&base, c.Set)
	if _, notPreset := v1model.FindPreset(from); notPreset != nil {
		from = ""
	}
	return config, from, err
}

// knownSize returns the size of the images of a preset, and says whose it is.
func knownSize(preset string) (shape v1model.Shape, words string, err error) {
	p, err := v1model.FindPreset(preset)
	if err == nil && p.Images == "" {
		err = fmt.Errorf("preset %s has no size of images", preset)
	}
	if err != nil {
		return shape, "", err
	}
	shape, err = parseImageSize(p.Images)
	return shape, p.Images, err
}

func (c *importTorchCmd) report(a *app, file *torchfile.File, twin *neuralpredictors.Twin, preset string, assumed []string) error {
	run, err := runfolder.Open(c.Out)
	if err != nil {
		return err
	}
	values, err := run.Weights()
	if err != nil {
		return err
	}
	s := run.Dataset.Shape
	r := importedTwin{Run: c.Out, Checkpoint: c.Checkpoint, Format: file.Format(), Session: twin.Session, Preset: preset, Neurons: s.Neurons, Images: []int{s.Height, s.Width, s.Channels},
		Covariates: append([]string{}, run.Config.Covariates()...), Variables: len(values), Assumed: append([]string{}, assumed...)}
	if c.JSON {
		return a.json(r)
	}
	a.printf("%s: session %s of %s, %d neurons, images of %dx%d, %d variables\n", r.Run, r.Session, r.Checkpoint, r.Neurons, s.Height, s.Width, r.Variables)
	if len(assumed) > 0 {
		a.printf("not in the checkpoint: %s\n", strings.Join(assumed, "; "))
	}
	return nil
}
