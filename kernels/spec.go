package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"v1lab/kernels/home"
	"v1lab/kernels/tools"
)

// Defaults of a specification.
const (
	Name        = "v1lab"
	DisplayName = "Go (v1lab)"
)

// program is the import path of the binary that a specification calls.
const program = "v1lab/cmd/v1lab"

// InstallOptions says where a specification goes and what it says; zero values are the defaults.
type InstallOptions struct {
	Prefix      string            // below PREFIX/share/jupyter; default: the user's Jupyter folder
	Dir         string            // a Jupyter data folder itself, instead of Prefix
	Name        string            // folder and name in notebooks' metadata; default [Name]
	DisplayName string            // shown in menus; default [DisplayName]
	Env         map[string]string // added to the kernel's environment
	Binary      string            // the v1lab binary to call; default: a copy in V1LAB_HOME
}

// Spec is an installed specification.
type Spec struct {
	Name        string            `json:"name"`
	Dir         string            `json:"dir"` // holds kernel.json
	DisplayName string            `json:"display_name"`
	Argv        []string          `json:"argv"`
	Env         map[string]string `json:"env,omitempty"`
}

// file is the content of kernel.json.
type file struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
	Metadata      map[string]bool   `json:"metadata"`
}

var reName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// Install writes the specification for the checkout at root and returns it. It can be run again.
// The kernel finds checkout and private folder by the paths written into it, wherever Jupyter is
// started.
func Install(ctx context.Context, root string, o InstallOptions, progress io.Writer) (Spec, error) {
	if o.Name == "" {
		o.Name = Name
	}
	if !reName.MatchString(o.Name) {
		return Spec{}, fmt.Errorf("kernel name %q: accepted are letters, digits and . _ -", o.Name)
	}
	if o.DisplayName == "" {
		o.DisplayName = DisplayName
	}
	data := o.Dir
	if data == "" {
		var err error
		if data, err = dataDir(o.Prefix); err != nil {
			return Spec{}, err
		}
	}
	if o.Binary == "" {
		var err error
		if o.Binary, err = Binary(ctx, root, progress); err != nil {
			return Spec{}, err
		}
	}
	base, err := home.Dir()
	if err != nil {
		return Spec{}, err
	}
	env := map[string]string{home.Env: base, home.RootEnv: root}
	for key, value := range o.Env {
		env[key] = value
	}
	spec := Spec{Name: o.Name, Dir: filepath.Join(data, "kernels", o.Name), DisplayName: o.DisplayName,
		Argv: []string{o.Binary, "kernel", "run", "{connection_file}"}, Env: env}
	text, err := json.MarshalIndent(file{Argv: spec.Argv, DisplayName: spec.DisplayName, Language: "go",
		InterruptMode: "message", Env: env, Metadata: map[string]bool{"debugger": false}}, "", "  ")
	if err != nil {
		return Spec{}, fmt.Errorf("kernel.json: %w", err)
	}
	if err := os.MkdirAll(spec.Dir, 0o755); err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w; choose another place with --prefix", err)
	}
	if err := renameio.WriteFile(filepath.Join(spec.Dir, "kernel.json"), append(text, '\n'), 0o644); err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w; choose another place with --prefix", err)
	}
	return spec, home.RecordRoot(root)
}

// List returns the v1lab specifications in the folders that Jupyter searches, and in prefixes.
// Other kernels are not listed.
func List(prefixes ...string) ([]Spec, error) {
	var dirs []string
	for _, prefix := range prefixes {
		dirs = append(dirs, filepath.Join(prefix, "share", "jupyter"))
	}
	dirs = append(dirs, filepath.SplitList(os.Getenv("JUPYTER_PATH"))...)
	user, err := dataDir("")
	if err != nil {
		return nil, err
	}
	dirs = append(dirs, user, "/usr/local/share/jupyter", "/usr/share/jupyter")
	var specs []Spec
	for _, dir := range dirs {
		found, err := filepath.Glob(filepath.Join(dir, "kernels", "*", "kernel.json"))
		if err != nil {
			return nil, fmt.Errorf("kernel specifications: %w", err)
		}
		for _, path := range found {
			spec, err := read(path)
			if err != nil {
				continue // another program's, or broken: not ours to report
			}
			if !slices.ContainsFunc(specs, func(s Spec) bool { return s.Name == spec.Name }) {
				specs = append(specs, spec)
			}
		}
	}
	return specs, nil
}

