package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// Required free disk space, in bytes.
const (
	forSetup = 3 << 30   // plugin, Jupyter, tools and build cache
	forCells = 500 << 20 // a running kernel and its cells
)

func goVersion(ctx context.Context) Check {
	root, err := v1labhome.Root()
	if err != nil {
		return bad(err, enter)
	}
	version, goroot, err := gocmd.Toolchain(ctx, root)
	if err != nil {
		return bad(err, "install Go 1.26 or newer")
	}
	return good("%s", strings.Join(append([]string{fmt.Sprintf("%s in %s, checkout %s", version, goroot, root)}, gocmd.Ignored(root)...), "; "))
}

func compiler(ctx context.Context) Check {
	const mend = "install a C compiler (Debian, Ubuntu: apt install gcc libc6-dev) or set CC"
	cc, err := goEnv(ctx, "CC")
	if err != nil {
		return bad(err, "install Go first")
	}
	words := strings.Fields(cc)
	if len(words) == 0 {
		return bad(fmt.Sprintf("go env CC gives %q", cc), mend)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return bad(words[0]+" is not in PATH", mend)
	}
	cmd := exec.CommandContext(ctx, path, append(words[1:], "-fsyntax-only", "-x", "c", "-")...)
	cmd.Stdin = strings.NewReader("#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return bad(fmt.Sprintf("%s does not compile: %v %s", path, err, line), mend)
	}
	return good("%s", path)
}

// goEnv returns one setting of the go command.
func goEnv(ctx context.Context, name string) (string, error) {
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	return gocmd.Setting(ctx, root, name)
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
	dir, err := v1labhome.Dir()
	if err != nil {
		return bad(err, "set "+v1labhome.Env)
	}
	needed := uint64(forCells)
	if _, err := jupyter.Python(); err != nil {
		needed = forSetup
	}
	if err := trusted(dir); err != nil {
		return bad(fmt.Sprintf("%v: whoever writes there decides what runs as you", err), "own it yourself, or let root own it, and chmod -R go-w what holds programs; or set "+v1labhome.Env+" to a folder of your own")
	}
	return room(dir, needed, "set "+v1labhome.Env+" to a folder that you can write, with 3 GB free")
}

// trusted returns an error if others than this user and root may change the programs in V1LAB_HOME.
func trusted(dir string) error {
	places := []string{dir}
	for _, pattern := range []string{"bin", "bin/*", "pjrt", "pjrt/*", "tools-*", "tools-*/*", "jupyter-*", "jupyter-*/bin", "jupyter-*/bin/*", "onnxruntime-*", "peers-*"} {
		found, err := v1labhome.Glob(dir, pattern)
		if err != nil {
			return err
		}
		places = append(places, found...)
	}
	for _, path := range places {
		if _, err := os.Stat(path); err != nil || strings.HasSuffix(path, ".lock") { // a lock holds nothing
			continue
		}
		if err := v1labhome.Trusted(path); err != nil {
			return err
		}
	}
	return nil
}

func temporary(context.Context) Check {
	return room(os.TempDir(), forCells, "set TMPDIR to a folder that you can write, with 0.5 GB free")
}

// work checks the default folders of notebooks and runs.
func work(ctx context.Context) Check {
	root, err := v1labhome.Root()
	if err != nil {
		return bad(err, enter)
	}
	var places []string
	for _, name := range []string{"notebooks", "runs"} {
		dir := filepath.Join(root, name)
		c := room(dir, forCells, "make room there, or let your user write "+dir+"; or copy the notebooks to a folder of yours and name one for runs by --set out=DIR")
		if !c.OK {
			return c
		}
		places = append(places, c.Detail)
	}
	hiding, err := hidingModules(ctx, filepath.Join(root, "notebooks"))
	if err != nil {
		return bad(err, "install Python 3.10 or newer, or set "+python.Env)
	}
	if len(hiding) > 0 {
		return bad(strings.Join(hiding, ", ")+": a module of Python's library has this name, and a Jupyter of your own that is started there may run the file in its place (v1lab lab does not)", "give it another name: mv "+hiding[0]+" "+filepath.Join(root, "notebooks", "my_"+filepath.Base(hiding[0])))
	}
	return good("%s", strings.Join(places, "; "))
}

// hidingModules returns the files in a folder that Python would import in place of modules of its library.
func hidingModules(ctx context.Context, dir string) (files []string, err error) {
	all, err := v1labhome.Glob(dir, "*.py")
	if err != nil || len(all) == 0 {
		return nil, err
	}
	py, err := python.Find(ctx)
	if err != nil {
		return nil, err
	}
	names, err := py.Library(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range all {
		if slices.Contains(names, strings.TrimSuffix(filepath.Base(file), ".py")) {
			files = append(files, file)
		}
	}
	return files, nil
}

// room checks that a folder, which may not exist yet, is writable and has space.
func room(dir string, needed uint64, mend string) Check {
	probe := dir
	info, err := os.Stat(probe)
	for err != nil && probe != filepath.Dir(probe) { // check the nearest existing parent
		probe = filepath.Dir(probe)
		info, err = os.Stat(probe)
	}
	if err != nil {
		return bad(err, mend)
	}
	if !info.IsDir() {
		return bad(fmt.Sprintf("cannot write %s: %s is a file", dir, probe), mend)
	}
	if err := unix.Access(probe, unix.W_OK|unix.X_OK); err != nil {
		return bad(fmt.Sprintf("cannot write %s: %v", probe, err), mend)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(probe, &fs); err != nil {
		return bad(fmt.Sprintf("%s: %v", probe, err), mend)
	}
	text := fmt.Sprintf("%s, %.1f GB free", dir, float64(fs.Bavail*uint64(fs.Bsize))/1e9)
	if fs.Bavail*uint64(fs.Bsize) < needed {
		return bad(fmt.Sprintf("%s, %.1f GB needed", text, float64(needed)/1e9), mend)
	}
	return good("%s", text)
}
