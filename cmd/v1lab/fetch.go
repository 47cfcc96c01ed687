package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"v1lab/datasets/fetch"
	"v1lab/kernels/v1labhome"
)

type fetchCmd struct {
	Name     string `arg:"" optional:"" help:"Name of the data set; --list shows them."`
	Out      string `placeholder:"DIR" help:"Folder to write to. Default: data/NAME in $$V1LAB_HOME."`
	File     string `placeholder:"PATTERN" help:"Fetch only files whose names match, as in 'static26872-*'."`
	List     bool   `help:"List the data sets with their sources and licences; with NAME, all details of that set."`
	Registry string `placeholder:"FILE" help:"Your own list of data sets (YAML, like datasets/fetch/registry.yaml), instead of the built-in one."`
	JSON     bool   `help:"Print as JSON."`
}

// fetched is what data fetch NAME --json prints.
type fetched struct {
	Name   string          `json:"name"`
	Folder string          `json:"folder"`
	Read   string          `json:"read,omitempty"` // how to name the recording to v1lab
	Files  []fetch.Fetched `json:"files"`
}

func (c *fetchCmd) Run(ctx context.Context, a *app) error {
	sets, err := c.sets()
	if err != nil {
		return err
	}
	var set fetch.Set
	if c.Name != "" {
		if set, err = fetch.Find(sets, c.Name); err != nil {
			return wrong{err}
		}
		if c.File != "" {
			if set, err = set.Only(c.File); err != nil {
				return usagef("--file: %w", err)
			}
		}
	}
	switch {
	case c.List && c.Name != "":
		return a.aboutSet(set, c.JSON)
	case c.List:
		return a.listSets(sets, c.JSON)
	case c.Name == "":
		var names []string
		for _, s := range sets {
			names = append(names, s.Name)
		}
		return usagef("no data set named; accepted: %s; --list says more", strings.Join(names, ", "))
	}
	files, out, err := a.fetch(ctx, set, c.Out, "data")
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(fetched{set.Name, out, set.Read, files})
	}
	a.showFetched(files)
	if set.Read != "" {
		a.sayf("read it as %s", set.Read)
	}
	return nil
}

// fetch downloads a set to a folder, which is below that of the kind in the home folder if it is not named, and returns the folder, too.
func (a *app) fetch(ctx context.Context, set fetch.Set, out, kind string) (files []fetch.Fetched, folder string, err error) {
	if out == "" {
		dir, err := v1labhome.Dir()
		if err != nil {
			return nil, "", err
		}
		out = filepath.Join(dir, kind, set.Name)
	}
	if v1labhome.Offline() {
		return nil, "", fmt.Errorf("%w: %s is set; unset it to fetch, or see %s", fetch.ErrNoNetwork, v1labhome.OfflineEnv, set.Page)
	}
	a.sayf("%s: %s", set.Name, set.Page)
	a.sayf("licence: %s", set.Licence)
	bar := newTransfers(a.stderr)
	err = a.gracefully(func() error {
		files, err = fetch.Get(ctx, set, out, fetch.Options{Progress: bar.report})
		return err
	})
	bar.close()
	if errors.Is(err, fetch.ErrNoNetwork) {
		err = fmt.Errorf("%w; on a machine with network, get it from %s and put it into %s", err, set.Page, out)
	}
	return files, out, err
}

// showFetched prints the paths of files, and says how each was verified.
func (a *app) showFetched(files []fetch.Fetched) {
	for _, f := range files {
		a.printf("%s\n", f.Path)
		a.sayf("%s: %s, %s", f.Name, megabytes(f.Bytes), verdict(f))
	}
}

func (c *fetchCmd) sets() ([]fetch.Set, error) {
	if c.Registry != "" {
		return fetch.Load(c.Registry)
	}
	return fetch.Registry()
}

