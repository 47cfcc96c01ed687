package main

import (
	"fmt"
	"strconv"
	"strings"

	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tfcheckpoint"
)

type importCmd struct {
	TF    importTFCmd    `cmd:"" name:"tf" help:"Make a run folder from a TensorFlow V2 checkpoint of the paper's code."`
	Torch importTorchCmd `cmd:"" name:"torch" help:"Make a run folder from a PyTorch checkpoint of a neuralpredictors model, such as a published twin of mouse V1."`
}

type importTFCmd struct {
	Checkpoint string   `required:"" placeholder:"DIR" help:"Folder of the checkpoint, or the common prefix of its files, as in model.ckpt."`
	Config     string   `required:"" placeholder:"FILE|PRESET" help:"YAML file or preset of the saved model. The checkpoint does not contain it."`
	Set        []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of the config, as in core.features=16,16,16. May be repeated."`
	Data       string   `placeholder:"SPEC" help:"The recording that the model was fitted to, for its normalisation and for eval."`
	ImageSize  string   `placeholder:"HxW" help:"Without --data: size of the images, or HxWxC with channels. Images given to this run are then taken as normalised already."`
	Out        string   `required:"" placeholder:"RUN" help:"Run folder to make."`
	JSON       bool     `help:"Print the result as JSON."`
}

// imported is what import tf --json prints.
type imported struct {
	Run        string   `json:"run"`        // run folder
	Checkpoint string   `json:"checkpoint"` // prefix of its files
	Neurons    int      `json:"neurons"`
	Variables  int      `json:"variables"` // number of variables in the run
	Unmapped   []string `json:"unmapped"`  // variables of the checkpoint that the model has no use for
}

func (c *importTFCmd) Run(a *app) error {
	if (c.Data == "") == (c.ImageSize == "") {
		return usagef("--data and --image-size: one of them is needed, and not both")
	}
	shape, err := c.shape()
	if err != nil {
		return err
	}
	if err := runfolder.CheckFree(c.Out); err != nil { // before the data are read
		return fmt.Errorf("--out: %w", err)
	}
	config, err := resolve("--config", c.Config, c.Set)
	if err != nil {
		return err
	}
	checkpoint, err := tfcheckpoint.Open(c.Checkpoint)
	if err != nil {
		return err
	}
	record := runfolder.Dataset{Shape: shape}
	if c.Data != "" {
		spec, err := absolute(c.Data)
		if err != nil {
			return err
		}
		data, err := dataset(spec)
		if err != nil {
			return err
		}
		record = runfolder.Describe(data)
	}
	unmapped, err := tfcheckpoint.Import(checkpoint, config, record, c.Out)
	if err != nil {
		return err
	}
	return c.report(a, checkpoint, unmapped)
}

func (c *importTFCmd) report(a *app, checkpoint *tfcheckpoint.Checkpoint, unmapped []string) error {
	run, err := runfolder.Open(c.Out)
	if err != nil {
		return err
	}
	values, err := run.Weights()
	if err != nil {
		return err
	}
	if len(unmapped) > 0 {
		a.sayf("warning: %d variables of the checkpoint have no place in the model and were left out: %s", len(unmapped), shortList(unmapped, 10))
	}
	r := imported{c.Out, checkpoint.Prefix(), run.Dataset.Shape.Neurons, len(values), append([]string{}, unmapped...)}
	if c.JSON {
		return a.json(r)
	}
	a.printf("%s: %d variables of %s, %d neurons\n", r.Run, r.Variables, r.Checkpoint, r.Neurons)
	return nil
}

// shape parses --image-size. The number of neurons comes from the checkpoint.
func (c *importTFCmd) shape() (v1model.Shape, error) { return parseImageSize(c.ImageSize) }

// parseImageSize parses HxW or HxWxC; an empty text is 0x0x1.
func parseImageSize(text string) (v1model.Shape, error) {
	s := v1model.Shape{Channels: 1}
	if text == "" {
		return s, nil
	}
	parts, sizes := strings.Split(text, "x"), []*int{&s.Height, &s.Width, &s.Channels}
	ok := len(parts) == 2 || len(parts) == 3
	for i := 0; ok && i < len(parts); i++ {
		n, err := strconv.Atoi(parts[i])
		ok, *sizes[i] = err == nil && n > 0 && n < 1<<16, n
	}
	if !ok {
		return s, usagef("--image-size %s: accepted: HxW or HxWxC in pixels, as in 36x64", text)
	}
	return s, nil
}
