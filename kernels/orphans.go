package kernels

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels/v1labhome"
)

// Process is a running process of a kernel.
type Process struct {
	PID     int
	Name    string   // gonb, gopls, cell or engine, or what a cell or a shell line started
	Args    []string // its command line
	parent  int
	session int
	temp    string // its kernel's temporary folder, for what a cell or a shell line started
}

// cell is the name of the program that gonb compiles from a cell.
const cell = "cell"

// engine is the name of the process that computes for cells, and the verb by which it runs.
const engine = "engine"

// Orphans returns processes of kernels that use this V1LAB_HOME: gonb processes whose connection file is gone, gopls processes and cells
// whose gonb is gone or an orphan, engines whose kernel is gone, and what cells and shell lines of a kernel started that is gone. Fits in the background have a session of their own
// and are none. It needs /proc; on other systems it returns none.
func Orphans() []Process {
	base, err := v1labhome.Dir()
	if err != nil {
		return nil
	}
	all := map[int]Process{}
	links, _ := filepath.Glob("/proc/[0-9]*/exe") //nolint:errcheck // a fixed pattern
	for _, link := range links {
		exe, err := os.Readlink(link)
		if err != nil {
			continue
		}
		dir := filepath.Dir(link)
		name, temp := strings.TrimSuffix(filepath.Base(exe), " (deleted)"), ""
		switch {
		case strings.HasPrefix(exe, filepath.Join(base, "tools-")):
		case environ(dir, v1labhome.Env) != base:
			continue
		case strings.HasPrefix(name, "gonb_"):
			name = cell
		case strings.HasPrefix(exe, filepath.Join(base, "bin", "v1lab-")) && slices.Contains(arguments(dir), engine):
			name = engine
		case !strings.HasPrefix(exe, base+string(filepath.Separator)) && v1labhome.OfKernel(environ(dir, "TMPDIR")):
			temp = environ(dir, "TMPDIR")
		default:
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir)) //nolint:errcheck // digits by the pattern
		p := Process{PID: pid, Name: name, Args: arguments(dir), temp: temp}
		stat, _ := os.ReadFile(filepath.Join(dir, "stat")) //nolint:errcheck // ended meanwhile
		if i := strings.LastIndexByte(string(stat), ')'); i >= 0 {
			if fields := strings.Fields(string(stat[i+1:])); len(fields) > 3 {
				p.parent, _ = strconv.Atoi(fields[1])  //nolint:errcheck // the kernel's format
				p.session, _ = strconv.Atoi(fields[3]) //nolint:errcheck // the kernel's format
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
	inUse := map[string]bool{} // temporary folders of kernels that live
	for _, p := range all {
		if p.Name == "gonb" && !lost(p) {
			inUse[environ(filepath.Join("/proc", strconv.Itoa(p.PID)), "TMPDIR")] = true
		}
	}
	for _, p := range all {
		parent, has := all[p.parent]
		if p.temp != "" {
			_, err := os.Stat(filepath.Join("/proc", strconv.Itoa(p.session))) // Jupyter's kernels lead the session of their processes
			if errors.Is(err, os.ErrNotExist) && !inUse[p.temp] {
				found = append(found, p)
			}
			continue
		}
		if p.Name == engine && !servesKernel(p, all) || p.Name == "gonb" && lost(p) || slices.Contains([]string{"gopls", cell}, p.Name) && (!has || parent.Name != "gonb" || lost(parent)) {
			found = append(found, p)
		}
	}
	return found
}

// servesKernel reports whether the kernel of an engine is alive.
func servesKernel(p Process, all map[int]Process) bool {
	i := slices.Index(p.Args, "--kernel")
	if i < 0 || i+1 >= len(p.Args) {
		return false
	}
	pid, _ := strconv.Atoi(p.Args[i+1]) //nolint:errcheck // no kernel has number 0
	return all[pid].Name == "gonb"
}

// arguments returns the command line of the process with a folder in /proc.
func arguments(proc string) []string {
	line, _ := os.ReadFile(filepath.Join(proc, "cmdline")) //nolint:errcheck // ended meanwhile
	return strings.Split(string(line), "\x00")
}

// environ returns an environment variable of the process with a folder in /proc.
func environ(proc, key string) string {
	data, _ := os.ReadFile(filepath.Join(proc, "environ")) //nolint:errcheck // another user's, or ended meanwhile
	for kv := range strings.SplitSeq(string(data), "\x00") {
		if value, ok := strings.CutPrefix(kv, key+"="); ok {
			return value
		}
	}
	return ""
}

// patience is how long an orphan may take to end by itself.
const patience = 3 * time.Second

// Clean ends what [Orphans] returns, deletes what [v1labhome.Leftovers] returns, and says what it removed. It interrupts cells, so that a
// fit in a cell is saved. It does not touch what running kernels, sessions and setups use.
func Clean() (removed []string, err error) {
	orphans := Orphans()
	for _, p := range orphans {
		signal := syscall.SIGTERM
		if p.Name == cell {
			signal = syscall.SIGINT
		}
		if killErr := syscall.Kill(p.PID, signal); killErr != nil && !errors.Is(killErr, syscall.ESRCH) {
			err = errors.Join(err, fmt.Errorf("process %d (%s): %w", p.PID, p.Name, killErr))
			continue
		}
		removed = append(removed, fmt.Sprintf("process %d (%s)", p.PID, p.Name))
	}
	for end := time.Now().Add(patience); time.Now().Before(end) && slices.ContainsFunc(orphans, Process.lives); {
		time.Sleep(20 * time.Millisecond)
	}
	dirs, sweepErr := v1labhome.RemoveLeftovers()
	return append(removed, dirs...), errors.Join(err, sweepErr)
}

// lives reports whether a process still has open files, among them its lock.
func (p Process) lives() bool {
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.PID), "fd"))
	return err == nil && len(files) > 0
}
