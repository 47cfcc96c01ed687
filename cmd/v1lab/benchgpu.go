package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/experiments/trial"
)

type benchGPUCmd struct {
	Out     string   `placeholder:"DIR" help:"Folder of the report, gpu.json and gpu.md. A trial that is there already goes on."`
	Python  string   `placeholder:"PYTHON" help:"Python that has JAX and PyTorch for CUDA 13, which are then measured too. Its CUDA plugin is used if there is no other."`
	Carried string   `placeholder:"DIR" help:"Folder that --pack made. Default: the one that this program is in."`
	Minutes float64  `default:"10" placeholder:"N" help:"Minutes after which no further part is begun; the same command goes on. Default: 10."`
	Pack    string   `placeholder:"DIR" help:"Measure nothing: gather what a machine without a network needs in a folder: this program, results of the CPU to compare with, and the CUDA plugin with NVIDIA's libraries (some 2 GB to download, 5 GB on disk)."`
	Without []string `placeholder:"plugin" help:"With --pack: leave the CUDA plugin out, for a machine whose Python has it."`
	Files   bool     `name:"list-files" help:"Measure nothing: list what a trial on this machine uses, and whether it is here."`
	JSON    bool     `help:"Print the report as JSON."`
}

// Help implements kong.HelpProvider.
func (*benchGPUCmd) Help() string {
	return "--backend chooses another device than xla:cuda, such as xla:cpu, which tries the command itself. What could not be measured is in the report with the reason."
}

// Parts of a folder that --pack makes.
const (
	packedProgram    = "v1lab"
	packedReferences = "references"
	packedHome       = "v1lab-home" // V1LAB_HOME
)

// gpuTrial is what v1lab bench gpu tries. Tests replace it by something small.
var gpuTrial = func() (trial.Options, error) {
	agree, err := bench.Cases("", nil, nil, nil, nil)
	if err != nil {
		return trial.Options{}, err
	}
	large, err := bench.Cases("", []string{"paper"}, []int{6005}, nil, nil)
	if err != nil {
		return trial.Options{}, err
	}
	large[0].Name = "paper, 6005 neurons"
	fitted := agree[0]
	fitted.Name, fitted.Preset, fitted.Images, fitted.Batch, fitted.Set = "fit", "quickstart@3", 2048, 64, []string{"fit.steps=400"}
	return trial.Options{Agree: agree, Time: slices.Concat(agree, large), Fit: fitted, StopAt: 230, MEI: 100, MEISteps: 500, Rounds: 5}, nil
}

func (c *benchGPUCmd) Run(ctx context.Context, a *app) error {
	o, err := gpuTrial()
	if err != nil {
		return err
	}
	for _, w := range c.Without {
		if w != "plugin" || c.Pack == "" {
			return usagef("--without %q; accepted: plugin, with --pack", w)
		}
	}
	o.Backend, o.Reference = cmp.Or(a.backend, "xla:"+pjrt.CUDA), "xla:"+pjrt.CPU
	if c.Carried == "" {
		if self, err := os.Executable(); err == nil {
			c.Carried = filepath.Dir(self)
		}
	}
	if home := filepath.Join(c.Carried, packedHome); os.Getenv(v1labhome.Env) == "" && isFolder(home) {
		if err := os.Setenv(v1labhome.Env, home); err != nil {
			return err
		}
	}
	switch {
	case c.Files:
		return c.listFiles(ctx, a, o)
	case c.Pack != "":
		return a.gracefully(func() error { return c.pack(ctx, a, o) })
	case c.Out == "":
		return usagef("missing flags: --out=DIR; accepted instead: --pack=DIR, --list-files")
	case c.Minutes <= 0:
		return usagef("--minutes %g; accepted: a number above 0", c.Minutes)
	}
	onGPU := strings.HasPrefix(o.Backend, "xla:"+pjrt.CUDA)
	if onGPU && !pjrt.HasGPU() {
		return fmt.Errorf("this machine has no NVIDIA GPU with a driver, and nothing was downloaded; accepted here: --pack DIR, --list-files, or --backend xla:cpu, which tries the command itself")
	}
	dir, err := filepath.Abs(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := v1labhome.MkdirAll(dir); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := c.prepare(ctx, a, &o, dir, onGPU); err != nil {
		return err
	}
	var r *trial.Report
	err = a.gracefully(func() (err error) {
		r, err = trial.Run(ctx, o)
		return err
	})
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command goes on")
	}
	if err != nil {
		return err
	}
	return c.show(a, r, dir)
}

