package cluster

import (
	"fmt"
	"net/url"
	"strings"
)

// Worker is one of many equal workers.
type Worker struct {
	Out     string // folder of the sweep, absolute
	Queue   string // URL of a PostgreSQL database; empty: a file in the folder, for tasks on one machine
	Program string // v1lab, a path or a name
	Backend string // of v1lab --backend, empty: as the config says
	Tasks   int
	CPUs    int
	Memory  string // as the cluster writes it, 8G or 8Gi; empty: the cluster's default
	GPUs    int
	Image   string // of a container: Apptainer's or Docker's; empty on Slurm: none
}

func (w Worker) check() error {
	for _, field := range []struct {
		name         string
		value, least int
	}{{"--tasks", w.Tasks, 1}, {"--cpus", w.CPUs, 1}, {"--gpus", w.GPUs, 0}} {
		if field.value < field.least {
			return fmt.Errorf("%s %d; accepted: a number from %d", field.name, field.value, field.least)
		}
	}
	for _, field := range []struct{ name, value string }{{"--out", w.Out}, {"--queue", w.Queue}, {"--program", w.Program}, {"--image", w.Image}, {"--memory", w.Memory}, {"--backend", w.Backend}} {
		if strings.ContainsAny(field.value, "\n\r\x00") {
			return fmt.Errorf("%s %q; accepted: one line", field.name, field.value)
		}
	}
	if u, err := url.Parse(w.Queue); err == nil && u.User != nil {
		if _, secret := u.User.Password(); secret {
			return fmt.Errorf("--queue: it has a password, which would stand in the text; accepted: a URL without one, and the password in ~/.pgpass or a secret of the cluster")
		}
	}
	return nil
}

// Slurm is what a Slurm script needs beside the worker.
type Slurm struct {
	Worker
	Name      string
	Time      string // limit of a task, as Slurm writes it
	Partition string
	Account   string
}

// Script returns a script for sbatch. A task runs a worker until nothing is left to do. 90 seconds before its time is over Slurm sends SIGUSR1, the worker saves, and
// the task goes back into the line. Slurm puts it there itself if the node fails or another job takes its place.
func (s Slurm) Script() (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	for _, field := range []struct{ name, value string }{{"--time", s.Time}, {"--partition", s.Partition}, {"--account", s.Account}, {"--memory", s.Memory}, {"--name", s.Name}} {
		if strings.ContainsAny(field.value, " \t\n\r\x00#") {
			return "", fmt.Errorf("%s %q; accepted: one word, as sbatch reads it", field.name, field.value)
		}
	}
	if strings.ContainsAny(s.Out, " \t%\\") {
		return "", fmt.Errorf("--out %q; accepted for Slurm: a path without blanks, %% and \\, as sbatch reads it", s.Out)
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("#!/bin/bash")
	line("#SBATCH --job-name=%s", s.Name)
	line("#SBATCH --array=0-%d", s.Tasks-1)
	line("#SBATCH --ntasks=1")
	line("#SBATCH --cpus-per-task=%d", s.CPUs)
	line("#SBATCH --time=%s", s.Time)
	for _, o := range []struct{ name, value string }{{"mem", s.Memory}, {"partition", s.Partition}, {"account", s.Account}} {
		if o.value != "" {
			line("#SBATCH --%s=%s", o.name, o.value)
		}
	}
	if s.GPUs > 0 {
		line("#SBATCH --gpus-per-task=%d", s.GPUs)
	}
	line("#SBATCH --signal=B:USR1@90")
	line("#SBATCH --requeue")
	line("#SBATCH --open-mode=append")
	line("#SBATCH --output=%s/workers/slurm-%%A_%%a.log", s.Out)
	line("")
	line("# Every task is a worker. It ends when nothing is left to do; before the task's time is over it saves, and the task is put into the line again.")
	line(`worker= signal= again=no`)
	line(`pass() { # the signal to the worker, once there is one`)
	line(`  if [ "$worker" ] && [ "$signal" ]; then`)
	line(`    kill -"$signal" "$worker" 2>/dev/null`)
	line(`    signal=`)
	line(`  fi`)
	line(`}`)
	line(`trap 'again=yes signal=USR1; pass' USR1`)
	line(`trap 'signal=TERM; pass' TERM INT`)
	line("%s &", quoted(s.command()))
	line(`worker=$!`)
	line(`pass`)
	line(`while :; do # a signal ends wait, not the worker`)
	line(`  wait "$worker"`)
	line(`  status=$?`)
	line(`  kill -0 "$worker" 2>/dev/null || break`)
	line(`done`)
	line(`if [ "$again" = yes ] && [ "$status" -ne 0 ]; then`)
	line(`  exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"`)
	line(`fi`)
	line(`exit "$status"`)
	return b.String(), nil
}

// command is the worker's.
func (w Worker) command() []string {
	var words []string
	if w.Image != "" {
		words = []string{"apptainer", "exec", "--bind", w.Out}
		if w.GPUs > 0 {
			words = append(words, "--nv")
		}
		words = append(words, w.Image)
	}
	words = append(words, w.Program, "sweep", "work", "--out", w.Out)
	if w.Queue != "" {
		words = append(words, "--queue", w.Queue)
	}
	if w.Backend != "" {
		words = append(words, "--backend", w.Backend)
	}
	return words
}

// quoted writes words so that a shell reads them as they are.
func quoted(words []string) string {
	var all []string
	for _, w := range words {
		if w == "" || strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") != "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		all = append(all, w)
	}
	return strings.Join(all, " ")
}
