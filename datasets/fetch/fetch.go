package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// Names that Get uses beside the files of a set.
const (
	receiptName = "fetched.json"
	lockName    = ".fetch.lock"
	partSuffix  = ".part"
	stateSuffix = ".part.json"
)

// Options say how to fetch. The zero value is the usual way.
type Options struct {
	Client   *http.Client                    // nil: the environment's proxy, patience of a minute for an answer
	Progress func(Progress)                  // called often, from the calling goroutine; nil: silence
	Wait     func(attempt int) time.Duration // before another attempt, which counts from 1; nil: 1 s, doubling up to 30 s
	Stall    time.Duration                   // a transfer without a byte for so long is begun again; 0: a minute
}

// Progress is how far one file is.
type Progress struct {
	File    string
	Done    int64
	Total   int64  // 0 if nobody knows
	Message string // of something out of the ordinary, such as a new attempt; else empty
}

// Fetched is one file that is there.
type Fetched struct {
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	URL      string    `json:"url"`
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256"`
	Verified string    `json:"verified"`      // by what: "sha256", "md5", "length", "receipt" (of an earlier fetch), or "" if there was nothing to compare with
	New      bool      `json:"new"`           // fetched now
	Time     time.Time `json:"time,omitzero"` // when it was fetched, if that is known
}

// receipt is the content of fetched.json, by which files without a published hash are known again.
type receipt struct {
	Set     string    `json:"set"`
	Page    string    `json:"page"`
	Licence string    `json:"licence"`
	Files   []Fetched `json:"files"`
}

// Get brings all files of a set to folder dir, which it makes if needed. Files that are there and are what they should be stay;
// a file that is not is an error, never overwritten. Each file grows under its name with .part added, is verified, and is then renamed.
// If Get ends early, by an error or the end of ctx, another Get of the same set to the same folder goes on where it stopped,
// unless the server's file changed. One Get at a time works in a folder; another is an error.
//
// Errors name the file, and say plainly if the network is missing.
func Get(ctx context.Context, set Set, dir string, o Options) ([]Fetched, error) {
	if err := set.check(); err != nil {
		return nil, fmt.Errorf("data set %q: %w", set.Name, err)
	}
	if len(set.Files) == 0 {
		return nil, fmt.Errorf("data set %s: no address of its files is published; see %s", set.Name, set.Page)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, named(dir, err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, named(lock.Path(), err)
	case !ok:
		return nil, fmt.Errorf("%s: another fetch is under way there; wait for it, or choose another folder", dir)
	}
	defer lock.Unlock() //nolint:errcheck // released with the process at the latest

	r := receipt{Set: set.Name, Page: set.Page, Licence: set.Licence}
	known, err := readReceipt(dir)
	if err != nil {
		return nil, err
	}
	r.Files = known
	var all []Fetched
	for _, f := range set.Files {
		got, err := one(ctx, f, dir, r.of(f.Name), o)
		if err != nil {
			return all, fmt.Errorf("%s: %w", filepath.Join(dir, f.Name), err)
		}
		all = append(all, got)
		if before := r.of(f.Name); before != nil && !got.New {
			continue
		}
		r.put(got)
		text, err := json.MarshalIndent(r, "", "  ")
		if err == nil {
			err = renameio.WriteFile(filepath.Join(dir, receiptName), append(text, '\n'), 0o644)
		}
		if err != nil {
			return all, named(filepath.Join(dir, receiptName), err)
		}
	}
	return all, nil
}

// one brings one file, or recognises it; before is what the receipt says of it.
func one(ctx context.Context, f File, dir string, before *Fetched, o Options) (Fetched, error) {
	path := filepath.Join(dir, f.Name)
	got := Fetched{Name: f.Name, Path: path, URL: f.URL}
	if _, err := os.Lstat(path); err == nil {
		sums, err := examine(path)
		if err != nil {
			return got, err
		}
		if got.Verified, err = sums.compare(f); err != nil {
			return got, fmt.Errorf("there already, but %w; remove it to fetch it again", err)
		}
		got.Bytes, got.SHA256 = sums.bytes, sums.sha256
		if before != nil && before.URL == f.URL {
			if got.SHA256 != before.SHA256 {
				return got, fmt.Errorf("there already, but changed since it was fetched (SHA-256 %.12s, then %.12s); remove it to fetch it again", got.SHA256, before.SHA256)
			}
			if got.Time = before.Time; got.Verified == "" || got.Verified == "length" {
				got.Verified = "receipt"
			}
		}
		return got, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return got, plain(err)
	}
	t := transfer{file: f, part: path + partSuffix, stateFile: path + stateSuffix, options: o}
	if err := t.run(ctx); err != nil {
		return got, err
	}
	sums, err := examine(t.part)
	if err != nil {
		return got, err
	}
	if got.Verified, err = sums.compare(f); err != nil {
		t.discard()
		return got, fmt.Errorf("what the server sent is wrong: %w; it was removed", err)
	}
	if err := os.Rename(t.part, path); err != nil {
		return got, plain(err)
	}
	t.discard()
	if d, err := os.Open(dir); err == nil {
		d.Sync()  //nolint:errcheck // not every file system can
		d.Close() //nolint:errcheck // only read
	}
	got.Bytes, got.SHA256, got.New, got.Time = sums.bytes, sums.sha256, true, time.Now().UTC().Truncate(time.Second)
	return got, nil
}

func readReceipt(dir string) ([]Fetched, error) {
	file := filepath.Join(dir, receiptName)
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, named(file, err)
	}
	var r receipt
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("%s: damaged (%w); remove it, and files will count as never fetched", file, err)
	}
	return r.Files, nil
}

func (r *receipt) of(name string) *Fetched {
	for i := range r.Files {
		if r.Files[i].Name == name {
			return &r.Files[i]
		}
	}
	return nil
}

func (r *receipt) put(f Fetched) {
	if old := r.of(f.Name); old != nil {
		*old = f
		return
	}
	r.Files = append(r.Files, f)
}

// plain is the cause of an error of the file system, without the path.
func plain(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &linkErr):
		return linkErr.Err
	case errors.As(err, &pathErr):
		return pathErr.Err
	}
	return err
}

func named(path string, err error) error { return fmt.Errorf("%s: %w", path, plain(err)) }