// verdict says how a file was verified.
func verdict(f fetch.Fetched) string {
	what := "was there"
	if f.New {
		what = "fetched"
	}
	switch f.Verified {
	case "":
		return what + ", its source publishes no hash to compare with; SHA-256 " + f.SHA256
	case "receipt":
		return what + ", unchanged since it was fetched"
	}
	return what + ", verified by " + f.Verified
}

// listSets prints a registry.
func (a *app) listSets(sets []fetch.Set, json bool) error {
	if json {
		return a.json(sets)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, s := range sets {
		files := fmt.Sprintf("%d files", len(s.Files))
		switch len(s.Files) {
		case 0:
			files = "by hand"
		case 1:
			files = "1 file"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, files, s.Title, s.Page) //nolint:errcheck // kept in a.stdout
	}
	return w.Flush()
}

// aboutSet prints all that a registry says about one of its entries.
func (a *app) aboutSet(s fetch.Set, json bool) error {
	if json {
		return a.json(s)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{{"name", s.Name}, {"title", s.Title}, {"paper", s.Paper}, {"page", s.Page}, {"licence", s.Licence}, {"size", s.Size}, {"note", s.Note}, {"read as", s.Read}} {
		if row[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1]) //nolint:errcheck // kept in a.stdout
		}
	}
	if len(s.Files) == 0 {
		fmt.Fprintf(w, "files\tnone with a published address\n") //nolint:errcheck // kept in a.stdout
	}
	for _, f := range s.Files {
		size := "size not published"
		if f.Size > 0 {
			size = megabytes(f.Size)
		}
		fmt.Fprintf(w, "file\t%s\n", strings.Join(nonEmpty(f.Name, f.About, size, "hash: "+f.Hash), ", ")) //nolint:errcheck // kept in a.stdout
		fmt.Fprintf(w, "\t%s\n", f.URL)                                                                    //nolint:errcheck // kept in a.stdout
		if f.Address != "" {
			fmt.Fprintf(w, "\taddress: %s\n", f.Address) //nolint:errcheck // kept in a.stdout
		}
	}
	return w.Flush()
}

// nonEmpty returns the texts that are not empty.
func nonEmpty(texts ...string) (kept []string) {
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return kept
}

func megabytes(n int64) string {
	if n < 1e5 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// transfers shows the progress of downloads: a bar for each file on a terminal, elsewhere a line for every tenth of a file.
type transfers struct {
	w        io.Writer
	terminal bool
	file     string
	bar      *progressbar.ProgressBar
	next     int64 // tenths, or units of 100 MB of a file of unknown length
}

func newTransfers(w io.Writer) *transfers {
	f, ok := w.(*os.File)
	return &transfers{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (t *transfers) report(p fetch.Progress) {
	if p.File != t.file {
		t.close()
		t.file, t.next = p.File, 1
		if t.terminal {
			length := p.Total
			if length == 0 {
				length = -1
			}
			t.bar = progressbar.NewOptions64(length, progressbar.OptionSetWriter(t.w), progressbar.OptionSetDescription(p.File),
				progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
	}
	if p.Message != "" {
		t.clear()
		fmt.Fprintf(t.w, "%s: %s\n", p.File, p.Message) //nolint:errcheck // nobody to tell
	}
	if t.bar != nil {
		if p.Total > 0 && t.bar.GetMax64() != p.Total {
			t.bar.ChangeMax64(p.Total)
		}
		_ = t.bar.Set64(p.Done) //nolint:errcheck // nobody to tell
		return
	}
	const unit = 100e6
	done, of := p.Done/unit, ""
	if p.Total > 0 {
		done, of = 10*p.Done/p.Total, " of "+megabytes(p.Total)
	}
	if done >= t.next {
		fmt.Fprintf(t.w, "%s: %s%s\n", p.File, megabytes(p.Done), of) //nolint:errcheck // nobody to tell
		t.next = done + 1
	}
}

func (t *transfers) clear() {
	if t.bar != nil {
		_ = t.bar.Clear() //nolint:errcheck // nobody to tell
	}
}

// close removes the bar.
func (t *transfers) close() {
	t.clear()
	t.bar = nil
}
