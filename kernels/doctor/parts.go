package doctor

import (
	"context"
	"fmt"
	"os"
	"strings"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

func (e *examination) plugin(ctx context.Context) Check {
	const mend = prepare + "; or set " + pjrt.FromEnv
	kinds := []string{pjrt.CPU}
	if pjrt.HasGPU() {
		kinds = append(kinds, pjrt.CUDA)
	}
	var details []string
	for _, kind := range kinds {
		p, found, err := pjrt.Locate(kind)
		if err != nil {
			return bad(err, mend)
		}
		if !found {
			if pjrt.Preparing(kind) {
				return bad("a setup is running: it installs the "+strings.ToUpper(kind)+" plugin", wait)
			}
			if kind == pjrt.CPU {
				return bad("no CPU plugin is installed", mend)
			}
			continue
		}
		if err := pjrt.Verify(p); err != nil {
			return bad(err, "rm -r "+pjrt.Folder(p)+"; then "+prepare)
		}
		binary := e.options.Binary
		if binary == "" {
			if binary, err = os.Executable(); err != nil {
				return bad(err, prepare)
			}
		}
		info, err := pjrt.DescribeApart(ctx, binary, p)
		switch {
		case err != nil && p.Source == pjrt.FromHome:
			return bad(err, mend)
		case err != nil:
			return bad(err, "install it again, or choose another with "+pjrt.FromEnv)
		}
		details = append(details, fmt.Sprintf("%s %s (from %s), PJRT %s, %d devices: %s", kind, p.Path, p.Source, info.API, len(info.Devices), strings.Join(info.Devices, ", ")))
	}
	return good("%s", strings.Join(details, "; "))
}

func gpu(context.Context) Check {
	if !pjrt.HasGPU() {
		return good("no NVIDIA GPU: models run on the CPU")
	}
	_, found, err := pjrt.Locate(pjrt.CUDA)
	if err != nil || !found {
		return bad("an NVIDIA GPU without its XLA plugin: models run on the CPU", "give --backend xla:cuda once: it installs the plugin (2 GB)")
	}
	return good("NVIDIA GPU and plugin found: models run on it")
}

func goTools(ctx context.Context) Check {
	root, err := v1labhome.Root()
	if err != nil {
		return bad(err, enter)
	}
	dir, err := tools.Dir(ctx, root)
	if err != nil {
		return bad(err, prepare)
	}
	if missing := tools.Missing(dir); len(missing) > 0 {
		if v1labhome.Preparing(dir) {
			return bad("a setup is running: it builds the tools in "+dir, wait)
		}
		return bad(fmt.Sprintf("%s not in %s", strings.Join(missing, ", "), dir), prepare)
	}
	versions, err := tools.Versions(root, dir)
	if err != nil {
		return bad(err, prepare)
	}
	for _, v := range versions {
		if v.Built != v.Pinned {
			return bad(fmt.Sprintf("%s in %s is %s, pinned is %s", v.Name, dir, v.Built, v.Pinned), "rm -r "+dir+"; then "+prepare)
		}
	}
	return good("%s in %s", tools.FormatVersions(versions), dir)
}

func (e *examination) goModules(context.Context) Check {
	if err := e.modules(); err != nil {
		return bad(err, "with a network connection: go mod download, in the checkout and in kernels/tools/gopls; or "+prepare)
	}
	root, err := v1labhome.Root()
	if err != nil {
		return bad(err, enter)
	}
	return good("all packages of the checkout %s resolve with the network off", root)
}

func (e *examination) cache(ctx context.Context) Check {
	root, err := v1labhome.Root()
	if err != nil {
		return bad(err, enter)
	}
	if err := e.modules(); err != nil {
		return bad("not examined: "+nameModules+" must be repaired first", "with a network connection: "+prepare)
	}
	dir, err := goEnv(ctx, "GOCACHE")
	if err != nil {
		return bad(err, "install Go first")
	}
	place := room(dir, forCells, "set GOCACHE to a folder that you can write, with 0.5 GB free, or make room: go clean -cache")
	if !place.OK {
		return place
	}
	stale, err := tools.Stale(ctx, root)
	if err != nil {
		return bad(err, "repair the packages, or "+prepare)
	}
	if stale > 0 {
		return bad(fmt.Sprintf("%d packages that notebooks import are not compiled: the first cell is slow", stale), prepare)
	}
	return good("warm, in %s", place.Detail)
}

func executables(context.Context) Check {
	dir, err := execache.Folder()
	if err != nil {
		return bad(err, "set "+v1labhome.Env)
	}
	if dir == "" {
		return good("not kept: %s is set", execache.Env)
	}
	u, err := execache.Usage()
	if err != nil {
		return bad(err, "set "+v1labhome.Env)
	}
	text := fmt.Sprintf("%d programs, %.1f MB of at most %.0f MB, in %s", u.Programs, float64(u.Size)/1e6, execache.Limit/1e6, dir)
	if u.Untrusted > 0 {
		return bad(fmt.Sprintf("%s; %d are not used, as others than you and root own or may write them", text, u.Untrusted), "remove them: rm "+dir+"/*")
	}
	return good("%s", text)
}