// slower is how much more time a part has on other devices than a GPU.
const slower = 5

// prepare fills in where things are on this machine.
func (c *benchGPUCmd) prepare(ctx context.Context, a *app, o *trial.Options, dir string, onGPU bool) error {
	home, err := v1labhome.Dir()
	if err != nil {
		return err
	}
	o.Out, o.Kept, o.Progress = dir, filepath.Join(home, "autotune"), a.stderr
	o.Limit = time.Duration(c.Minutes * float64(time.Minute))
	if packed := filepath.Join(c.Carried, packedReferences); isFolder(packed) {
		o.References = packed
	}
	name := o.Backend // the name under which our workers find the plugin
	device := pjrt.CPU
	o.Slower = slower
	if onGPU {
		o.Slower = 1
		device, o.TF32 = pjrt.CUDA, !strings.Contains(o.Backend, "tf32")
		if _, found, err := pjrt.Locate(pjrt.CUDA); err != nil {
			return err
		} else if !found && c.Python != "" {
			p, err := pjrt.FromPython(ctx, c.Python, filepath.Join(dir, "plugin"))
			if err != nil {
				return fmt.Errorf("--python: %w", err)
			}
			name = strings.Replace(o.Backend, "xla:"+pjrt.CUDA, "xla:"+p.Path, 1)
		} else if !found { // before the clock runs
			if _, err := pjrt.Config(ctx, o.Backend, a.stderr); err != nil {
				return err
			}
		}
	}
	if o.Ours, err = workers(o.Backend, name); err != nil {
		return err
	}
	if c.Python == "" {
		o.Lacking = map[string]string{}
		for _, peer := range []string{bench.JAX, bench.TorchCompile} {
			o.Peers = append(o.Peers, bench.System{Name: peer})
			o.Lacking[peer] = "no --python that has it for this device"
		}
		return nil
	}
	scripts := filepath.Join(dir, "scripts")
	if err := os.MkdirAll(scripts, 0o755); err != nil {
		return err
	}
	o.Peers, err = bench.PeersOn(c.Python, scripts, device, false)
	return err
}

// workers returns a function that makes our workers on a backend. Those on the one that is tried, with options or without, open it by another name.
func workers(tried, name string) (func(backend, flags string) bench.System, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bench gpu: %w", err)
	}
	given := os.Getenv("XLA_FLAGS")
	return func(backend, flags string) bench.System {
		if rest, ok := strings.CutPrefix(backend, tried); ok {
			backend = name + rest
		}
		return bench.System{Name: bench.Ours, Args: []string{self, "bench-worker", "--backend", backend}, Env: []string{"XLA_FLAGS=" + strings.TrimSpace(given+" "+flags)}}
	}, nil
}

func (c *benchGPUCmd) show(a *app, r *trial.Report, dir string) error {
	done := 0
	for _, p := range r.Parts {
		if p.State == trial.Done {
			done++
		}
	}
	if c.JSON {
		return a.json(r)
	}
	a.printf("%s\n%s\n", filepath.Join(dir, trial.TablesFile), filepath.Join(dir, trial.ReportFile))
	if done < len(r.Parts) {
		a.sayf("%d of %d parts were measured; %s says what the others lack, and the same command goes on", done, len(r.Parts), trial.TablesFile)
	}
	if p := r.Parts[0]; p.State != trial.Done {
		return fmt.Errorf("backend %s: %s: %s", r.Backend, p.State, p.Why)
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
