package lab_test

import (
	"strings"
	"syscall"
	"testing"
)

// A value outlives its cell and its kernel, and is computed anew once anything that it depends on has changed.
func TestKeepOutlivesCellsAndKernels(t *testing.T) {
	privateHome(t)
	dir := t.TempDir()
	n := open(t, dir)
	const twice = "func twice(x int) int { return 2 * x }\n%%\n"
	const use = `n := 3
fmt.Println("value", lab.Keep("six", func() int {
	fmt.Println("working")
	return twice(n)
}, n))`
	run := func(code, want string, works bool) {
		t.Helper()
		n.said = ""
		n.do("run", "code", "import \"v1lab/notebooks/lab\"\n"+code)
		n.ended("ok", want)
		if strings.Contains(n.said, "working") != works {
			t.Errorf("computed: %v, want %v: %s", !works, works, n.said)
		}
	}
	run(twice+use, "value 6", true)
	run("%%\n"+use, "value 6", false)
	run("%%\n"+strings.Replace(use, "n := 3", "n := 4", 1), "value 8", true)
	run(strings.Replace(twice, "2", "3", 1)+use, "value 9", true)
	helpers := children(t, n.pid)
	n.do("kill")
	for _, pid := range helpers {
		_ = syscall.Kill(pid, syscall.SIGTERM) //nolint:errcheck // ended meanwhile
	}
	n = open(t, dir)
	run(twice+use, "value 6", false)
	run(`%%
exe, _ := os.Executable()
future := time.Now().Add(time.Hour)
fmt.Println(os.Chtimes(filepath.Join(filepath.Dir(exe), "main.go"), future, future))
`+use, "value 6", true)
	if edited := "edited while the cell ran, so this value is not kept"; !strings.Contains(n.said, edited) {
		n.shown(edited)
	}
	run("%%\nlab.Forget(\"six\")", "six: 3 stored values removed", false)
	n.cell(strings.Replace(use, "}, n)", "})", 1))
	n.ended("error", "keep \"six\": the function uses n from outside of it; name it among the inputs")
	n.cell(`fmt.Println(lab.Keep("six", func() chan int { return nil }))`)
	n.ended("error", "a value of type chan int cannot be stored")
}
