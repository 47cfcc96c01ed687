package infile

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Room returns an error if this machine has not as many bytes of memory free, so that a recording that is too large ends in one line instead of
// in the death of the process. It looks at the machine's memory and swap, and at the limit of the control group (a container's) where Linux says
// what they are; elsewhere, and for arrays of little size, it returns nil.
func Room(bytes uint64) error {
	const little = 64 << 20
	if bytes < little {
		return nil
	}
	if free := freeMemory("/proc", "/sys/fs/cgroup"); bytes > free {
		return fmt.Errorf("needs %.3g GB of memory, %.3g GB are free; options of a recording such as neurons and crop apply after it is read", float64(bytes)/1e9, float64(free)/1e9)
	}
	return nil
}

// freeMemory returns the bytes that may still be used, the largest number where that is not known.
func freeMemory(proc, groups string) uint64 {
	free := uint64(math.MaxUint64)
	if m := fields(filepath.Join(proc, "meminfo")); m["MemAvailable:"] > 0 {
		free = 1024 * (m["MemAvailable:"] + m["SwapFree:"])
	}
	own, _ := os.ReadFile(filepath.Join(proc, "self", "cgroup"))
	for line := range strings.Lines(string(own)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "0::") // version 2
		if !ok {
			continue
		}
		folder := filepath.Join(groups, name)
		most, used := number(filepath.Join(folder, "memory.max")), number(filepath.Join(folder, "memory.current"))
		used -= min(used, fields(filepath.Join(folder, "memory.stat"))["inactive_file"]) // of files, given back on demand
		if most > 0 {
			free = min(free, most-min(most, used))
		}
	}
	return free
}

// fields reads lines of a name and a number.
func fields(path string) map[string]uint64 {
	content, _ := os.ReadFile(path) //nolint:errcheck // not there: nothing is known
	values := map[string]uint64{}
	for line := range strings.Lines(string(content)) {
		words := strings.Fields(line)
		if len(words) >= 2 {
			values[words[0]], _ = strconv.ParseUint(words[1], 10, 64) //nolint:errcheck // not a number: 0
		}
	}
	return values
}

// number reads a file of one number, 0 if there is none: a limit may be the word max.
func number(path string) uint64 {
	content, _ := os.ReadFile(path)                                       //nolint:errcheck // not there: nothing is known
	v, _ := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64) //nolint:errcheck // not a number: 0
	return v
}
