package zoo

import (
	_ "embed"

	"v1lab/datasets/fetch"
)

//go:embed registry.yaml
var registry []byte

// Models returns the published models.
func Models() ([]fetch.Set, error) { return fetch.Parse("zoo", registry) }
