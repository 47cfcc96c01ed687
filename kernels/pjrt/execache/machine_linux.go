package execache

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// cpuLines lists the lines of /proc/cpuinfo that determine the instruction set.
var cpuLines = map[string]bool{
	"vendor_id": true, "cpu family": true, "model": true, "model name": true, "stepping": true, "flags": true, // x86
	"Features": true, "CPU implementer": true, "CPU architecture": true, "CPU variant": true, "CPU part": true, // ARM
}

// machine describes what else machine code depends on: the processor, the number of threads among which work is split, and XLA's
// environment variables. Different machines may share V1LAB_HOME.
func machine() ([]string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil, fmt.Errorf("processor: %w", err)
	}
	first, _, _ := strings.Cut(string(info), "\n\n")
	var lines []string
	for line := range strings.Lines(first) {
		if name, _, _ := strings.Cut(line, ":"); cpuLines[strings.TrimSpace(name)] {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("processor: not described in /proc/cpuinfo")
	}
	return append(lines, fmt.Sprint(runtime.NumCPU()), os.Getenv("NPROC"), os.Getenv("XLA_FLAGS")), nil
}

// plugin identifies a plugin without reading all of it.
func plugin(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return []string{path, fmt.Sprint(info.Size()), fmt.Sprint(info.ModTime().UnixNano())}, nil
}
