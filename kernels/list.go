package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/v1labhome"
)

// List returns the v1lab specifications in the given prefixes and then in the folders that Jupyter searches, in that order. It includes those
// that do not work or that another of the same name hides. It skips other programs' kernels; a specification that cannot be read is
// taken for a v1lab kernel if its name begins with v1lab.
func List(ctx context.Context, prefixes ...string) ([]Spec, error) {
	var dirs []string
	for _, prefix := range prefixes {
		abs, err := filepath.Abs(prefix)
		if err != nil {
			return nil, fmt.Errorf("prefix %s: %w", prefix, err)
		}
		dirs = append(dirs, filepath.Join(abs, "share", "jupyter"))
	}
	searched, err := SearchPath(ctx)
	if err != nil {
		return nil, err
	}
	dirs = add(dirs, searched...)
	if dir, err := ipythonDir(); err == nil { // Jupyter searches it for kernels only
		dirs = append(dirs, dir)
	}
	var specs []Spec
	taken := map[string]string{} // folder of the kernel that Jupyter uses for each name, ours or not
	for i, dir := range dirs {
		unsearched := i < len(prefixes) && !slices.Contains(searched, dir) // Jupyter does not search it, so it hides nothing
		folders, _ := os.ReadDir(filepath.Join(dir, "kernels"))            //nolint:errcheck // a missing folder holds none
		for _, folder := range folders {
			path := filepath.Join(dir, "kernels", folder.Name())
			if info, err := os.Stat(filepath.Join(path, fileName)); err != nil || !info.Mode().IsRegular() {
				continue
			}
			name := strings.ToLower(folder.Name())
			first, is := taken[name]
			switch {
			case unsearched:
				first = ""
			case !is:
				taken[name] = path
			}
			spec, err := read(filepath.Join(path, fileName))
			switch {
			case err == nil:
				spec.Broken = spec.broken()
			case errors.Is(err, errForeign) || !strings.HasPrefix(name, Name):
				continue // another program's, or it may be
			default:
				spec = Spec{Name: name, Dir: path, Argv: []string{}, Broken: "cannot be read: " + err.Error()}
			}
			spec.ShadowedBy = first
			specs = append(specs, spec)
		}
	}
	return specs, nil
}

// Remove deletes the first specification that [List] lists under name and returns it. It refuses kernels of other programs.
func Remove(ctx context.Context, name string, prefixes ...string) (Spec, error) {
	specs, err := List(ctx, prefixes...)
	if err != nil {
		return Spec{}, err
	}
	names := []string{}
	for _, spec := range specs {
		if spec.Name == strings.ToLower(name) {
			if err := os.RemoveAll(spec.Dir); err != nil {
				return spec, fmt.Errorf("kernel %s: %w", name, err)
			}
			return spec, nil
		}
		names = append(names, spec.Name)
	}
	return Spec{}, fmt.Errorf("no v1lab kernel %q is installed; installed are %q; jupyter kernelspec remove is for kernels of other programs", name, names)
}

// broken returns what a specification refers to and does not exist.
func (s Spec) broken() string {
	if info, err := os.Stat(s.Argv[0]); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return fmt.Sprintf("calls a binary that is gone: %s", s.Argv[0])
	}
	if root := s.Env[v1labhome.RootEnv]; !v1labhome.IsRoot(root) {
		return fmt.Sprintf("is for a checkout that is gone: %s", root)
	}
	if base := s.Env[v1labhome.Env]; base != "" {
		if info, err := os.Stat(base); err != nil || !info.IsDir() {
			return fmt.Sprintf("uses a %s that is gone: %s", v1labhome.Env, base)
		}
		if err := pjrt.Missing(s.Env[compute.ConfigEnvVar], s.Env[pjrt.FromEnv], base); err != nil {
			return "has no device to run on: " + err.Error()
		}
	}
	return ""
}

// Errors for a kernel.json that is not ours.
var (
	errForeign = errors.New("not a v1lab kernel")
	errDamaged = errors.New("not JSON")
)

func read(path string) (Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Spec{}, fmt.Errorf("kernel specification: %w", err)
	}
	if !json.Valid(data) {
		return Spec{}, fmt.Errorf("kernel specification %s: %w", path, errDamaged)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil || len(f.Argv) != 4 || f.Argv[1] != "kernel" || f.Argv[2] != "run" || f.Env[v1labhome.RootEnv] == "" {
		return Spec{}, fmt.Errorf("kernel specification %s: %w", path, errForeign)
	}
	dir := filepath.Dir(path)
	return Spec{Name: strings.ToLower(filepath.Base(dir)), Dir: dir, DisplayName: f.DisplayName, Argv: f.Argv, Env: f.Env}, nil
}
