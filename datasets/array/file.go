package array

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/sbinet/npyio/npz"
)

// ReadNPY reads one .npy file. Errors name the file.
func ReadNPY(path string) (Array, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Array{}, named(path, err)
	}
	a, err := decode(content)
	if err != nil {
		return Array{}, named(path, err)
	}
	return a, nil
}

// WriteNPY writes one .npy file, replacing an existing one whole.
func WriteNPY(path string, a Array) error {
	return replace(path, func(w io.Writer) error { return encode(w, a) })
}

// ReadNPZ reads the named arrays of an .npz archive, or all whose type is readable if none is named.
// Errors name the file and the key; a key that is missing is an error that lists those there are.
func ReadNPZ(path string, keys ...string) (map[string]Array, error) {
	archive, err := npz.Open(path)
	if err != nil {
		return nil, named(path, err)
	}
	defer archive.Close()
	there := map[string]string{}
	for _, member := range archive.Keys() {
		if key, ok := strings.CutSuffix(member, ".npy"); ok {
			there[key] = member
		}
	}
	all := len(keys) == 0
	if all {
		keys = slices.Sorted(maps.Keys(there))
	}
	arrays := map[string]Array{}
	for _, key := range keys {
		member, ok := there[key]
		if !ok {
			return nil, fmt.Errorf("%s: no array %q, found %s", path, key, list(there))
		}
		a, err := readMember(archive, member)
		switch {
		case all && errors.Is(err, errType):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s: %s: %w", path, key, err)
		}
		arrays[key] = a
	}
	return arrays, nil
}

// KeysNPZ lists the arrays of an .npz archive in alphabetical order.
func KeysNPZ(path string) ([]string, error) {
	archive, err := npz.Open(path)
	if err != nil {
		return nil, named(path, err)
	}
	defer archive.Close()
	var keys []string
	for _, member := range archive.Keys() {
		if key, ok := strings.CutSuffix(member, ".npy"); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// WriteNPZ writes an uncompressed .npz archive in the alphabetical order of its keys, replacing an existing file whole.
// The same arrays give the same bytes.
func WriteNPZ(path string, arrays map[string]Array) error {
	return replace(path, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, key := range slices.Sorted(maps.Keys(arrays)) {
			member, err := archive.CreateHeader(&zip.FileHeader{Name: key + ".npy", Method: zip.Store})
			if err != nil {
				return err
			}
			if err := encode(member, arrays[key]); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		return archive.Close()
	})
}

func readMember(archive *npz.Reader, member string) (Array, error) {
	r, err := archive.Open(member)
	if err != nil {
		return Array{}, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return Array{}, fmt.Errorf("damaged archive: %w", err)
	}
	return decode(content)
}

func replace(path string, write func(io.Writer) error) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return named(path, err)
	}
	defer file.Cleanup()
	w := bufio.NewWriterSize(file, 1<<20)
	if err := write(w); err != nil {
		return named(path, err)
	}
	if err := w.Flush(); err != nil {
		return named(path, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return named(path, err)
	}
	return nil
}

// named prefixes an error with the file once, in place of what the operating system and npyio say around the cause.
func named(path string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &linkErr):
		return fmt.Errorf("%s: %w", path, linkErr.Err)
	case errors.As(err, &pathErr):
		return fmt.Errorf("%s: %w", path, pathErr.Err)
	case errors.Is(err, zip.ErrFormat):
		return fmt.Errorf("%s: not an .npz archive, or cut short: %w", path, zip.ErrFormat)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func list(keys map[string]string) string {
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
}
