package fetch

import (
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/infile"
	"v1lab/datasets/strictyaml"
)

// Set is one entry of a registry: a public recording.
type Set struct {
	Name    string `yaml:"name" json:"name"`
	Title   string `yaml:"title" json:"title"`
	Paper   string `yaml:"paper,omitempty" json:"paper,omitempty"`
	Page    string `yaml:"page" json:"page"` // web page about the recording
	Licence string `yaml:"licence" json:"licence"`
	Size    string `yaml:"size,omitempty" json:"size,omitempty"` // of all that the page offers, in words, where a source gives it
	Read    string `yaml:"read,omitempty" json:"read,omitempty"` // its name for v1lab after the download
	Note    string `yaml:"note,omitempty" json:"note,omitempty"`
	Files   []File `yaml:"files,omitempty" json:"files"` // none if no address is published
}

// File is one download.
type File struct {
	Name    string `yaml:"name" json:"name"` // name on disk, whatever the server calls it
	About   string `yaml:"about,omitempty" json:"about,omitempty"`
	URL     string `yaml:"url" json:"url"`
	Address string `yaml:"address,omitempty" json:"address,omitempty"` // where the URL is published
	Size    int64  `yaml:"size,omitempty" json:"size,omitempty"`       // bytes, 0 if not published
	Hash    string `yaml:"hash" json:"hash"`                           // sha256:HEX, md5:HEX or "not published"
}

// NotPublished is the hash of a file whose source gives none.
const NotPublished = "not published"

//go:embed registry.yaml
var builtIn []byte

// Registry returns the sets of the built-in registry.
func Registry() ([]Set, error) { return Parse("registry", builtIn) }

// Load reads the user's own registry, a YAML file of the same form.
func Load(file string) ([]Set, error) {
	content, err := infile.ReadFile(file, strictyaml.MaxBytes)
	if err != nil {
		return nil, named(file, err)
	}
	return Parse(file, content)
}

// Parse reads a registry; file names it in errors.
func Parse(file string, content []byte) ([]Set, error) {
	var sets []Set
	if err := strictyaml.Unmarshal(content, &sets); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	seen := map[string]bool{}
	for i, s := range sets {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%s: set %d (%q): %w", file, i, s.Name, err)
		}
		if seen[s.Name] {
			return nil, fmt.Errorf("%s: set %d: name %q is taken", file, i, s.Name)
		}
		seen[s.Name] = true
		if s.Files == nil {
			sets[i].Files = []File{}
		}
	}
	return sets, nil
}

// Find returns the set with a name.
func Find(sets []Set, name string) (Set, error) {
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return Set{}, fmt.Errorf("no entry %q: the registry is empty", name)
	}
	return Set{}, fmt.Errorf("no entry %q, did you mean %q? accepted: %s", name, datasets.Nearest(name, names), strings.Join(names, ", "))
}

// Only keeps the files of s whose names match a pattern of path.Match.
func (s Set) Only(pattern string) (Set, error) {
	var kept []File
	for _, f := range s.Files {
		match, err := path.Match(pattern, f.Name)
		if err != nil {
			return s, fmt.Errorf("file pattern %q: %w", pattern, err)
		}
		if match {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		return s, fmt.Errorf("file pattern %q: no match among %s", pattern, strings.Join(s.names(), ", "))
	}
	s.Files = kept
	return s, nil
}

func (s Set) names() (names []string) {
	for _, f := range s.Files {
		names = append(names, f.Name)
	}
	return names
}

// Names become names of folders and files, so they must not lead elsewhere, be hidden or have a meaning in a shell.
var (
	setName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$`)
)

func (s Set) check() error {
	if !setName.MatchString(s.Name) {
		return errors.New("name: want small letters, digits and hyphens")
	}
	if _, err := address(s.Page); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	if s.Title == "" || s.Licence == "" {
		return errors.New("title and licence: want a few words each (licence: not stated)")
	}
	seen := map[string]bool{}
	for _, f := range s.Files {
		switch {
		case !fileName.MatchString(f.Name), reserved(f.Name):
			return fmt.Errorf("file name %q: want letters, digits and . _ + - after the first, and none of %s, *%s, *%s", f.Name, receiptName, partSuffix, stateSuffix)
		case seen[strings.ToLower(f.Name)]:
			return fmt.Errorf("file name %q is taken", f.Name)
		case f.Size < 0:
			return fmt.Errorf("file %s: size %d, want bytes, or none if not published", f.Name, f.Size)
		}
		seen[strings.ToLower(f.Name)] = true
		if _, err := address(f.URL); err != nil {
			return fmt.Errorf("file %s: url: %w", f.Name, err)
		}
		if _, _, err := f.digest(); err != nil {
			return fmt.Errorf("file %s: %w", f.Name, err)
		}
	}
	return nil
}

func reserved(name string) bool {
	return name == receiptName || name == lockName || strings.HasSuffix(name, partSuffix) || strings.HasSuffix(name, stateSuffix)
}

// digest parses the hash; both results are empty if none is published.
func (f File) digest() (algorithm, sum string, err error) {
	if f.Hash == NotPublished {
		return "", "", nil
	}
	algorithm, sum, _ = strings.Cut(f.Hash, ":")
	bytes := map[string]int{"sha256": 32, "md5": 16}[algorithm]
	if raw, err := hex.DecodeString(sum); err != nil || bytes == 0 || len(raw) != bytes {
		return "", "", fmt.Errorf("hash %q, want sha256:HEX, md5:HEX or %q", f.Hash, NotPublished)
	}
	return algorithm, strings.ToLower(sum), nil
}

func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q, want https://HOST/PATH", text)
	}
	return u, nil
}
