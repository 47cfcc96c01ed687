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

	"v1lab/datasets/durable"
)

// Names that Get uses in addition to the files of a set.
const (
	receiptName = "fetched.json"
	lockName    = ".fetch.lock"
	partSuffix  = ".part"
	stateSuffix = ".part.json"
)

// Options for Get. The zero value is the usual choice.
type Options struct {
	Client   *http.Client                    // nil: the environment's proxy, and a minute's wait for an answer
	Progress func(Progress)                  // called often, from the calling goroutine; nil: not reported
	Wait     func(attempt int) time.Duration // returns the wait before another attempt, counted from 1; nil: 1 s, doubling up to 30 s
	Stall    time.Duration                   // a transfer is restarted if it receives nothing for this long; 0: a minute
}

// Progress is the state of one file's download.
type Progress struct {
	File    string
	Done    int64
	Total   int64  // bytes; 0 if unknown
	Message string // about something unusual, such as a new attempt; otherwise empty
}

// Fetched is one file that was downloaded or recognised.
type Fetched struct {
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	URL      string    `json:"url"`
	Bytes    int64     `json:"bytes"`
	SHA256   string    `json:"sha256"`
	Verified string    `json:"verified"`      // what verified it: "sha256", "md5", "length", "receipt" (of an earlier fetch), or "" if nothing is published
	New      bool      `json:"new"`           // fetched now
	Time     time.Time `json:"time,omitzero"` // when it was fetched, if known
}

// receipt is the content of fetched.json. It lets Get recognise files without a published hash.
type receipt struct {
	Set     string    `json:"set"`
	Page    string    `json:"page"`
	Licence string    `json:"licence"`
	Files   []Fetched `json:"files"`
}

// Get downloads all files of a set to folder dir, which it creates if needed. Files that are there and correct are kept; a file that is not
// correct is an error and never overwritten. Get downloads each file under its name plus .part, verifies it, then renames it.
// If Get ends early, by an error or the end of ctx, another Get of the same set to the same folder continues where it stopped,
// unless the server's file has changed. Only one Get at a time can use a folder; another returns an error.
//
// Errors name the file, and say so if the network is missing.
func Get(ctx context.Context, set Set, dir string, o Options) ([]Fetched, error) {
	if err := set.check(); err != nil {
		return nil, fmt.Errorf("data set %q: %w", set.Name, err)
	}
	if len(set.Files) == 0 {
		how := ""
		if set.Note != "" {
			how = ": " + set.Note
		}
		return nil, fmt.Errorf("data set %s: no address of its files is published; see %s%s", set.Name, set.Page, how)
	}
	if err := durable.MkdirAll(dir, 0o755); err != nil {
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
		got, err := getFile(ctx, f, dir, r.of(f.Name), o)
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
			err = durable.WriteFile(filepath.Join(dir, receiptName), append(text, '\n'), 0o644)
		}
		if err != nil {
			return all, named(filepath.Join(dir, receiptName), err)
		}
	}
	return all, nil
}

// getFile downloads or recognises one file. before is its entry in the receipt.
func getFile(ctx context.Context, f File, dir string, before *Fetched, o Options) (Fetched, error) {
	path := filepath.Join(dir, f.Name)
	got := Fetched{Name: f.Name, Path: path, URL: f.URL}
	if _, err := os.Lstat(path); err == nil {
		sums, err := examine(path)
		if err != nil {
			return got, err
		}
		if got.Verified, err = sums.compare(f); err != nil {
			return got, fmt.Errorf("exists already, but %w; remove it to fetch it again", err)
		}
		got.Bytes, got.SHA256 = sums.bytes, sums.sha256
		if before != nil && before.URL == f.URL {
			if got.SHA256 != before.SHA256 {
				return got, fmt.Errorf("exists already, but changed since it was fetched (SHA-256 %.12s, then %.12s); remove it to fetch it again", got.SHA256, before.SHA256)
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
	if err := durable.Rename(t.part, path); err != nil {
		return got, plain(err)
	}
	t.discard()
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

// plain returns the cause of a file system error, without the path.
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
