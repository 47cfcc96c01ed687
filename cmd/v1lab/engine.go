package main

import (
	"context"

	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/engine"
)

// engineCmd is resident.Verb.
type engineCmd struct {
	Socket string `required:"" placeholder:"FILE" help:"Unix socket to make and to serve."`
	Kernel int    `required:"" placeholder:"PID" help:"Process with which to end."`
}

func (c *engineCmd) Run(ctx context.Context) error {
	return engine.Serve(ctx, answers.Device, c.Socket, c.Kernel)
}
