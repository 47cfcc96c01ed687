package gocmd

import (
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/sys/unix"

	"v1lab/kernels/v1labhome"
)

// Settings of Go that the user's environment has and that v1lab does not follow, as they would stop every build.

// Ignored says which of the user's settings of Go v1lab does not follow for the checkout at root, why, and what it takes instead.
func Ignored(root string) []string {
	_, notes := settings(root)
	return notes
}

// settings returns the variables that take the place of unusable ones of the user, and a note on each. An empty value means Go's own default.
func settings(root string) (set map[string]string, notes []string) {
	set = map[string]string{}
	instead := func(key, value, why string) {
		set[key] = value
		if value == "" {
			value = "Go's default"
		}
		notes = append(notes, fmt.Sprintf("%s=%s is not followed, as it %s; %s is", key, os.Getenv(key), why, value))
	}
	for _, key := range []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR"} {
		for _, part := range filepath.SplitList(os.Getenv(key)) {
			if !filepath.IsAbs(part) && part != "off" {
				instead(key, "", "is no absolute path")
				break
			}
		}
	}
	if dir := os.Getenv("GOROOT"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "bin", "go")); err != nil {
			instead("GOROOT", "", "has no go command")
		} else {
			set["GOROOT"] = "" // the go command knows its own
		}
	}
	// A toolchain that go.mod is too new for; one chosen with +auto or +path is left for a newer one by go itself.
	if name := os.Getenv("GOTOOLCHAIN"); version.IsValid(name) {
		path := filepath.Join(root, "go.mod")
		if data, err := os.ReadFile(path); err == nil {
			if mod, err := modfile.ParseLax(path, data, nil); err == nil && mod.Go != nil && version.Compare(name, "go"+mod.Go.Version) < 0 {
				instead("GOTOOLCHAIN", "auto", "is older than go "+mod.Go.Version+" in go.mod")
			}
		}
	}
	// Without a home that can be written, Go has no place for what it downloads and compiles. What is there already can be read.
	base, err := v1labhome.Dir()
	if err != nil {
		return set, notes
	}
	cache, _ := os.UserCacheDir()
	home, _ := os.UserHomeDir()
	for _, place := range []struct{ key, name, usual string }{
		{"GOCACHE", "build", filepath.Join(cache, "go-build")},
		{"GOPLSCACHE", "gopls", filepath.Join(cache, "gopls")},
		{"GOPATH", "path", filepath.Join(home, "go")},
	} {
		value, ours := set[place.key]
		if os.Getenv(place.key) != "" && !(ours && value == "") || canMake(place.usual) {
			continue
		}
		if info, err := os.Stat(place.usual); place.key == "GOPATH" && err == nil && info.IsDir() {
			continue
		}
		set[place.key] = filepath.Join(base, "go", place.name)
		notes = append(notes, fmt.Sprintf("%s is %s, as %s cannot be written", place.key, set[place.key], place.usual))
	}
	return set, notes
}

// canMake reports whether this user can write a folder or, if it does not exist, make it.
func canMake(dir string) bool {
	if !filepath.IsAbs(dir) {
		return false
	}
	for {
		info, err := os.Stat(dir)
		if err == nil {
			return info.IsDir() && unix.Access(dir, unix.W_OK|unix.X_OK) == nil
		}
		if dir == filepath.Dir(dir) || !strings.HasPrefix(dir, "/") {
			return false
		}
		dir = filepath.Dir(dir)
	}
}
