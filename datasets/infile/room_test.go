package infile

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFreeMemory(t *testing.T) {
	const meminfo = "MemTotal:  4000 kB\nMemAvailable:   1000 kB\nSwapFree:  24 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
	}{
		"nothing known":   {nil, math.MaxUint64},
		"machine":         {map[string]string{"proc/meminfo": meminfo}, 1024 * 1024},
		"no limit":        {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/a/memory.max": "max\n"}, 1024 * 1024},
		"container":       {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/memory.max": "5000\n", "sys/memory.current": "3000\n", "sys/memory.stat": "anon 1\ninactive_file 500\n"}, 2500},
		"group":           {map[string]string{"proc/self/cgroup": "1:cpu:/x\n0::/a/b\n", "sys/a/b/memory.max": "5000\n", "sys/a/b/memory.current": "3000\n"}, 2000},
		"above the limit": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/memory.max": "5000\n", "sys/memory.current": "6000\n"}, 0},
	} {
		dir := t.TempDir()
		for file, content := range c.files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := freeMemory(filepath.Join(dir, "proc"), filepath.Join(dir, "sys")); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

func TestRoom(t *testing.T) {
	if err := Room(1 << 20); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		return // not known on this system
	}
	if err := Room(1 << 60); err == nil || !strings.Contains(err.Error(), "needs 1.15e+09 GB of memory, ") {
		t.Error(err)
	}
}
