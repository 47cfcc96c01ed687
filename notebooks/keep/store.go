package keep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"v1lab/datasets/durable"
)

// Folder is where a notebook's values are stored, relative to its working folder.
const Folder = "runs/kept"

// mostOfAName is the number of values that are stored under one name: the newest, so that going back to an earlier parameter finds its value.
const mostOfAName = 8

// Info says when and how a stored value was made. It is the first line of its file, as JSON; the value follows as CBOR.
type Info struct {
	Version int       `json:"version"`
	Name    string    `json:"name"`
	Key     string    `json:"key"`
	Made    time.Time `json:"made"`
	Seconds float64   `json:"seconds"` // that the function took
	Sum     string    `json:"sha256"`  // of the value
}

var goodName = regexp.MustCompile(`^[\pL\pN][\pL\pN _-]*$`)

// CheckName tells whether a name can be that of a stored value.
func CheckName(name string) error {
	if !goodName.MatchString(name) || len(name) > 100 {
		return fmt.Errorf("name %q; accepted: letters, digits, spaces, - and _, at most 100 bytes", name)
	}
	return nil
}

// Path returns the file of a value in a folder.
func Path(folder, name, key string) string {
	return filepath.Join(folder, name+"."+key[:16]+".cbor")
}

// Read returns the value with a key. The error is fs.ErrNotExist if there is none. A file that is damaged or of another version is an error.
func Read[T any](folder, name, key string) (value T, info Info, err error) {
	path := Path(folder, name, key)
	text, err := os.ReadFile(path)
	if err != nil {
		return value, info, err
	}
	head, body, _ := bytes.Cut(text, []byte("\n"))
	sum := sha256.Sum256(body)
	switch err := json.Unmarshal(head, &info); {
	case err != nil || info.Sum != hex.EncodeToString(sum[:]):
		return value, info, fmt.Errorf("%s: damaged", path)
	case info.Version != 1:
		return value, info, fmt.Errorf("%s: version %d; accepted: 1", path, info.Version)
	case info.Key != key:
		return value, info, fmt.Errorf("%s: the value of another key: %w", path, fs.ErrNotExist)
	}
	value, err = decode[T](body)
	return value, info, err
}

// Write stores a value. It is an error if what would be read back is not the same to the bit. Of one name, older values than the newest few are removed.
func Write[T any](folder, name, key string, value T, took time.Duration) error {
	body, err := encode(value)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	head, err := json.Marshal(Info{Version: 1, Name: name, Key: key, Made: time.Now().Truncate(time.Second), Seconds: took.Seconds(), Sum: hex.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	if err := durable.WriteFile(Path(folder, name, key), slices.Concat(head, []byte("\n"), body), 0o666); err != nil {
		return err
	}
	files, err := stored(folder, name)
	if err != nil {
		return err
	}
	for _, old := range files[min(mostOfAName, len(files)):] {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Remove removes all values of a name and returns how many there were.
func Remove(folder, name string) (int, error) {
	files, err := stored(folder, name)
	for _, path := range files {
		if e := os.Remove(path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return len(files), err
}

// stored lists the files of a name, the newest first.
func stored(folder, name string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	at := map[string]time.Time{}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), name+".")
		if ours = ours && len(rest) == 16+len(".cbor") && strings.HasSuffix(rest, ".cbor"); !ours {
			continue
		}
		if info, err := e.Info(); err == nil {
			path := filepath.Join(folder, e.Name())
			paths, at[path] = append(paths, path), info.ModTime()
		}
	}
	slices.SortStableFunc(paths, func(a, b string) int { return at[b].Compare(at[a]) })
	return paths, err
}
