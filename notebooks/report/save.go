package report

import (
	"fmt"
	"path/filepath"
	"v1lab/datasets/durable"
)

// Save writes figures as NAME.png and NAME.svg into a folder, which is made if there is none, and returns the paths.
func Save(dir string, all []Named) (paths []string, err error) {
	if err := durable.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	for _, f := range all {
		for _, ext := range []string{".png", ".svg"} {
			path := filepath.Join(dir, f.Name+ext)
			if err := f.Figure.Save(path); err != nil {
				return paths, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}
