package pjrt

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Kinds of plugins that have a pinned package.
const (
	CPU  = "cpu"
	CUDA = "cuda"
)

// spec is a parsed backend name.
type spec struct {
	engine  string // "xla" or "go"
	plugin  string // "" (choose), a kind, or an absolute path
	options string // what follows the first comma, passed through; for "go" what follows the colon
}

// parseSpec parses engine[:plugin][,option...]; "" means "xla".
func parseSpec(s string) (spec, error) {
	engine, rest, _ := strings.Cut(s, ":")
	if !strings.Contains(s, ":") {
		engine, rest, _ = strings.Cut(s, ",")
		rest = strings.TrimSuffix(","+rest, ",")
	}
	switch engine {
	case "", "xla":
		plugin, options, _ := strings.Cut(rest, ",")
		if strings.ContainsRune(plugin, filepath.Separator) && !filepath.IsAbs(plugin) {
			return spec{}, fmt.Errorf("backend %q: plugin path %s is relative; give an absolute one", s, plugin)
		}
		return spec{engine: "xla", plugin: plugin, options: options}, nil
	case "go":
		return spec{engine: "go", options: strings.TrimPrefix(rest, ",")}, nil
	}
	return spec{}, fmt.Errorf("backend %q: unknown; accepted are xla, xla:cpu, xla:cuda, xla:/path/of/plugin.so (each may be followed by ,option=value) and go", s)
}