// Remove deletes the specification that [List] shows under name and returns it. Kernels of other
// programs are refused.
func Remove(name string, prefixes ...string) (Spec, error) {
	specs, err := List(prefixes...)
	if err != nil {
		return Spec{}, err
	}
	for _, spec := range specs {
		if spec.Name == name {
			if err := os.RemoveAll(spec.Dir); err != nil {
				return spec, fmt.Errorf("kernel %s: %w", name, err)
			}
			return spec, nil
		}
	}
	names := []string{}
	for _, spec := range specs {
		names = append(names, spec.Name)
	}
	return Spec{}, fmt.Errorf("no v1lab kernel %q is installed; installed are %q", name, names)
}

var errForeign = errors.New("not a v1lab kernel")

func read(path string) (Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w", err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return Spec{}, fmt.Errorf("kernel specification %s: %w", path, err)
	}
	if len(f.Argv) != 4 || f.Argv[1] != "kernel" || f.Argv[2] != "run" {
		return Spec{}, fmt.Errorf("%s: %w", path, errForeign)
	}
	dir := filepath.Dir(path)
	return Spec{Name: filepath.Base(dir), Dir: dir, DisplayName: f.DisplayName, Argv: f.Argv, Env: f.Env}, nil
}

// dataDir is the Jupyter data folder below prefix, or the user's.
func dataDir(prefix string) (string, error) {
	if prefix != "" {
		abs, err := filepath.Abs(prefix)
		return filepath.Join(abs, "share", "jupyter"), err
	}
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("user's Jupyter folder: %w; give --prefix", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(user, "Library", "Jupyter"), nil
	}
	if xdg := os.Getenv("XDG_DATA_HOME"); xdg != "" {
		return filepath.Join(xdg, "jupyter"), nil
	}
	return filepath.Join(user, ".local", "share", "jupyter"), nil
}

// Self returns the running program's path if it is v1lab itself, and not a test of it.
func Self() (string, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path != program {
		return "", false
	}
	path, err := os.Executable()
	return path, err == nil && !strings.HasSuffix(path, ".test")
}

// Binary puts a lasting v1lab binary into V1LAB_HOME/bin and returns its path: a copy of the running
// program (that of "go run" is deleted when it ends), or, called from another program, a fresh build
// of the checkout at root. An older one is replaced in one step; kernels that run it are not disturbed.
func Binary(ctx context.Context, root string, progress io.Writer) (string, error) {
	base, err := home.Dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(base, "bin", "v1lab")
	if err := home.MkdirAll(filepath.Dir(path)); err != nil {
		return "", err
	}
	self, ok := Self()
	if ok && same(self, path) {
		return path, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".v1lab-")
	if err != nil {
		return "", fmt.Errorf("cannot write %s: %w; set %s to a folder that you can write", path, err, home.Env)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already after the rename
	defer tmp.Close()           //nolint:errcheck // closed below when it matters
	if ok {
		src, err := os.Open(self)
		if err != nil {
			return "", fmt.Errorf("running program: %w", err)
		}
		defer src.Close() //nolint:errcheck // read only
		if _, err := io.Copy(tmp, src); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
		if err := tmp.Chmod(0o755); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
		if err := tmp.Close(); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
	} else {
		fmt.Fprintf(progress, "building %s\n", path) //nolint:errcheck // progress only
		if err := tools.Build(ctx, root, "./cmd/v1lab", tmp.Name()); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	return path, nil
}

// same reports whether two files have the same content, judged without reading unequal sizes.
func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	if errors.Join(errA, errB) != nil || ia.Size() != ib.Size() {
		return false
	}
	if os.SameFile(ia, ib) {
		return true
	}
	da, errA := os.ReadFile(a)
	db, errB := os.ReadFile(b)
	return errors.Join(errA, errB) == nil && slices.Equal(da, db)
}
