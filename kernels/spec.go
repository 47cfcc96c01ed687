package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"v1lab/datasets/durable"
	"v1lab/kernels/v1labhome"
)

// Defaults of a specification.
const (
	Name        = "v1lab"
	DisplayName = "Go (v1lab)"
)

// InstallOptions configures a kernel specification; zero values mean the defaults.
type InstallOptions struct {
	Prefix      string            // below PREFIX/share/jupyter; default: the user's Jupyter folder
	Dir         string            // a Jupyter data folder itself, instead of Prefix
	Name        string            // folder and name in notebooks' metadata, in lower case; default [Name]
	DisplayName string            // shown in menus; default: Name, and [DisplayName] for the default name
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
	Broken      string            `json:"broken,omitempty"`      // what it refers to and does not exist
	ShadowedBy  string            `json:"shadowed_by,omitempty"` // folder of the kernel of the same name that Jupyter uses instead
}

// file is the content of kernel.json.
type file struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
	Metadata      map[string]any    `json:"metadata"`
}

// fileName is the file that makes a folder a kernel specification.
const fileName = "kernel.json"

var reName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// complete fills in the defaults.
func (o *InstallOptions) complete(ctx context.Context, root string, progress io.Writer) error {
	if o.Name == "" {
		o.Name = Name
	}
	if !reName.MatchString(o.Name) {
		return fmt.Errorf("kernel name %q: accepted are letters, digits and . _ -", o.Name)
	}
	o.Name = strings.ToLower(o.Name) // Jupyter compares names so
	switch {
	case o.DisplayName != "":
	case o.Name == Name:
		o.DisplayName = DisplayName
	default:
		o.DisplayName = o.Name
	}
	for _, key := range slices.Sorted(maps.Keys(o.Env)) {
		if key == "" || strings.ContainsAny(key, "=\x00") {
			return fmt.Errorf("kernel environment %q: accepted are names of variables", key)
		}
	}
	var err error
	if o.Dir == "" {
		if o.Prefix == "" {
			o.Dir, err = userDir(runtime.GOOS)
		} else if o.Dir, err = filepath.Abs(o.Prefix); err == nil {
			o.Dir = filepath.Join(o.Dir, "share", "jupyter")
		}
		if err != nil {
			return err
		}
	}
	if o.Binary == "" {
		o.Binary, err = Binary(ctx, root, progress)
	} else {
		o.Binary, err = filepath.Abs(o.Binary)
	}
	return err
}

// Install writes the specification for the checkout at root and returns it. It can be repeated: it replaces the file atomically, and
// the same options give the same file. The paths of checkout and private folder are in the file, so the kernel finds them wherever Jupyter is
// started. Install does not replace another program's kernel of the same name.
func Install(ctx context.Context, root string, o InstallOptions, progress io.Writer) (Spec, error) {
	if err := o.complete(ctx, root, progress); err != nil {
		return Spec{}, err
	}
	base, err := v1labhome.Dir()
	if err != nil {
		return Spec{}, err
	}
	env := map[string]string{v1labhome.Env: base, v1labhome.RootEnv: root}
	maps.Copy(env, o.Env)
	spec := Spec{Name: o.Name, Dir: filepath.Join(o.Dir, "kernels", o.Name), DisplayName: o.DisplayName,
		Argv: []string{o.Binary, "kernel", "run", "{connection_file}"}, Env: env}
	path := filepath.Join(spec.Dir, fileName)
	switch old, err := read(path); {
	case errors.Is(err, errForeign):
		return Spec{}, fmt.Errorf("kernel %s in %s is another program's: choose another name, with --name", o.Name, spec.Dir)
	case err == nil && old.Env[v1labhome.RootEnv] != root:
		fmt.Fprintf(progress, "replacing the kernel %s of the checkout %s; --name keeps both\n", o.Name, old.Env[v1labhome.RootEnv]) //nolint:errcheck // progress only
	}
	text, err := json.MarshalIndent(file{Argv: spec.Argv, DisplayName: spec.DisplayName, Language: "go",
		InterruptMode: "message", Env: env, Metadata: map[string]any{"debugger": false}}, "", "  ")
	if err != nil {
		return Spec{}, fmt.Errorf("%s: %w", fileName, err)
	}
	const elsewhere = "choose another place with --user, --sys-prefix or --prefix"
	if err := durable.MkdirAll(spec.Dir, 0o755); err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w; %s", err, elsewhere)
	}
	if err := durable.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w; %s", err, elsewhere)
	}
	if err := writeLogos(spec.Dir); err != nil {
		return Spec{}, fmt.Errorf("kernel logo: %w; %s", err, elsewhere)
	}
	return spec, v1labhome.RecordRoot(root)
}
