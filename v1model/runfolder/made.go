package runfolder

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"

	"v1lab/datasets/infile"
	"v1lab/v1model/version"
)

// Made says with what a fit was made. Of a fit that was continued, it is what ended it. It is empty in folders of older versions.
type Made struct {
	Program string `json:"program"` // v1lab: commit or module version
	Backend string `json:"backend"` // that was really used, as --backend takes it
	Device  string `json:"device"`  // description of the first device
	Plugin  string `json:"plugin"`  // name, path and version of the XLA plugin; empty for backend go
	SHA256  string `json:"sha256"`  // of the plugin's file; empty if it cannot be read
}

// MadeWith describes this program and an open backend.
func MadeWith(b compute.Backend) Made {
	m := Made{Program: version.String(), Backend: b.Name(), Device: b.DeviceDescription(0)}
	plugin, ok := b.(interface { // XLA's
		PluginName() string
		Config() string
	})
	if !ok {
		return m
	}
	path, options, _ := strings.Cut(strings.TrimPrefix(plugin.Config(), b.Name()+":"), ",")
	m.Plugin = b.Description()
	if path != "" {
		m.Backend = strings.TrimSuffix(b.Name()+":"+path+","+options, ",")
	}
	if filepath.IsAbs(path) {
		m.SHA256 = hashOf(path)
	}
	return m
}

var hashes sync.Map // by path: a process loads a plugin once

// hashOf returns the SHA-256 of a file, empty if it cannot be read.
func hashOf(path string) string {
	if known, ok := hashes.Load(path); ok {
		return known.(string)
	}
	file, err := infile.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // read only
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return ""
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	hashes.Store(path, sum)
	return sum
}
