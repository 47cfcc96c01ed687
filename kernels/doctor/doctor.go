package doctor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"v1lab/kernels"
	"v1lab/kernels/home"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/python"
	"v1lab/kernels/tools"
)

// Check is the finding about one part.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"` // what to do if it is not OK
}

// needed is the free disk space, in bytes, that plugin, Jupyter, tools and build cache take.
const needed = 3 << 30

// prepare is the mend of what any notebook verb sets up by itself.
const prepare = "run v1lab demo, lab or notebook: each sets it up"

// Run examines all parts, at once, and returns the findings in a fixed order.
func Run(ctx context.Context) []Check {
	parts := []struct {
		name string
		f    func(context.Context) Check
	}{
		{"Go", goVersion}, {"C compiler", compiler}, {"Python", interpreter}, {"private folder", folder}, {"XLA plugin", plugin}, {"GPU", gpu},
		{"Go tools", goTools}, {"build cache", cache}, {"compiled models", executables}, {"Jupyter", environment}, {"kernel specifications", specs}, {"leftovers", leftovers},
	}
	checks := make([]Check, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() {
			checks[i] = part.f(ctx)
			checks[i].Name = part.name
		})
	}
	wait.Wait()
	return checks
}

func good(format string, args ...any) Check {
	return Check{OK: true, Detail: fmt.Sprintf(format, args...)}
}

func bad(detail any, mend string) Check {
	return Check{Detail: fmt.Sprint(detail), Mend: mend}
}

func goVersion(ctx context.Context) Check {
	root, err := home.Root()
	if err != nil {
		return bad(err, "change into a v1lab checkout or set "+home.RootEnv)
	}
	version, goroot, err := tools.Toolchain(ctx, root)
	if err != nil {
		return bad(err, "install Go 1.26 or newer")
	}
	return good("%s in %s, checkout %s", version, goroot, root)
}

func compiler(ctx context.Context) Check {
	path, err := tools.GoCommand()
	if err != nil {
		return bad(err, "install Go first")
	}
	const mend = "install a C compiler (Debian, Ubuntu: apt install gcc libc6-dev) or set CC"
	out, err := exec.CommandContext(ctx, path, "env", "CC").Output()
	name, _, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || name == "" {
		return bad(fmt.Sprintf("go env CC gives %q", out), mend)
	}
	if path, err = exec.LookPath(name); err != nil {
		return bad(name+" is not in PATH", mend)
	}
	return good("%s", path)
}

func interpreter(ctx context.Context) Check {
	py, err := python.Find(ctx)
	if err != nil {
		return bad(err, "install Python 3.10 or newer with venv, or set "+python.Env)
	}
	for _, module := range []string{"venv", "ensurepip"} {
		if !py.HasModule(ctx, module) {
			return bad(fmt.Sprintf("%s (%s) has no module %s", py.Path, py.Version, module), "apt install python3-venv, or set "+python.Env+" to another Python")
		}
	}
	return good("%s, version %s", py.Path, py.Version)
}

