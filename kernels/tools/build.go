package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// tool is a program to build, in the module whose go.mod pins it, with changes of ours.
type tool struct {
	name, pkg, module string
	patches           []patch
}

// gopls has a module of its own: it does not compile with the versions that GoMLX asks for.
var all = []tool{
	{"gonb", gonb, ".", slices.Concat(ours, cells, byEngine, help, show)},
	{"goimports", "golang.org/x/tools/cmd/goimports", ".", nil},
	{"gopls", "golang.org/x/tools/gopls", filepath.Join("kernels", "tools", "gopls"), nil},
}

// Dir returns the folder of the built tools for the checkout at root; it need not exist yet. Its
// name changes with the pinned versions, with our patches and with Go's version.
func Dir(ctx context.Context, root string) (string, error) {
	base, err := v1labhome.Dir()
	if err != nil {
		return "", err
	}
	version, _, err := gocmd.Toolchain(ctx, root)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, version) //nolint:errcheck // a hash takes everything
	for _, t := range all {
		mods, err := t.pinned(root)
		if err != nil {
			return "", err
		}
		for _, mod := range mods {
			fmt.Fprintln(sum, t.name, mod) //nolint:errcheck // a hash takes everything
		}
		for _, p := range t.patches {
			fmt.Fprintln(sum, t.name, p) //nolint:errcheck // a hash takes everything
		}
	}
	return filepath.Join(base, "tools-"+hex.EncodeToString(sum.Sum(nil))[:12]), nil
}

// pinned returns the module versions in go.mod of the checkout at root that may contain the tool: for nested modules, both.
func (t tool) pinned(root string) ([]module.Version, error) {
	path := filepath.Join(root, t.module, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pinned tool %s: %w", t.name, err)
	}
	file, err := modfile.ParseLax(path, data, nil)
	if err != nil {
		return nil, fmt.Errorf("pinned tool %s: %w", t.name, err)
	}
	var mods []module.Version
	for _, req := range file.Require {
		if strings.HasPrefix(t.pkg, req.Mod.Path) {
			mods = append(mods, req.Mod)
		}
	}
	if len(mods) == 0 {
		return nil, fmt.Errorf("pinned tool %s: no version in %s", t.name, path)
	}
	return mods, nil
}

// Missing returns the names of the tools that are not in dir.
func Missing(dir string) []string {
	var names []string
	for _, t := range all {
		if !executable(filepath.Join(dir, t.name)) {
			names = append(names, t.name)
		}
	}
	return names
}

// build compiles the tool, with its patches, for the checkout at root into the folder output.
func (t tool) build(ctx context.Context, root, output string) error {
	dir := filepath.Join(root, t.module)
	args := []string{"-o", filepath.Join(output, t.name), t.pkg}
	if len(t.patches) > 0 {
		temp, err := v1labhome.NewTemp(v1labhome.ForTools)
		if err != nil {
			return err
		}
		defer temp.Remove()
		file, err := patchedModfile(ctx, dir, t.patches, temp.Dir)
		if err != nil {
			return err
		}
		args = append([]string{"-modfile", file}, args...)
	}
	return gocmd.Build(ctx, root, dir, args...)
}

// Ensure builds gonb, goimports and gopls for the checkout at root if one of them is missing, and
// returns their folder. Modules are downloaded as the user's GOPROXY says.
func Ensure(ctx context.Context, root string, progress io.Writer) (string, error) {
	dir, err := Dir(ctx, root)
	if err != nil {
		return "", err
	}
	err = v1labhome.EnsureFolder(ctx, dir, func(dir string) error { return check(root, dir) }, progress, func(tmp string) error {
		for _, t := range all {
			fmt.Fprintf(progress, "building %s (%s)\n", t.name, t.pkg) //nolint:errcheck // progress only
			if err := t.build(ctx, root, tmp); err != nil {
				return fmt.Errorf("tool %s: %w", t.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return dir, nil
}

// check returns an error that lists the tools missing from a folder, or names a truncated one.
func check(root, dir string) error {
	if missing := Missing(dir); len(missing) > 0 {
		return fmt.Errorf("without %s", strings.Join(missing, ", "))
	}
	_, err := Versions(root, dir)
	return err
}
