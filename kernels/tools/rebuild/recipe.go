package rebuild

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// recipe is how the go command compiles and links a cell.
type recipe struct {
	work          string   // its folder of work, with the lists of the compiled packages
	compile, link string   // its commands, for a shell
	packages      []string // by their import paths, the cell's own first
	folders       []string // of packages that may change
	files         []string // beside them
	state         string   // of both
}

// read finds the recipe in what the go command printed with -x. It is not ok if more was done than compiling and linking package main.
func read(log []byte, work string) (*recipe, bool) {
	r := &recipe{work: work}
	for line := range bytes.Lines(log) {
		line := strings.TrimSpace(string(line))
		switch {
		case strings.Contains(line, "/compile -o ") && strings.Contains(line, " -p main "):
			if r.compile != "" || !strings.HasSuffix(line, " ./main.go") || !strings.Contains(line, " -complete ") || strings.Contains(line, " -embedcfg ") {
				return nil, false
			}
			r.compile = line
		case strings.Contains(line, "/link -o $WORK/b001/exe/a.out "):
			if r.link != "" {
				return nil, false
			}
			r.link = line
		}
	}
	if r.compile == "" || r.link == "" {
		return nil, false
	}
	list, err := os.ReadFile(filepath.Join(work, "b001", "importcfg.link"))
	if err != nil {
		return nil, false
	}
	for line := range bytes.Lines(list) {
		if entry, ok := strings.CutPrefix(string(line), "packagefile "); ok {
			name, _, _ := strings.Cut(entry, "=")
			r.packages = append(r.packages, name)
		}
	}
	return r, len(r.packages) > 0 && os.MkdirAll(filepath.Join(work, "b001", "exe"), 0o700) == nil
}

// repeat compiles and links the cell in the folder dir into the program at a path. It is not done if that may be the recipe's fault.
func (r *recipe) repeat(dir, path string) (output []byte, done bool, err error) {
	if output, err = r.run(dir, r.compile); err != nil {
		if !bytes.Contains(output, []byte("./main.go:")) {
			return nil, false, nil
		}
		return append([]byte("# "+r.packages[0]+"\n"), output...), true, err
	}
	if _, err := r.run(dir, r.link); err != nil {
		return nil, false, nil
	}
	return nil, os.Rename(filepath.Join(r.work, "b001", "exe", "a.out"), path) == nil, nil
}

// run runs one of the go command's commands.
func (r *recipe) run(dir, command string) ([]byte, error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WORK="+r.work)
	return cmd.CombinedOutput()
}
