package cluster_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"v1lab/v1model/experiments/sweep/cluster"
)

func worker() cluster.Worker {
	return cluster.Worker{Out: "/scratch/lab/sweep", Queue: "postgres://lab@db/sweeps", Program: "/opt/my lab/v1lab", Tasks: 4, CPUs: 2, Memory: "8G", GPUs: 1}
}

// What a cluster would misread is refused, and so is a password.
func TestRefused(t *testing.T) {
	for text, change := range map[string]func(*cluster.Slurm){
		"--tasks 0":        func(s *cluster.Slurm) { s.Tasks = 0 },
		"--gpus -1":        func(s *cluster.Slurm) { s.GPUs = -1 },
		"has a password":   func(s *cluster.Slurm) { s.Queue = "postgres://lab:secret@db/sweeps" },
		"--time":           func(s *cluster.Slurm) { s.Time = "1:00\n#SBATCH --x" },
		"without blanks":   func(s *cluster.Slurm) { s.Out = "/scratch/my lab" },
		"--program":        func(s *cluster.Slurm) { s.Program = "v1lab\nrm" },
		"--partition":      func(s *cluster.Slurm) { s.Partition = "a b" },
		"--memory \"8 G\"": func(s *cluster.Slurm) { s.Memory = "8 G" },
	} {
		s := cluster.Slurm{Worker: worker(), Name: "sweep", Time: "01:00:00"}
		change(&s)
		if script, err := s.Script(); err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "secret@") || script != "" {
			t.Errorf("%v, want %q in it", err, text)
		}
	}
	k := cluster.Kubernetes{Worker: worker(), Name: "sweep", Claim: "data", Mount: "/scratch", Secret: "queue"}
	if _, err := k.Manifest(); err == nil || !strings.Contains(err.Error(), "--queue-secret") {
		t.Errorf("a queue's URL in a manifest: %v", err)
	}
	k.Queue = ""
	if _, err := k.Manifest(); err == nil || !strings.Contains(err.Error(), "--image") {
		t.Errorf("no image: %v", err)
	}
	k.Image, k.Claim = "v1lab", "My_Claim"
	if _, err := k.Manifest(); err == nil || !strings.Contains(err.Error(), "--claim") {
		t.Errorf("a wrong name: %v", err)
	}
}

// The manifest has what an Indexed Job needs, and is YAML.
func TestManifest(t *testing.T) {
	k := cluster.Kubernetes{Worker: worker(), Name: "sweep", Claim: "data", Mount: "/scratch", Secret: "queue"}
	k.Queue, k.Image, k.Program, k.Memory = "", "lab/v1lab:1", "v1lab", "8Gi"
	text, err := k.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Spec struct {
			CompletionMode       string `yaml:"completionMode"`
			Completions          int    `yaml:"completions"`
			BackoffLimitPerIndex int    `yaml:"backoffLimitPerIndex"`
			Template             struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Command []string `yaml:"command"`
					} `yaml:"containers"`
				} `yaml:"spec"`
			} `yaml:"template"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	s := job.Spec
	if s.CompletionMode != "Indexed" || s.Completions != 4 || s.BackoffLimitPerIndex == 0 || s.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("%+v", s)
	}
	if got := strings.Join(s.Template.Spec.Containers[0].Command, " "); got != "v1lab sweep work --out /scratch/lab/sweep" {
		t.Errorf("command %s", got)
	}
	for _, part := range []string{"DisruptionTarget", "secretKeyRef", "nvidia.com/gpu: 1", "claimName: data", "memory: 8Gi"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
}

// The script runs here with stand-ins for v1lab and scontrol: USR1 reaches the worker, which saves, and the task goes back into the line; TERM does not bring it
// back; a worker that has nothing left to do ends the task well. So it is when the signal comes while a slow shell has just begun the worker.
func TestScriptAsATask(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("scontrol", "#!/bin/bash\necho \"scontrol $*\"\n")
	program := write("v1lab it's", `#!/bin/bash
trap 'echo saved on USR1; exit 1' USR1
trap 'echo saved on TERM; exit 1' TERM
echo "began $*"
[ "$QUICK" ] && exit 0
while :; do sleep 0.05; done
`)
	w := worker()
	w.Program = program
	script, err := cluster.Slurm{Worker: w, Name: "sweep", Time: "01:00:00", Partition: "gpu"}.Script()
	if err != nil {
		t.Fatal(err)
	}
	for _, option := range []string{"--array=0-3", "--signal=B:USR1@90", "--requeue", "--gpus-per-task=1", "--partition=gpu", "--mem=8G", "--time=01:00:00"} {
		if !strings.Contains(script, "\n#SBATCH "+option+"\n") {
			t.Errorf("no %s in\n%s", option, script)
		}
	}
	task := write("task.sh", script)
	slow := "BASH_ENV=" + write("slow", "[ \"$0\" = \""+task+"\" ] && trap 'sleep 0.03' DEBUG\n")
	run := func(signal syscall.Signal, env ...string) (string, int) {
		cmd := exec.Command("bash", task)
		cmd.Env = append(os.Environ(), append(env, "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_ARRAY_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3")...)
		name := filepath.Join(t.TempDir(), "out")
		out, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if signal != 0 {
			for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
				if text, err := os.ReadFile(name); err == nil && bytes.Contains(text, []byte("began")) {
					break
				}
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
		}
		_ = cmd.Wait() //nolint:errcheck // the state says it
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), cmd.ProcessState.ExitCode()
	}
	began := "began sweep work --out /scratch/lab/sweep --queue postgres://lab@db/sweeps\n"
	for _, env := range [][]string{nil, {slow}} {
		if said, status := run(syscall.SIGUSR1, env...); said != began+"saved on USR1\nscontrol requeue 7_3\n" || status != 0 {
			t.Errorf("USR1 %s: status %d, %q", env, status, said)
		}
		if said, status := run(syscall.SIGTERM, env...); said != began+"saved on TERM\n" || status == 0 {
			t.Errorf("TERM %s: status %d, %q", env, status, said)
		}
	}
	if said, status := run(0, "QUICK=1"); said != began || status != 0 {
		t.Errorf("nothing left: status %d, %q", status, said)
	}
}
