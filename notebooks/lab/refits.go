//go:build !v1lab_engine

package lab

import (
	"fmt"
	"path/filepath"

	"v1lab/v1model/runfolder"
)

// Refits returns the paths of count fits that differ only in their seed: the run at path, and others next to it, named after it and their seed
// (path-seed2). It makes those that are missing or not over, with the same config and recording.
func Refits(path string, count int) []string {
	first := Must(runfolder.Open(path))
	paths := []string{path}
	for i := 1; i < count; i++ {
		seed := first.Config.Fit.Seed + uint64(i)
		other := fmt.Sprintf("%s-seed%d", filepath.Clean(path), seed)
		Fit(first.Dataset.Spec, filepath.Join(path, "config.yaml"), other, fmt.Sprintf("fit.seed=%d", seed))
		paths = append(paths, other)
	}
	return paths
}
