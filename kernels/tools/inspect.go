package tools

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// Version is a built tool, the version of the module it was built from, and the pinned version.
type Version struct{ Name, Built, Pinned string }

// Versions reads the versions of the tools in dir, for the checkout at root, without running them.
func Versions(root, dir string) ([]Version, error) {
	var versions []Version
	for _, t := range all {
		mods, err := t.pinned(root)
		if err != nil {
			return nil, err
		}
		holder := slices.MaxFunc(mods, func(a, b module.Version) int { return cmp.Compare(len(a.Path), len(b.Path)) })
		path := filepath.Join(dir, t.name)
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("tool %s: %w", path, err)
		}
		versions = append(versions, Version{t.name, info.Main.Version, holder.Version})
	}
	return versions, nil
}

// Modules checks that all packages of the checkout at root, its tools, and cells that import them can be compiled with the network
// off. It neither downloads nor changes anything.
func Modules(ctx context.Context, root string) error {
	env := v1labhome.Environ(gocmd.CellEnviron(root), map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": gocmd.Flags + " -mod=readonly"})
	for _, dir := range []string{".", filepath.Join("kernels", "tools", "gopls")} {
		args := []string{"list", "-deps", "./..."}
		for _, t := range all {
			if t.module == dir {
				args = append(args, t.pkg)
			}
		}
		if dir != "." { // nothing but tools
			args = append(args[:2], args[3:]...)
		}
		if _, err := gocmd.Run(ctx, filepath.Join(root, dir), env, args...); err != nil {
			return fmt.Errorf("module in %s: %w", filepath.Join(root, dir), err)
		}
	}
	temp, err := cell(ctx, root, common)
	if err != nil {
		return err
	}
	defer temp.Remove()
	env = v1labhome.Environ(gocmd.CellEnviron(root), map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local"})
	if _, err := gocmd.Run(ctx, temp.Dir, env, "list", "-deps", ".", "v1lab/..."); err != nil {
		return fmt.Errorf("a cell: %w", err)
	}
	return nil
}

// FormatVersions lists tools and versions, as in "gonb v0.11.5".
func FormatVersions(versions []Version) string {
	var parts []string
	for _, v := range versions {
		parts = append(parts, v.Name+" "+v.Built)
	}
	return strings.Join(parts, ", ")
}
