package rebuild

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// slack is by how much a file's time may lie before the clock's.
const slack = 20 * time.Millisecond

func now() time.Time { return time.Now().Add(-slack) }

// observe notes all that the recipe depends on. It is not ok if something changed after the build's start, or if packages may come from folders
// that are not known. Modules in the module cache do not change.
func (r *recipe) observe(dir string, start time.Time) bool {
	modules, files, ok := workspace(dir)
	if !ok {
		return false
	}
	r.files = append(files, strings.Fields(strings.TrimPrefix(r.compile, "GOROOT="))[0])
	for _, name := range r.packages[1:] {
		for module, folder := range modules {
			if name == module {
				r.folders = append(r.folders, folder)
			} else if below, ok := strings.CutPrefix(name, module+"/"); ok {
				r.folders = append(r.folders, filepath.Join(folder, filepath.FromSlash(below)))
			}
		}
	}
	var newest time.Time
	r.state, newest = r.look()
	return newest.Before(start)
}

// isTrue reports whether all that the recipe depends on is as it was.
func (r *recipe) isTrue() bool {
	state, _ := r.look()
	return state == r.state
}

// look tells the files from changed ones, and returns the latest time at which one of them changed. No program can set that time.
func (r *recipe) look() (state string, newest time.Time) {
	var text strings.Builder
	add := func(path string) {
		var s syscall.Stat_t
		if err := syscall.Stat(path, &s); err != nil {
			fmt.Fprintln(&text, path, err)
			return
		}
		changed := time.Unix(s.Ctim.Unix())
		if changed.After(newest) {
			newest = changed
		}
		fmt.Fprintln(&text, path, s.Size, s.Ino, s.Dev, changed.UnixNano())
	}
	for _, path := range r.files {
		add(path)
	}
	for _, folder := range r.folders {
		below(folder, folder, add)
	}
	return text.String(), newest
}

// below adds the files of a package: those in its folder, and in folders below that are no packages but may be embedded.
func below(folder, of string, add func(path string)) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		add(folder)
		return
	}
	isGo := func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), ".go") }
	if folder != of && slices.ContainsFunc(entries, isGo) {
		return
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case !e.IsDir() && !strings.HasSuffix(e.Name(), "_test.go"):
			add(path)
		case e.IsDir() && e.Name() != "testdata":
			below(path, of, add)
		}
	}
}

// workspace returns the folders of the modules that a cell may import from their folders, by their names, and the files that say so. It is not ok if
// there is no workspace, or one of these files replaces a module by what is in none of these folders.
func workspace(dir string) (modules map[string]string, files []string, ok bool) {
	read := func(folder, name string) (text string, found bool) {
		path := filepath.Join(folder, name)
		files = append(files, path)
		content, err := os.ReadFile(path)
		return string(content), err == nil
	}
	all, ok := read(dir, "go.work")
	if !ok {
		return nil, nil, false
	}
	folders := []string{dir}
	for line := range strings.Lines(all) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "use "))
		if len(words) == 1 && words[0] != "." && strings.ContainsAny(words[0][:1], "./\"") {
			folder := strings.Trim(words[0], `"`)
			if !filepath.IsAbs(folder) {
				folder = filepath.Join(dir, folder)
			}
			folders = append(folders, folder)
		}
	}
	read(dir, "go.work.sum")
	modules = map[string]string{}
	for _, folder := range folders {
		mod, found := read(folder, "go.mod")
		if !found {
			return nil, nil, false
		}
		read(folder, "go.sum")
		if folder != dir {
			modules[moduleName(mod)] = folder
		}
		all += mod
	}
	if user, err := os.UserConfigDir(); err == nil { // what go env -w has set
		read(user, filepath.Join("go", "env"))
	}
	for line := range strings.Lines(all) {
		if _, by, found := strings.Cut(line, "=>"); found && !slices.Contains(folders, strings.Trim(strings.TrimSpace(by), `"`)) {
			return nil, nil, false
		}
	}
	return modules, files, true
}

// moduleName returns the name of the module with this go.mod.
func moduleName(mod string) string {
	for line := range strings.Lines(mod) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.Trim(strings.TrimSpace(name), `"`)
		}
	}
	return ""
}
