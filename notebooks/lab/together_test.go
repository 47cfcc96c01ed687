package lab_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"v1lab/notebooks/lab"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/runfolder"
)

// programs are cells that the test program can be, each in a process of its own.
var programs = map[string]func(path string){
	"fit": func(path string) {
		lab.Fit(tiny, "quickstart", path, settingsTo(300)...).MEIs([]int{1}, lab.MEIOptions{Images: 1, MaxSteps: 5})
	},
	"other fit":  func(path string) { lab.Fit(tiny, "quickstart", path, settingsTo(301)...) },
	"other data": func(path string) { lab.Fit(tiny+"&seed=2", "quickstart", path, settingsTo(300)...) },
	"slow": func(path string) {
		lab.SetSlowStep(100 * time.Millisecond)
		lab.Fit("simulated:?neurons=4&images=64&val=20&test=10&repeats=2&height=40&width=40", "quickstart", path, "fit.batch=64", "fit.validate_every=1000")
	},
	"study": func(path string) { lab.Study{Scale: study.Toy, Seeds: "1", Dir: path}.Make(study.Efficiency) },
	"images": func(path string) {
		lab.Open(path).MEIs([]int{0, 1, 2, 3, 4, 5, 6, 7}, lab.MEIOptions{Images: 4, MaxSteps: 100_000, Patience: 100_000})
	},
	"no images": func(path string) { lab.Open(path).MEIs([]int{1}, lab.MEIOptions{Images: 1, MaxSteps: -5}) },
	"tuning":    func(path string) { lab.Open(path).Tuning([]int{0, 1, 2, 3, 4, 5, 6, 7}, "paper") },
}

// asProgram names one of them.
const asProgram = "LAB_TEST_PROGRAM"

func TestPrograms(t *testing.T) {
	if do, ok := programs[os.Getenv(asProgram)]; ok {
		do(os.Getenv("LAB_TEST_RUN"))
	}
}

// program is such a process, and what it says.
type program struct {
	*exec.Cmd
	name  string
	lines chan string
	said  string
}

func start(t *testing.T, name, path string) *program {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := &program{Cmd: exec.Command(os.Args[0], "-test.run=^TestPrograms$"), name: name, lines: make(chan string, 10_000)}
	p.Env = append(os.Environ(), asProgram+"="+name, "LAB_TEST_RUN="+path)
	out := must(p.StdoutPipe())(t)
	p.Stderr = p.Stdout
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() }) //nolint:errcheck // it has ended
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
		close(p.lines)
	}()
	return p
}

// says waits until the process has said something.
func (p *program) says(t *testing.T, want string) {
	t.Helper()
	for limit := time.After(2 * time.Minute); !strings.Contains(p.said, want); {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("%s ended without %q: %s", p.name, want, p.said)
			}
			p.said += line + "\n"
		case <-limit:
			t.Fatalf("%s does not say %q: %s", p.name, want, p.said)
		}
	}
}

// ends waits for its end, and wants an exit status.
func (p *program) ends(t *testing.T, status int) {
	t.Helper()
	for line := range p.lines {
		p.said += line + "\n"
	}
	_ = p.Wait() //nolint:errcheck // the status says it
	if got := p.ProcessState.ExitCode(); got != status {
		t.Fatalf("%s: exit status %d, want %d: %s", p.name, got, status, p.said)
	}
}

// Notebooks that ask for the same fit in the same run folder at the same time: one makes it, the other follows. Another fit there is refused.
func TestTwoCellsOneFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	first := start(t, "fit", path)
	first.says(t, following)
	second, other, data := start(t, "fit", path), start(t, "other fit", path), start(t, "other data", path)
	other.ends(t, 1)
	data.ends(t, 1)
	for _, p := range []*program{other, data} {
		if want := fmt.Sprintf("another process is writing to it (process %d, since ", first.Process.Pid); !strings.Contains(p.said, want) {
			t.Errorf("%s says %s", p.name, p.said)
		}
	}
	first.ends(t, 0)
	second.ends(t, 0)
	if strings.Contains(second.said, "compiling the training step") || !strings.Contains(second.said, following) || !strings.Contains(second.said, "300 steps in ") {
		t.Errorf("the second says %s", second.said)
	}
	if files := kept(t, path); len(files) != 1 || filepath.Ext(files[0]) != ".npz" {
		t.Errorf("kept %v, want one result", files)
	}
}

// A cell whose images cannot be made ends with the error and leaves nothing in the run folder.
func TestErrorLeavesNoLock(t *testing.T) {
	path := copied(t)
	if err := os.MkdirAll(filepath.Join(path, "insilico"), 0o777); err != nil {
		t.Fatal(err)
	}
	before := len(kept(t, path))
	p := start(t, "no images", path)
	p.ends(t, 1)
	if !strings.Contains(p.said, "-5") {
		t.Errorf("the cell says %s", p.said)
	}
	if files := kept(t, path); len(files) != before {
		t.Errorf("left %v", files)
	}
}

// Two that begin at the same moment agree too, in a study as well.
func TestTwoCellsAtOnce(t *testing.T) {
	for _, name := range []string{"fit", "study"} {
		path := filepath.Join(t.TempDir(), "run")
		a, b := start(t, name, path), start(t, name, path)
		a.ends(t, 0)
		b.ends(t, 0)
	}
}

// A stop during a step that takes long is answered at once, and the cell has said before that steps are slow.
func TestStopInASlowStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	p := start(t, "slow", path)
	p.says(t, "A training step takes ")
	p.says(t, "lab.FitInBackground")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	p.says(t, "the fit saves and stops after the current step; if the kernel ends the cell before that, the fit continues from ")
	answered := time.Since(begun)
	p.ends(t, 0)
	t.Logf("answered after %v, stopped after %v", answered, time.Since(begun))
	if answered > time.Second {
		t.Errorf("answered after %v", answered)
	}
	if !strings.Contains(p.said, "; the state is saved in "+path+"; run the cell again to go on") {
		t.Errorf("it says %s", p.said)
	}
	if entries, err := os.ReadDir(filepath.Join(path, "checkpoint")); err != nil || !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "last.npz" }) {
		t.Errorf("checkpoint %v (%v)", entries, err)
	}
}

// The stop button says where a study, images and tuning can go on, whatever of it is kept.
func TestStopSaysWhere(t *testing.T) {
	for name, want := range map[string]struct{ when, say, where string }{
		"study":  {"fit 2 of ", "; run the cell again to go on", ""},
		"images": {" of 32 images", "; run the cell again to go on", "insilico"},
		"tuning": {" Gabors", "; run the cell again to go on", "insilico"},
	} {
		path := copied(t)
		if name == "study" {
			path = filepath.Join(t.TempDir(), "study")
		}
		p := start(t, name, path)
		p.says(t, want.when)
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		p.ends(t, 0)
		if !strings.Contains(p.said, want.say) || !strings.Contains(p.said, filepath.Join(path, want.where)) {
			t.Errorf("%s: %s", name, p.said)
		}
		if name == "study" {
			if w, writing, err := runfolder.WriterOf(filepath.Join(path, "equivariant-2-seed1")); err != nil || writing || w.PID != 0 {
				t.Errorf("the fit's folder is held by %v (%v)", w, err)
			}
		}
	}
}
