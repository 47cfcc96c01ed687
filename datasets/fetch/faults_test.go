package fetch_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets/durable/faulty"
)

// Whichever operation fails during a download, a file is absent or whole, and fetching again ends with it.
func TestEveryFaultOfADownload(t *testing.T) {
	s := serve(t, good(content(), `"1"`))
	data := set(s.URL, hash(sha(content())), size(len(content())))
	read := func(dir string) error {
		got, err := os.ReadFile(filepath.Join(dir, "data", "data.zip"))
		if err == nil && !bytes.Equal(got, content()) {
			err = fmt.Errorf("%d bytes that are not what was served", len(got))
		}
		return err
	}
	faulty.Sweep(t, faulty.Work{
		Run: func(dir string) error {
			_, err := get(data, filepath.Join(dir, "data"))
			return err
		},
		Whole: func(dir string) error {
			if err := read(dir); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		},
		Done: func(dir string) error {
			if err := read(dir); err != nil {
				return err
			}
			_, err := os.Stat(filepath.Join(dir, "data", "fetched.json"))
			return err
		},
		Named: "data", Every: 3,
	})
}
