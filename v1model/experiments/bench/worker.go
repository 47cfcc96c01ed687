package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// System is a program to measure. It speaks the protocol of Serve on its standard input and output.
type System struct {
	Name string
	Args []string // of its process, the program first
	Env  []string // added to ours
	Cold []string // added to start without compiled programs
}

// Ours is the name of our own system in reports.
const Ours = "v1lab"

// worker is a system's process. It does one job at a time and sleeps between them.
type worker struct {
	system System
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
	began  time.Time
	once   sync.Once // of end

	loaded answer // what it said when it loaded
}

// startWorker starts a system's process. It caches compiled programs for later processes in the folder cache.
func startWorker(ctx context.Context, s System, cache string) (*worker, error) {
	w := &worker{system: s, cmd: exec.CommandContext(ctx, s.Args[0], s.Args[1:]...), stderr: &tail{}, began: time.Now()}
	w.cmd.Env = append(os.Environ(), append([]string{
		"TORCHINDUCTOR_CACHE_DIR=" + filepath.Join(cache, "torch"), "JAX_COMPILATION_CACHE_DIR=" + filepath.Join(cache, "jax"),
		"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0"}, s.Env...)...)
	w.cmd.Stderr = w.stderr
	w.cmd.WaitDelay = 5 * time.Second
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	w.out = bufio.NewReader(out)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return w, nil
}

// do sends a job and waits for the answer. An error has the system's name and the last line that its process wrote.
func (w *worker) do(j job) (answer, error) {
	var a answer
	line, err := json.Marshal(j)
	if err != nil {
		return a, err
	}
	if _, err = w.in.Write(append(line, '\n')); err == nil {
		line, err = w.out.ReadBytes('\n')
	}
	if err != nil {
		w.close() // afterwards stderr is complete
		return a, fmt.Errorf("%s: %s: the process ended: %s", w.system.Name, j.Do, w.stderr.last())
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("%s: %s: answered %.80q", w.system.Name, j.Do, line)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s: %s", w.system.Name, j.Do, a.Error)
	}
	return a, nil
}

// peak returns the largest resident memory of the process so far, in bytes; 0 if the operating system does not tell.
func (w *worker) peak() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kB << 10
			}
		}
	}
	return 0
}

// ticks is how many units of /proc/PID/stat a second has, on every architecture of Linux that Go supports.
const ticks = 100

// processor returns the processor seconds of the process so far, of all its threads; 0 if the operating system does not tell.
func (w *worker) processor() float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the program's name, in brackets, may have spaces
	used := 0.0
	for i := 11; i <= 12 && i < len(fields); i++ { // utime and stime, fields 14 and 15 of all
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return 0
		}
		used += v / ticks
	}
	return used
}

// close ends the process by closing its input, and waits. It may be called more than once.
func (w *worker) close() { w.once.Do(w.end) }

func (w *worker) end() {
	_ = w.in.Close()
	ended := make(chan error, 1)
	go func() { ended <- w.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		_ = w.cmd.Process.Kill()
		<-ended
	}
}

// workers are the processes of several systems with the same problem loaded.
type workers []*worker

// startWorkers starts systems one after another and loads a problem in each.
func startWorkers(ctx context.Context, systems []System, problem, cache string) (c workers, err error) {
	for _, s := range systems {
		w, err := startWorker(ctx, s, cache)
		if err != nil {
			c.stop()
			return nil, err
		}
		c = append(c, w)
		a, err := w.do(job{Do: doLoad, Folder: problem})
		if err != nil {
			c.stop()
			return nil, err
		}
		w.loaded = a
	}
	return c, nil
}

// stop ends all processes.
func (c workers) stop() {
	for _, w := range c {
		w.close()
	}
}

// tail keeps the end of a process's output.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if most := 16 << 10; len(t.text) > most {
		t.text = t.text[len(t.text)-most:]
	}
	return len(p), nil
}

// last returns the last non-empty line.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := bytes.TrimSpace(t.text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
