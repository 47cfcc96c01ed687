package answers

import (
	"context"
	"os"
	"sync"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
	"v1lab/v1model"
)

// backends are the open ones by name: recordings of scheme model and what is fitted to them share one.
var backends struct {
	sync.Mutex
	open map[string]compute.Backend
}

// Device opens the backend that a config asks for, or the one that the launcher of the kernel chose.
func Device(ctx context.Context, config v1model.Config) (compute.Backend, error) {
	name := config.Backend
	if os.Getenv(compute.ConfigEnvVar) != "" { // chosen by the launcher of the kernel
		name = ""
	}
	backends.Lock()
	defer backends.Unlock()
	if b := backends.open[name]; b != nil {
		return b, nil
	}
	b, err := pjrt.Backend(ctx, name, os.Stderr)
	if err == nil {
		if backends.open == nil {
			backends.open = map[string]compute.Backend{}
		}
		backends.open[name] = b
	}
	return b, err
}