func folder(context.Context) Check {
	dir, err := home.Dir()
	if err != nil {
		return bad(err, "set "+home.Env)
	}
	const mend = "set " + home.Env + " to a folder that you can write, with 3 GB free"
	probe := dir
	for { // the folder may not exist yet: its nearest parent decides
		if _, err := os.Stat(probe); err == nil || probe == filepath.Dir(probe) {
			break
		}
		probe = filepath.Dir(probe)
	}
	if err := unix.Access(probe, unix.W_OK); err != nil {
		return bad(fmt.Sprintf("cannot write %s: %v", probe, err), mend)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(probe, &fs); err != nil {
		return bad(fmt.Sprintf("%s: %v", probe, err), mend)
	}
	free := fs.Bavail * uint64(fs.Bsize)
	if _, err := jupyter.Python(); err != nil && free < needed {
		return bad(fmt.Sprintf("%s has %.1f GB free", dir, float64(free)/1e9), mend)
	}
	return good("%s, %.1f GB free", dir, float64(free)/1e9)
}

func plugin(ctx context.Context) Check {
	const mend = prepare + "; or set PJRT_PLUGIN_LIBRARY_PATH"
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
			if kind == pjrt.CPU {
				return bad("no CPU plugin is installed", mend)
			}
			continue
		}
		info, err := pjrt.Describe(p)
		if err != nil {
			return bad(err, "install it again, or choose another with PJRT_PLUGIN_LIBRARY_PATH")
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
	root, err := home.Root()
	if err != nil {
		return bad(err, "change into a v1lab checkout")
	}
	dir, err := tools.Dir(ctx, root)
	if err != nil {
		return bad(err, prepare)
	}
	if missing := tools.Missing(dir); len(missing) > 0 {
		return bad(fmt.Sprintf("%s not in %s", strings.Join(missing, ", "), dir), prepare)
	}
	return good("gonb, goimports, gopls in %s", dir)
}

func cache(ctx context.Context) Check {
	root, err := home.Root()
	if err != nil {
		return bad(err, "change into a v1lab checkout")
	}
	stale, err := tools.Stale(ctx, root)
	if err != nil {
		return bad(err, "mend the packages, or "+prepare)
	}
	if stale > 0 {
		return bad(fmt.Sprintf("%d packages that notebooks import are not compiled: the first cell is slow", stale), prepare)
	}
	return good("warm")
}

func executables(context.Context) Check {
	dir, err := execache.Folder()
	if err != nil {
		return bad(err, "set "+home.Env)
	}
	if dir == "" {
		return good("not kept: %s is set", execache.Env)
	}
	programs, size, err := execache.Usage()
	if err != nil {
		return bad(err, "set "+home.Env)
	}
	return good("%d programs, %.1f MB of at most %.0f MB, in %s", programs, float64(size)/1e6, execache.Limit/1e6, dir)
}

func environment(ctx context.Context) Check {
	path, err := jupyter.Python()
	if err != nil {
		return bad(err, prepare)
	}
	const script = `import importlib.metadata as m; print(", ".join(p + " " + m.version(p) for p in ("jupyterlab", "nbclient", "nbconvert")))`
	out, err := exec.CommandContext(ctx, path, "-I", "-c", script).CombinedOutput()
	if err != nil {
		lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
		dir := filepath.Dir(filepath.Dir(path))
		return bad(fmt.Sprintf("%s does not work: %v %s", dir, err, lines[len(lines)-1]), "delete "+dir+"; then "+prepare)
	}
	return good("%s in %s", bytes.TrimSpace(out), filepath.Dir(filepath.Dir(path)))
}

func specs(context.Context) Check {
	found, err := kernels.List()
	if err != nil {
		return bad(err, "v1lab kernel install")
	}
	var names []string
	for _, spec := range found {
		names = append(names, spec.Name+" in "+spec.Dir)
		for what, path := range map[string]string{"binary": spec.Argv[0], "checkout": spec.Env[home.RootEnv]} {
			if _, err := os.Stat(path); err != nil {
				return bad(fmt.Sprintf("kernel %s in %s calls a %s that is gone: %s", spec.Name, spec.Dir, what, path), "v1lab kernel install, or v1lab kernel remove "+spec.Name)
			}
		}
	}
	if len(names) == 0 {
		return good("none; v1lab lab needs none, v1lab kernel install adds one to your own Jupyter")
	}
	return good("%s", strings.Join(names, ", "))
}

func leftovers(context.Context) Check {
	dirs, err := jupyter.Strays()
	if err != nil {
		return bad(err, "look into TMPDIR")
	}
	procs := kernels.Orphans()
	if len(dirs)+len(procs) == 0 {
		return good("none")
	}
	var mends []string
	for _, dir := range dirs {
		mends = append(mends, "rm -r "+dir)
	}
	for _, p := range procs {
		mends = append(mends, fmt.Sprintf("kill %d", p.PID))
	}
	return bad(fmt.Sprintf("%d temporary folders and %d processes of killed kernels", len(dirs), len(procs)), strings.Join(mends, "; "))
}
