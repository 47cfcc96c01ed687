package main

import (
	"context"

	"v1lab/datasets/fetch"
	"v1lab/v1model/zoo"
)

type zooCmd struct {
	List zooListCmd `cmd:"" help:"List published models with their sources and licences."`
	Get  zooGetCmd  `cmd:"" help:"Download a published model."`
}

// zooFrom is which list of models a verb reads.
type zooFrom struct {
	Registry string `placeholder:"FILE" help:"Your own list of models (YAML, like v1model/zoo/registry.yaml), instead of the built-in one."`
}

func (f zooFrom) models() ([]fetch.Set, error) {
	if f.Registry != "" {
		return fetch.Load(f.Registry)
	}
	return zoo.Models()
}

type zooListCmd struct {
	Name string `arg:"" optional:"" help:"All details of this model."`
	zooFrom
	JSON bool `help:"Print as JSON."`
}

func (c *zooListCmd) Run(a *app) error {
	models, err := c.models()
	if err != nil {
		return err
	}
	if c.Name == "" {
		return a.listSets(models, c.JSON)
	}
	model, err := fetch.Find(models, c.Name)
	if err != nil {
		return wrong{err}
	}
	return a.aboutSet(model, c.JSON)
}

type zooGetCmd struct {
	Name string `arg:"" help:"Name of the model; zoo list shows them."`
	Out  string `placeholder:"DIR" help:"Folder to write to. Default: zoo/NAME in $$V1LAB_HOME."`
	zooFrom
	JSON bool `help:"Print as JSON."`
}

// zooFetched is what zoo get --json prints.
type zooFetched struct {
	Name    string          `json:"name"`
	Folder  string          `json:"folder"`
	Read    string          `json:"read,omitempty"` // the command that makes a run of it
	Page    string          `json:"page"`
	Licence string          `json:"licence"`
	Files   []fetch.Fetched `json:"files"`
}

func (c *zooGetCmd) Run(ctx context.Context, a *app) error {
	models, err := c.models()
	if err != nil {
		return err
	}
	model, err := fetch.Find(models, c.Name)
	if err != nil {
		return wrong{err}
	}
	files, folder, err := a.fetch(ctx, model, c.Out, "zoo")
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(zooFetched{model.Name, folder, model.Read, model.Page, model.Licence, files})
	}
	a.showFetched(files)
	if model.Read != "" {
		a.sayf("read it by %s", model.Read)
	}
	return nil
}
