package v1labhome

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"v1lab/datasets/durable"
)

// Environment variables of this package and its siblings.
const (
	Env        = "V1LAB_HOME"    // the private folder; default: v1lab in the user's cache folder
	RootEnv    = "V1LAB_ROOT"    // the checkout; default: found from the working folder upward
	OfflineEnv = "V1LAB_OFFLINE" // any value: never start a download
)

// Module is the module path by which a checkout is recognised.
const Module = "v1lab"

// Dir returns the absolute path of the private folder, $V1LAB_HOME or v1lab in the user's cache
// folder. It does not create it.
func Dir() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("%s=%s: %w", Env, dir, err)
		}
		return abs, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for downloads (%w): set %s to one that you can write", err, Env)
	}
	return filepath.Join(cache, "v1lab"), nil
}

// Offline reports whether downloads are forbidden by $V1LAB_OFFLINE.
func Offline() bool { return os.Getenv(OfflineEnv) != "" }

// Root returns the absolute path of the v1lab checkout: $V1LAB_ROOT, else the nearest folder from
// the working folder upward whose go.mod says "module v1lab", else the one that [RecordRoot] noted. As its code is
// compiled and run, a checkout that another user owns is an error unless $V1LAB_ROOT names it.
func Root() (string, error) {
	if dir := os.Getenv(RootEnv); dir != "" {
		abs, err := filepath.Abs(dir)
		if err == nil && IsRoot(abs) {
			return abs, nil
		}
		return "", fmt.Errorf("%s=%s is no v1lab checkout (no go.mod with \"module %s\" there): unset it or point it at one", RootEnv, dir, Module)
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working folder: %w", err)
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if IsRoot(dir) {
			return own(dir)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if dir, err := Dir(); err == nil {
		if note, err := os.ReadFile(filepath.Join(dir, "root")); err == nil && IsRoot(strings.TrimSpace(string(note))) {
			return own(strings.TrimSpace(string(note)))
		}
	}
	return "", fmt.Errorf("no v1lab checkout in %s or above it: change into one or set %s", wd, RootEnv)
}

// own returns a checkout if neither it nor its go.mod is another user's.
func own(root string) (string, error) {
	for _, path := range []string{root, filepath.Join(root, "go.mod")} {
		if err := Foreign(path); err != nil {
			return "", fmt.Errorf("the v1lab checkout %s is not used: %w; if you trust its code, set %s=%s", root, err, RootEnv, root)
		}
	}
	return root, nil
}

// RecordRoot notes root in the private folder, for a kernel that is started elsewhere. It notes no checkout that another user owns.
func RecordRoot(root string) error {
	if !IsRoot(root) {
		return fmt.Errorf("%s is no v1lab checkout (no go.mod with \"module %s\" there)", root, Module)
	}
	if _, err := own(root); err != nil {
		return nil //nolint:nilerr // it is named for this time, not for ever
	}
	dir, err := Dir()
	if err != nil {
		return err
	}
	if err := MkdirAll(dir); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, "root"), []byte(root+"\n"), 0o644)
}

// IsRoot reports whether dir is a v1lab checkout.
func IsRoot(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(data) == Module
}

// PathHash returns a short hash of a path, for names of files about it.
func PathHash(path string) string { return fmt.Sprintf("%.6x", sha256.Sum256([]byte(path))) }

// Glob returns the paths below dir that match a pattern as of [path.Match]. Unlike in [filepath.Glob], dir is taken as it is: it may have
// characters in it that mean something in patterns.
func Glob(dir, pattern string) ([]string, error) {
	found, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", dir, pattern, err)
	}
	for i, name := range found {
		found[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return found, nil
}

// MkdirAll is os.MkdirAll with an error that says how to choose another folder.
func MkdirAll(dir string) error {
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return writable(dir, err)
	}
	return nil
}

func writable(path string, err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("cannot write %s: %w; set %s to a folder that you can write", path, err, Env)
}
