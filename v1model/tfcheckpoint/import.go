package tfcheckpoint

import (
	"fmt"
	"strings"

	"v1lab/v1model"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
)

// Neurons returns the number of neurons of the checkpoint's readout, which is the length of its biases.
func (c *Checkpoint) Neurons() (int, error) {
	neurons, from := 0, ""
	for _, name := range c.Names() {
		scope, ok := strings.CutSuffix(name, readout.Biases)
		if !ok || scope != "" && !strings.HasSuffix(scope, "/") {
			continue
		}
		shape := c.entries[name].shape
		if len(shape) != 1 || shape[0] < 1 {
			continue // some other variable of that name
		}
		if from != "" && neurons != shape[0] {
			return 0, fmt.Errorf("%s: %s has %d neurons and %s has %d, want one model", c.prefix, printable(from), neurons, printable(name), shape[0])
		}
		neurons, from = shape[0], name
	}
	if from == "" {
		return 0, fmt.Errorf("%s: no variable %s [neurons], found %s", c.prefix, readout.Biases, list(c.Names()))
	}
	return neurons, nil
}

// Import makes a run folder at path from the model in a checkpoint, and lists variables that the model does not use, as Weights does. data describes
// the data of the run: a shape only means images that are normalised already, and 0 neurons are replaced by the number of neurons of the checkpoint's
// readout. On an error nothing is written.
func Import(c *Checkpoint, config v1model.Config, data runfolder.Dataset, path string) (unmapped []string, err error) {
	if data.Shape.Neurons == 0 {
		if data.Shape.Neurons, err = c.Neurons(); err != nil {
			return nil, err
		}
	}
	m, err := v1model.New(config, data.Shape)
	if err != nil {
		return nil, err
	}
	values, unmapped, err := Weights(c, m)
	if err != nil {
		return nil, err
	}
	return unmapped, runfolder.Store(path, config, data, values)
}
