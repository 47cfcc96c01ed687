package rebuild_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/kernels/tools/rebuild"
)

// bench is a cell in a workspace with a module "user" of two packages.
type bench struct {
	*rebuild.Builder
	t      *testing.T
	module string
}

func newBench(t *testing.T) bench {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the go command")
	}
	t.Setenv("GOFLAGS", "-buildvcs=false '-ldflags=-s -linkmode=internal'")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "")
	t.Setenv("TMPDIR", t.TempDir())
	dir, module := t.TempDir(), t.TempDir()
	b := bench{&rebuild.Builder{Dir: dir, Keep: 2}, t, module}
	b.write(module, "go.mod", "module user\n\ngo 1.26\n")
	b.write(module, "inner/inner.go", "package inner\n\nimport _ \"embed\"\n\n//go:embed texts/word.txt\nvar Word string\n")
	b.write(module, "inner/texts/word.txt", "word")
	b.write(module, "outer/outer.go", "package outer\n\nimport \"user/inner\"\n\nfunc Say() string { return \"a \" + inner.Word }\n")
	b.write(dir, "go.mod", "module cell\n\ngo 1.26\n\nreplace user => "+module+"\n") // as gonb writes it
	b.write(dir, "go.work", "go 1.26\n\nuse (\n\t.\n\t"+module+"\n)\n")
	return b
}

func (b bench) write(folder, name, text string) {
	b.t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		b.t.Fatal(err)
	}
	if name != "main.go" {
		time.Sleep(50 * time.Millisecond) // what changes while a cell is built makes no recipe
	}
}

// cell writes a cell that prints outer.Say() and a word.
func (b bench) cell(word string) {
	b.write(b.Dir, "main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"user/outer\"\n)\n\nfunc main() { fmt.Print(outer.Say(), \" "+word+"\") }\n")
}

// is builds and runs the cell and demands what it prints and how it was built.
func (b bench) is(want string, way rebuild.Way) {
	b.t.Helper()
	path := filepath.Join(b.Dir, "program")
	got, output, err := b.Build(path)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, output)
	}
	said, err := exec.Command(path).CombinedOutput()
	if err != nil || string(said) != want {
		b.t.Fatalf("the program says %q (%v), want %q", said, err, want)
	}
	source, err := os.Stat(filepath.Join(b.Dir, "main.go"))
	if err != nil {
		b.t.Fatal(err)
	}
	if built, err := os.Stat(path); err != nil || built.ModTime().Before(source.ModTime()) {
		b.t.Fatalf("%s: the program is older than its source (%v)", want, err)
	}
	if got != way {
		b.t.Fatalf("%s: the program was %s, want %s", want, got, way)
	}
}

// A cell is linked by the known commands, or taken as it is; an edit of anything it depends on shows in the next build.
func TestEditsShow(t *testing.T) {
	b := newBench(t)
	b.cell("one")
	b.is("a word one", rebuild.Built)
	b.is("a word one", rebuild.Kept)
	b.cell("two")
	b.is("a word two", rebuild.Repeated)
	b.cell("one")
	b.is("a word one", rebuild.Kept)

	b.write(b.module, "outer/outer.go", "package outer\n\nimport \"user/inner\"\n\nfunc Say() string { return \"the \" + inner.Word }\n")
	b.is("the word one", rebuild.Built)
	b.cell("two")
	b.is("the word two", rebuild.Repeated)
	b.write(b.module, "inner/texts/word.txt", "text")
	b.is("the text two", rebuild.Built)
	b.write(b.module, "inner/more.go", "package inner\n\nfunc init() { Word += \"s\" }\n")
	b.is("the texts two", rebuild.Built)
	if err := os.Remove(filepath.Join(b.module, "inner", "more.go")); err != nil {
		t.Fatal(err)
	}
	b.is("the text two", rebuild.Built) // as before, so that the go command does not compile it and shows no command
	b.cell("three")
	b.is("the text three", rebuild.Built)

	// The same size and times as before: the time of the change itself cannot be set.
	path := filepath.Join(b.module, "inner", "texts", "word.txt")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b.is("the text three", rebuild.Kept)
	b.write(b.module, "inner/texts/word.txt", "wine")
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	b.is("the wine three", rebuild.Built)
}

// Other imports, settings, flags and files beside the cell are the go command's.
func TestOthersAreBuilt(t *testing.T) {
	b := newBench(t)
	b.cell("one")
	b.is("a word one", rebuild.Built)
	b.write(b.Dir, "main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"user/outer\"\n)\n\nfunc main() { fmt.Fprint(os.Stdout, outer.Say()) }\n")
	b.is("a word", rebuild.Built)
	b.cell("two")
	b.is("a word two", rebuild.Repeated)

	b.write(b.module, "inner/tagged.go", "//go:build loud\n\npackage inner\n\nfunc init() { Word = \"WORD\" }\n")
	b.is("a word two", rebuild.Built)
	t.Setenv("GOFLAGS", "-buildvcs=false -tags=loud")
	b.is("a WORD two", rebuild.Built)
	b.cell("three")
	b.is("a WORD three", rebuild.Repeated)
	t.Setenv("GOFLAGS", "-buildvcs=false '-ldflags=-s -linkmode=internal'")
	b.is("a word three", rebuild.Repeated)

	b.write(b.Dir, "other.go", "package main\n\nimport \"fmt\"\n\nfunc init() { fmt.Print(\"other: \") }\n")
	b.is("other: a word three", rebuild.Built)
	if err := os.Remove(filepath.Join(b.Dir, "other.go")); err != nil {
		t.Fatal(err)
	}
	b.is("a word three", rebuild.Kept)
	b.write(b.Dir, "go.work", "go 1.26\n\nuse (\n\t.\n\t"+b.module+"\n)\n\nreplace other => ./other\n")
	b.is("a word three", rebuild.Built)
	b.is("a word three", rebuild.Built)
}

// Errors are those of the go command, word by word, and leave nothing behind.
func TestErrors(t *testing.T) {
	b := newBench(t)
	path := filepath.Join(b.Dir, "program")
	const body = "package main\n\nimport (\n\t\"fmt\"\n\t\"user/outer\"\n)\n\nfunc main() {\n\tvar unused int\n\tfmt.Print(outer.Say(), undefined)\n\toutput := 1 + \"a\"\n}\n"
	b.write(b.Dir, "main.go", body)
	cmd := exec.Command("go", "build", "-o", path)
	cmd.Dir = b.Dir
	want, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(want), "undefined: undefined") {
		t.Fatalf("found %v: %s", err, want)
	}
	if way, got, err := b.Build(path); err == nil || way != rebuild.Built || string(got) != string(want) {
		t.Errorf("%s, error %v:\n%s\nby the go command:\n%s", way, err, got, want)
	}
	b.cell("one")
	b.is("a word one", rebuild.Built)
	b.write(b.Dir, "main.go", body)
	way, got, err := b.Build(path)
	if err == nil || way != rebuild.Repeated || string(got) != string(want) {
		t.Errorf("%s, error %v:\n%s\nby the go command:\n%s", way, err, got, want)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the earlier program is left: %v", err)
	}
	b.cell("one")
	b.is("a word one", rebuild.Kept)
	// A folder of work that is lost costs a build.
	works, err := filepath.Glob(filepath.Join(os.TempDir(), "go-build*"))
	if err != nil || len(works) != 1 {
		t.Fatalf("folders of work: %v (%v)", works, err)
	}
	if err := os.RemoveAll(works[0]); err != nil {
		t.Fatal(err)
	}
	b.cell("two")
	b.is("a word two", rebuild.Built)
}
