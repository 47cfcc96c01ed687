package pjrt

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/installer"
	xlapjrt "github.com/gomlx/go-xla/pjrt"

	"v1lab/kernels/v1labhome"
)

// Where a plugin was found.
const (
	FromSpec  = "backend name"
	FromEnv   = xlapjrt.PJRTPluginPathsEnv
	FromGoXLA = "go-xla's install folder"
	FromHome  = v1labhome.Env
)

// Plugin is a PJRT plugin on disk.
type Plugin struct {
	Kind   string // CPU, CUDA, another name of go-xla's, or "" if the file name does not tell
	Path   string // absolute
	Source string // FromSpec, FromEnv, FromGoXLA or FromHome
}

// Locate finds an installed plugin without installing or loading one. name is a kind ("cpu",
// "cuda") or an absolute path. found is false, without an error, if there is none of that kind.
// Errors are about places that the user named and that do not contain a plugin.
func Locate(name string) (p Plugin, found bool, err error) {
	base, homeErr := v1labhome.Dir()
	p, found, err = locate(name, os.Getenv(FromEnv), base)
	if err == nil && !found {
		err = homeErr // nowhere else to look
	}
	return p, found, err
}

// Missing returns an error if a backend, such as xla:cuda, names a plugin that does not exist; nil if it exists or if the name leaves the choice to
// v1lab. list and base are the user's $PJRT_PLUGIN_LIBRARY_PATH and $V1LAB_HOME; an empty list means this process's.
func Missing(backend, list, base string) error {
	s, err := parseSpec(backend)
	if err != nil || s.plugin == "" {
		return err
	}
	if list == "" {
		list = os.Getenv(FromEnv)
	}
	if _, found, err := locate(s.plugin, list, base); err != nil || found {
		return err
	}
	return fmt.Errorf("the XLA %s plugin of its backend %s is not installed", strings.ToUpper(s.plugin), backend)
}

// locate is Locate with given values of the variables for the search.
func locate(name, list, base string) (p Plugin, found bool, err error) {
	if filepath.IsAbs(name) {
		p, err = explicit(name, FromSpec)
		return p, err == nil, err
	}
	var dirs []string
	if list != "" {
		for _, entry := range filepath.SplitList(list) {
			info, err := os.Stat(entry)
			switch {
			case entry == "":
			case err != nil:
				return p, false, fmt.Errorf("%s: %s does not exist: unset it, or name a plugin file or its folder", FromEnv, entry)
			case info.IsDir():
				dirs = append(dirs, entry)
			default:
				p, err = explicit(entry, FromEnv)
				if err != nil {
					return p, false, err
				}
				if p.Kind == name || p.Kind == "" {
					return p, true, nil
				}
			}
		}
		if p, ok := search(dirs, name, FromEnv); ok {
			return p, true, nil
		}
	}
	if p, ok := search(goXLADirs(), name, FromGoXLA); ok {
		return p, true, nil
	}
	for _, pkg := range packages[name] {
		path := filepath.Join(base, "pjrt", pkg.dir(), pkg.file)
		if _, err := os.Stat(path); err == nil {
			return Plugin{Kind: name, Path: path, Source: FromHome}, true, nil
		}
	}
	return p, false, nil
}

func explicit(path, source string) (Plugin, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Plugin{}, fmt.Errorf("XLA plugin %s (from %s) does not exist: correct the path, or leave it out and the plugin is installed", path, source)
	}
	if info.IsDir() {
		return Plugin{}, fmt.Errorf("XLA plugin %s (from %s) is a folder; give the path of the .so file in it", path, source)
	}
	return Plugin{Kind: kindOf(path), Path: path, Source: source}, nil
}

// reName extracts the plugin's name from the file names that go-xla accepts; a version may follow it.
var reName = regexp.MustCompile(`^pjrt(?:_c_api_(.+)_plugin|[-_]plugin[-_](.+))\.(?:so|dylib|dll)$`)

func kindOf(path string) string {
	base := filepath.Base(path)
	if m := reName.FindStringSubmatch(base); m != nil {
		name, _, _ := strings.Cut(m[1]+m[2], "_v")
		return name
	}
	for _, kind := range []string{CUDA, CPU} {
		if strings.Contains(strings.ToLower(base), kind) {
			return kind
		}
	}
	return ""
}

// search returns the plugin of a kind in the first folder that has one, the last of several versions.
func search(dirs []string, kind, source string) (Plugin, bool) {
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir) //nolint:errcheck // a missing folder holds none
		slices.Reverse(entries)
		for _, e := range entries {
			if reName.MatchString(e.Name()) && kindOf(e.Name()) == kind {
				path, err := filepath.Abs(filepath.Join(dir, e.Name()))
				if err == nil {
					return Plugin{Kind: kind, Path: path, Source: source}, true
				}
			}
		}
	}
	return Plugin{}, false
}

// goXLADirs returns the folders into which go-xla's own installer writes.
func goXLADirs() []string {
	var dirs []string
	if lib, err := installer.DefaultHomeLibPath(); err == nil {
		dirs = append(dirs, filepath.Join(lib, "go-xla"))
	}
	if runtime.GOOS != "windows" {
		dirs = append(dirs, "/usr/local/lib/go-xla")
	}
	for _, dir := range slices.Clone(dirs) {
		dirs = append(dirs, filepath.Join(dir, "nvidia"))
	}
	return dirs
}

// check looks for problems with which loading the plugin would crash or go wrong silently.
func (p Plugin) check() error {
	mend := "install it again"
	if p.Source == FromHome {
		if dir, err := v1labhome.Dir(); err == nil {
			if rel, err := filepath.Rel(filepath.Join(dir, "pjrt"), p.Path); err == nil {
				first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
				mend = fmt.Sprintf("delete %s and run again: it is then installed again", filepath.Join(dir, "pjrt", first))
			}
		}
	}
	if runtime.GOOS == "linux" {
		if err := checkELF(p.Path); err != nil {
			return fmt.Errorf("XLA plugin %s is damaged (%w): %s", p.Path, err, mend)
		}
	}
	// go-xla recognises GPU and CPU plugins by these words in their path.
	lower := strings.ToLower(p.Path)
	gpu := strings.Contains(lower, "cuda") || strings.Contains(lower, "nvidia")
	if p.Kind == CPU && gpu || p.Kind == CUDA && strings.Contains(lower, "cpu") {
		return fmt.Errorf("XLA %s plugin %s: its path names both CPU and GPU, which confuses the backend: move it, or set %s to a folder without cpu, cuda or nvidia in its path", p.Kind, p.Path, v1labhome.Env)
	}
	return nil
}

// checkELF refuses files that dlopen would map beyond their end, which kills the process.
func checkELF(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return err
	}
	lib, err := elf.NewFile(file)
	if err != nil {
		magic := make([]byte, len(elf.ELFMAG))
		if n, _ := file.ReadAt(magic, 0); strings.HasPrefix(elf.ELFMAG, string(magic[:n])) { //nolint:errcheck // short files count
			return fmt.Errorf("truncated at %d bytes", info.Size())
		}
		return fmt.Errorf("no shared library: %w", err)
	}
	for _, part := range lib.Progs {
		if part.Off+part.Filesz > uint64(info.Size()) {
			return fmt.Errorf("truncated: %d bytes of at least %d", info.Size(), part.Off+part.Filesz)
		}
	}
	return nil
}
