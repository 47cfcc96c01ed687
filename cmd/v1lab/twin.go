package main

import (
	"context"
	"sync/atomic"

	"github.com/gomlx/compute"

	"v1lab/datasets/formats"
	"v1lab/v1model"
	"v1lab/v1model/twin"
)

// verbNow is the verb that runs. Recordings of scheme model are the answers of a run, which is computed on the verb's device.
var verbNow atomic.Pointer[app]

func init() {
	formats.Register(twin.Format(func(ctx context.Context, config v1model.Config) (compute.Backend, error) {
		return verbNow.Load().device(ctx, config)
	}))
}
