package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"v1lab/datasets/durable"
	"v1lab/kernels/peers"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/experiments/trial"
)

const packNote = `A trial of a GPU on a machine without a network:

  ./v1lab bench gpu --out results [--python python3]

v1lab       the program
references  what a CPU computes: losses, gradients and rates, to compare with
v1lab-home  XLA's plugin for CUDA 13 with NVIDIA's libraries; where it is missing, name a Python that has both by --python

JAX and PyTorch are measured if --python names a Python that has them for CUDA 13. results/gpu.md has the tables.
`

// pack gathers what a trial on another machine needs.
func (c *benchGPUCmd) pack(ctx context.Context, a *app, o trial.Options) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench gpu: %w", err)
	}
	dir, err := filepath.Abs(c.Pack)
	if err != nil {
		return fmt.Errorf("--pack: %w", err)
	}
	if err := v1labhome.MkdirAll(dir); err != nil {
		return fmt.Errorf("--pack: %w", err)
	}
	if err := copyProgram(self, filepath.Join(dir, packedProgram)); err != nil {
		return err
	}
	if _, err := pjrt.Ensure(ctx, pjrt.CPU, a.stderr); err != nil { // what the reference needs
		return err
	}
	ours, err := workers(o.Reference, o.Reference)
	if err != nil {
		return err
	}
	for _, agree := range o.Agree {
		a.sayf("%s: what the CPU computes", agree.Name)
		if err := trial.MakeReference(ctx, filepath.Join(dir, packedReferences), agree, ours(o.Reference, "")); err != nil {
			return err
		}
	}
	if !slices.Contains(c.Without, "plugin") {
		if err := packPlugin(ctx, a, filepath.Join(dir, packedHome)); err != nil {
			return err
		}
	}
	if err := durable.WriteFile(filepath.Join(dir, "README.txt"), []byte(packNote), 0o644); err != nil {
		return err
	}
	a.printf("%s: %d MB\n", dir, size(dir)>>20)
	return nil
}

// packPlugin installs the CUDA plugin into another V1LAB_HOME.
func packPlugin(ctx context.Context, a *app, home string) error {
	before, had := os.LookupEnv(v1labhome.Env)
	if err := os.Setenv(v1labhome.Env, home); err != nil {
		return err
	}
	defer func() {
		if had {
			os.Setenv(v1labhome.Env, before) //nolint:errcheck // it was set before
		} else {
			os.Unsetenv(v1labhome.Env) //nolint:errcheck // a good name
		}
	}()
	return pjrt.Prepare(ctx, "xla:"+pjrt.CUDA, a.stderr)
}

// copyProgram copies the running program, unless it is its own copy.
func copyProgram(from, to string) error {
	if a, err := os.Stat(from); err == nil {
		if b, err := os.Stat(to); err == nil && os.SameFile(a, b) {
			return nil
		}
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := durable.Begin(to, 0o755, false)
	if err != nil {
		return err
	}
	defer out.Cancel()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	return out.Commit()
}

// size is the number of bytes of the files in a folder, or of a file.
func size(path string) (total int64) {
	_ = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error { //nolint:errcheck // only told
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}

// listFiles lists what a trial here uses.
func (c *benchGPUCmd) listFiles(ctx context.Context, a *app, o trial.Options) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line := func(what, where, need string) { fmt.Fprintf(w, "%s\t%s\t%s\n", what, where, need) } //nolint:errcheck // kept in a.stdout
	line("what", "where", "without it")
	found := func(path string) string {
		return fmt.Sprintf("%s, %.0f MB", path, float64(size(path))/(1<<20))
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench gpu: %w", err)
	}
	line("this program", found(self), "nothing")
	cpu := "no reference is made here"
	if _, ok, err := pjrt.Locate(pjrt.CPU); err == nil && ok {
		cpu = "made here, by the CPU plugin"
	}
	for _, agree := range o.Agree {
		where := "none carried along: " + cpu
		if path := filepath.Join(c.Carried, packedReferences, agree.Name); isFolder(path) {
			where = found(path)
		}
		line("reference "+agree.Name, where, "no comparison of losses, gradients and rates; --pack makes it")
	}
	where := "none"
	switch p, ok, err := pjrt.Locate(pjrt.CUDA); {
	case err != nil:
		where = err.Error()
	case ok:
		where = p.Path
	case c.Python != "":
		dir, err := os.MkdirTemp("", "v1lab-plugin-")
		if err != nil {
			return fmt.Errorf("temporary folder: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // temporary
		if _, err := pjrt.FromPython(ctx, c.Python, dir); err != nil {
			where = err.Error()
		} else {
			where = "that of " + c.Python
		}
	}
	line("CUDA plugin, NVIDIA's libraries", where, "nothing is measured; --pack installs it, or --python names a Python that has it")
	for _, module := range []string{bench.JAX, bench.Torch} {
		where := "no --python"
		if c.Python != "" {
			out, err := exec.CommandContext(ctx, c.Python, "-c", "import "+module+" as m; print(m.__version__)").Output()
			if where = c.Python + ", " + strings.TrimSpace(string(out)); err != nil {
				where = "not in " + c.Python
			}
		}
		line("Python's "+module, where, "it is not measured beside ours")
	}
	where, err = peers.Compiler()
	if err != nil {
		where = "none"
	}
	line("C++ compiler", where, "torch.compile may not run")
	where, err = exec.LookPath("nvidia-smi")
	if err != nil {
		where = "none"
	}
	line("nvidia-smi", where, "no memory of the GPU and no utilisation")
	gpu := "none"
	if pjrt.HasGPU() {
		gpu = "here"
	}
	line("NVIDIA GPU with a driver", gpu, "no trial of xla:cuda")
	return w.Flush()
}
