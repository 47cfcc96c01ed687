package datasets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SessionsIn returns a function that lists the files and folders in a folder with one of these extensions, for Format.Sessions.
func SessionsIn(extensions ...string) func(folder string) ([]string, error) {
	return func(folder string) ([]string, error) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			var pathErr *os.PathError
			if errors.As(err, &pathErr) {
				err = pathErr.Err
			}
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		var paths []string
		for _, e := range entries {
			name := e.Name()
			if !strings.HasPrefix(name, ".") && slices.ContainsFunc(extensions, func(x string) bool { return strings.HasSuffix(strings.ToLower(name), x) }) {
				paths = append(paths, filepath.Join(folder, name))
			}
		}
		return paths, nil
	}
}
