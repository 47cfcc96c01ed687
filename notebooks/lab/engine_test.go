package lab_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// engineOf is the process that computes for the cells of a kernel; 0 if there is none.
func engineOf(t *testing.T, kernel int) int {
	t.Helper()
	for _, name := range must(filepath.Glob("/proc/[0-9]*/cmdline"))(t) {
		line, err := os.ReadFile(name)
		args := strings.Split(string(line), "\x00")
		if i := slices.Index(args, "--kernel"); err == nil && i > 1 && args[1] == "engine" && args[i+1] == fmt.Sprint(kernel) {
			return must(strconv.Atoi(filepath.Base(filepath.Dir(name))))(t)
		}
	}
	return 0
}

// Cells of a kernel ask one engine. If it dies the cell says so and has its answer all the same, the stop button ends its work and not the engine, and it
// ends with the kernel, even a killed one. Outputs of a run that has changed since are marked by the next cell. A cell with a package that may register parts of its own computes by itself.
func TestEngineOfAKernel(t *testing.T) {
	privateHome(t)
	dir := t.TempDir()
	n := open(t, dir)
	clusters := fmt.Sprintf("fmt.Println(lab.Open(%q).Cluster(2).K, \"clusters\")", shared())
	n.cell(clusters)
	n.ended("ok", "2 clusters")
	first := engineOf(t, n.pid)
	if first == 0 {
		t.Fatal("no engine has answered")
	}
	n.cell(fmt.Sprintf("lab.Open(%q).MEIs([]int{0, 1, 2}, lab.MEIOptions{MaxSteps: 1_000_000, Patience: 1_000_000})", copied(t)))
	n.shown("of 24 images")
	n.do("interrupt")
	n.ended("ok", "run the cell again to go on")
	if now := engineOf(t, n.pid); now != first {
		t.Errorf("after the stop button the engine is process %d, it was %d", now, first)
	}
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	gone(t, soon, first)
	n.cell(clusters)
	n.ended("ok", "2 clusters")
	second := engineOf(t, n.pid)
	if second == 0 || second == first {
		t.Errorf("the engine is process %d, after %d was killed", second, first)
	}
	changed := copied(t)
	n.cell(fmt.Sprintf("fmt.Println(lab.Open(%q).Cluster(2).K, \"clusters\")", changed))
	n.ended("ok", "2 clusters")
	kill(t, changed, 1)
	n.cell(clusters) // of another run
	n.ended("ok", "made from an older fit")
	n.cell("panic(lab.Open(\"none\"))")
	n.ended("error", "run folder none: no config.yaml there")
	n.do("restart")
	gone(t, soon, second)

	n.cell(clusters)
	n.ended("ok", "2 clusters")
	third := engineOf(t, n.pid)
	n.cell("fmt.Println(\"asleep\")\ntime.Sleep(time.Minute)")
	n.shown("asleep")
	n.kill()
	gone(t, soon, third)

	n = open(t, dir)
	n.cell("_ = formats.Open\n" + clusters)
	n.until("end of the cell", func(e event) bool { return e.Cell != "" })
	if pid := engineOf(t, n.pid); pid != 0 {
		t.Errorf("a cell that imports package formats has asked the engine, process %d", pid)
	}
}
