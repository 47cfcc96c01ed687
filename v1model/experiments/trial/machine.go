package trial

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"v1lab/v1model/experiments/bench"
)

// probe opens the device and finds out which flags of XLA its plugin takes: a plugin ends the process that names a flag it does not know.
func (t *trial) probe(ctx context.Context) error {
	problem, err := t.problem(t.Fit)
	if err != nil {
		return err
	}
	opens := func(flags string) (string, error) {
		p, err := bench.Open(ctx, t.Ours(t.Backend, flags), problem, filepath.Join(t.dir, "cache"))
		if err != nil {
			return "", err
		}
		defer p.Close()
		return p.Version(), p.Multiply(256) // flags are read when something is compiled
	}
	device, err := opens("")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.Kept, 0o755); err != nil {
		return err
	}
	m := t.report.Machine
	m.Device, m.Flags, m.Refused, m.GPU = device, "", "", gpu(ctx)
	if _, err := opens(keptFlag + t.Kept); err == nil {
		m.Flags = keptFlag + t.Kept
	} else {
		m.Refused = keptFlag
	}
	if _, err := opens(Deterministic); err != nil {
		m.Refused = strings.TrimSpace(m.Refused + " " + Deterministic)
	}
	if err := ctx.Err(); err != nil { // what was cut short refused nothing
		return err
	}
	t.report.Machine = m
	return nil
}

// processor names the processor.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") //nolint:errcheck // then the architecture has to do
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

const smi = "nvidia-smi"

// gpu is what nvidia-smi says of the first GPU, empty without one.
func gpu(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, smi, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader").Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// watch samples what nvidia-smi says of the first GPU, five times a second, until the returned function is called. Without nvidia-smi that returns nils.
func watch(ctx context.Context) func() (busy *float64, memory *int64) {
	ctx, cancel := context.WithCancel(ctx)
	var lines samples
	cmd := exec.CommandContext(ctx, smi, "--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits", "--loop-ms=200")
	cmd.Stdout = &lines
	err := cmd.Start()
	return func() (*float64, *int64) {
		cancel()
		if err != nil {
			return nil, nil
		}
		_ = cmd.Wait() //nolint:errcheck // it was stopped
		return lines.summary()
	}
}

// samples collects the lines of nvidia-smi.
type samples struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *samples) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// summary returns the mean utilisation, as a share, and the largest memory in bytes; nil where no line told.
func (s *samples) summary() (busy *float64, memory *int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum, n, most := 0.0, 0, int64(0)
	for line := range strings.Lines(s.text.String()) {
		used, bytes, _ := strings.Cut(line, ",")
		percent, err := strconv.ParseFloat(strings.TrimSpace(used), 64)
		if err == nil {
			sum, n = sum+percent/100, n+1
		}
		if mib, err := strconv.ParseInt(strings.TrimSpace(bytes), 10, 64); err == nil {
			most = max(most, mib<<20)
		}
	}
	if n > 0 {
		mean := sum / float64(n)
		busy = &mean
	}
	if most > 0 {
		memory = &most
	}
	return busy, memory
}

// problem writes the problem of a case, once, and returns its folder.
func (t *trial) problem(c bench.Case) (string, error) {
	dir := filepath.Join(t.dir, "problem", c.Name)
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := bench.WriteProblem(dir, c); err != nil {
		return "", fmt.Errorf("%s: %w", c.Name, err)
	}
	return dir, os.WriteFile(done, nil, 0o644)
}
