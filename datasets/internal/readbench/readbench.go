package readbench

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// Read benchmarks open, which reads arrays of size bytes, and then the Python program with its arguments. The program must print the seconds
// that reading took. The second benchmark is skipped if Python or a library is missing.
func Read(b *testing.B, size int64, open func() error, program string, args ...string) {
	b.Helper()
	b.Run("v1lab", func(b *testing.B) {
		b.SetBytes(size)
		peak := int64(0)
		for b.Loop() {
			debug.FreeOSMemory()
			_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // resets the peak; otherwise it is that of the whole run
			before := memory("VmRSS")
			if err := open(); err != nil {
				b.Fatal(err)
			}
			peak = max(peak, memory("VmHWM")-before)
		}
		b.ReportMetric(float64(peak)/float64(size), "peak/arrays")
	})
	b.Run("python", func(b *testing.B) {
		seconds := 0.0
		for b.Loop() {
			out, err := exec.Command("python3", append([]string{"-c", program}, args...)...).Output()
			if err != nil {
				var exit *exec.ExitError
				if errors.As(err, &exit) && !bytes.Contains(exit.Stderr, []byte("ModuleNotFoundError")) {
					b.Fatalf("python3: %v: %s", err, exit.Stderr)
				}
				b.Skipf("python3 and its libraries: %v", err)
			}
			v, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
			if err != nil {
				b.Fatalf("python3 printed %q, want seconds", out)
			}
			seconds += v
		}
		seconds /= float64(b.N)
		b.ReportMetric(0, "ns/op") // removed because it includes the start of Python
		b.ReportMetric(seconds, "s/read")
		b.ReportMetric(float64(size)/1e6/seconds, "MB/s")
	})
}

// memory returns a memory field of this process in bytes, 0 if the system does not provide it.
func memory(field string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(field+":")); ok {
			words := strings.Fields(string(rest))
			kB, err := strconv.ParseInt(words[0], 10, 64)
			if err != nil {
				return 0
			}
			return kB << 10
		}
	}
	return 0
}
