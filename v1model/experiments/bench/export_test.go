package bench

import (
	"fmt"

	"v1lab/v1model"
)

// ProblemOf writes the problem of a case to dir and reads it as our worker does.
func ProblemOf(dir string, c Case) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	data, err := c.data()
	if err != nil {
		return err
	}
	if err := writeProblem(dir, config, data, 1); err != nil {
		return err
	}
	config, data, start, err := readProblem(dir)
	if err != nil {
		return err
	}
	m, err := v1model.New(config, shapeOf(data))
	if err != nil {
		return err
	}
	for _, s := range m.Specs() {
		if start[s.Name].Len() != s.Size() {
			return fmt.Errorf("%s has %d start values", s.Name, start[s.Name].Len())
		}
	}
	_, _, err = m.Start(data) // it needs covariates and places
	return err
}
