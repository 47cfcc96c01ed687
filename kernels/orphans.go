package kernels

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"v1lab/kernels/home"
)

// Process is a running program from V1LAB_HOME.
type Process struct {
	PID    int
	Name   string   // gonb or gopls
	Args   []string // its command line
	parent int
}

// Orphans returns gonb processes whose connection file is gone, and gopls processes whose gonb is
// gone or is such an orphan. It knows /proc only: elsewhere there are none.
func Orphans() []Process {
	base, err := home.Dir()
	if err != nil {
		return nil
	}
	all := map[int]Process{}
	links, _ := filepath.Glob("/proc/[0-9]*/exe") //nolint:errcheck // a fixed pattern
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(exe, filepath.Join(base, "tools-")) {
			continue
		}
		dir := filepath.Dir(link)
		pid, _ := strconv.Atoi(filepath.Base(dir))               //nolint:errcheck // digits by the pattern
		cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline")) //nolint:errcheck // ended meanwhile
		p := Process{PID: pid, Name: strings.TrimSuffix(filepath.Base(exe), " (deleted)"), Args: strings.Split(string(cmdline), "\x00")}
		stat, _ := os.ReadFile(filepath.Join(dir, "stat")) //nolint:errcheck // ended meanwhile
		if i := strings.LastIndexByte(string(stat), ')'); i >= 0 {
			if fields := strings.Fields(string(stat[i+1:])); len(fields) > 1 {
				p.parent, _ = strconv.Atoi(fields[1]) //nolint:errcheck // the kernel's format
			}
		}
		all[pid] = p
	}
	var found []Process
	lost := func(p Process) bool {
		i := slices.Index(p.Args, "--kernel")
		if i < 0 || i+1 >= len(p.Args) {
			return false
		}
		_, err := os.Stat(p.Args[i+1])
		return errors.Is(err, os.ErrNotExist)
	}
	for _, p := range all {
		parent, has := all[p.parent]
		if p.Name == "gonb" && lost(p) || p.Name == "gopls" && (!has || parent.Name != "gonb" || lost(parent)) {
			found = append(found, p)
		}
	}
	return found
}
