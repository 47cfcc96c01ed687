package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"v1lab/datasets/durable"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/cluster"
)

// clusterFlags are those of a worker on a cluster.
type clusterFlags struct {
	Out     string `required:"" placeholder:"DIR" help:"Folder of the sweep, which all machines of the cluster see under this path. sweep run --prepare makes it."`
	Tasks   int    `default:"8" placeholder:"N" help:"Number of workers. Default: ${default}."`
	CPUs    int    `name:"cpus" default:"4" placeholder:"N" help:"Cores of each. Default: ${default}."`
	GPUs    int    `name:"gpus" placeholder:"N" help:"GPUs of each. Default: none."`
	Memory  string `placeholder:"SIZE" help:"Memory of each, as the cluster writes it. Default: the cluster's."`
	Program string `placeholder:"PATH" help:"The v1lab to run."`
	Name    string `default:"v1lab-sweep" placeholder:"NAME" help:"Name of the job. Default: ${default}."`
	File    string `placeholder:"FILE" help:"Write this file instead of printing."`
}

func (c *clusterFlags) write(a *app, text string) error {
	if c.File == "" {
		a.printf("%s", text)
		return nil
	}
	if err := durable.WriteFile(c.File, []byte(text), 0o666); err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	a.printf("%s\n", c.File)
	return nil
}

// worker checks that there is a sweep, and describes a worker of it.
func (c *clusterFlags) worker(a *app) (w cluster.Worker, err error) {
	if _, err := sweep.Open(c.Out); err != nil {
		return w, fmt.Errorf("--out: %w", err)
	}
	out, err := filepath.Abs(c.Out)
	if err != nil {
		return w, fmt.Errorf("--out: %w", err)
	}
	return cluster.Worker{Out: out, Program: c.Program, Backend: a.backend, Tasks: c.Tasks, CPUs: c.CPUs, GPUs: c.GPUs, Memory: c.Memory}, nil
}

type sweepSlurmCmd struct {
	clusterFlags
	queueFlag
	Time      string `default:"04:00:00" placeholder:"LIMIT" help:"Time limit of a task. Before it is over the worker saves, and the task is put into the line again. Default: ${default}."`
	Partition string `placeholder:"NAME" help:"Partition."`
	Account   string `placeholder:"NAME" help:"Account."`
	Image     string `placeholder:"FILE" help:"Apptainer image that has v1lab, to run the workers in."`
}

// Help implements kong.HelpProvider.
func (*sweepSlurmCmd) Help() string {
	return "sbatch takes the script. Tasks on several machines need --queue."
}

func (c *sweepSlurmCmd) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	w, err := c.worker(a)
	if err != nil {
		return err
	}
	if w.Queue, w.Image = c.Queue, c.Image; w.Program == "" {
		if w.Program = "v1lab"; w.Image == "" {
			if w.Program, err = ownProgram(ctx, a.stderr); err != nil {
				return err
			}
		}
	}
	script, err := cluster.Slurm{Worker: w, Name: c.Name, Time: c.Time, Partition: c.Partition, Account: c.Account}.Script()
	if err != nil {
		return wrong{err}
	}
	if w.Queue == "" && w.Tasks > 1 {
		a.sayf("warning: without --queue all %d tasks must run on one machine", w.Tasks)
	}
	return c.write(a, script)
}

type sweepKubernetesCmd struct {
	clusterFlags
	Image  string `required:"" placeholder:"IMAGE" help:"Container image that has v1lab."`
	Claim  string `required:"" placeholder:"NAME" help:"PersistentVolumeClaim with the sweep's folder and the recording, which many pods may write to (ReadWriteMany)."`
	Mount  string `placeholder:"PATH" help:"Where the claim is mounted, so that the folder and the recording have the paths that they have here. Default: the folder above the sweep's."`
	Secret string `name:"queue-secret" default:"v1lab-sweep" placeholder:"NAME" help:"Secret with the URL of the PostgreSQL database under the key url. Default: ${default}."`
}

// Help implements kong.HelpProvider.
func (*sweepKubernetesCmd) Help() string {
	return "kubectl takes the manifest, as in v1lab sweep kubernetes --out DIR --image IMAGE --claim NAME | kubectl apply -f -."
}

func (c *sweepKubernetesCmd) Run(a *app) error {
	w, err := c.worker(a)
	if err != nil {
		return err
	}
	if w.Image = c.Image; w.Program == "" {
		w.Program = "v1lab"
	}
	mount := c.Mount
	if mount == "" {
		mount = filepath.Dir(w.Out)
	}
	if inside := strings.TrimSuffix(mount, "/") + "/"; !filepath.IsAbs(mount) || !strings.HasPrefix(w.Out+"/", inside) {
		return usagef("--mount %s; accepted: a folder that %s is in", mount, w.Out)
	}
	text, err := cluster.Kubernetes{Worker: w, Name: c.Name, Claim: c.Claim, Mount: mount, Secret: c.Secret}.Manifest()
	if err != nil {
		return wrong{err}
	}
	return c.write(a, text)
}
