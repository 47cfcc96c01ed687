//go:build long

package v1labtest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"v1lab/cmd/v1labtest"
	"v1lab/kernels/v1labhome"
)

// kills returns how many processes TestKills kills.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("V1LAB_TEST_KILLS")
	if text == "" {
		text = "100"
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("V1LAB_TEST_KILLS: %v", err)
	}
	return n
}

// victim is a verb that is killed and started again.
type victim struct {
	share int                       // of 20 kills
	args  func(dir string) []string // also to go on
	env   func(dir string) string
	left  string // the files below dir to compare, a folder
}

// Killed at any moment and started again, as often as it takes, every verb ends with the same files as in one go, to the bit.
func TestKills(t *testing.T) {
	other := filepath.Join(scratch, "other.yaml")
	if err := os.WriteFile(other, []byte(strings.Replace(v1labtest.Tiny, "[2, 2, 2]", "[2, 2, 3]", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(scratch, "fitted")
	works(t, "fit", "--data", recording, "--config", config(), "--out", run)
	all := kills(t)
	for name, v := range map[string]victim{
		"fit": {7, func(dir string) []string {
			args := []string{"fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=600", "--set", "fit.patience=1000", "--out", filepath.Join(dir, "left")}
			if _, err := os.Stat(filepath.Join(dir, "left", "config.yaml")); err == nil {
				args = append(args, "--resume")
			}
			return args
		}, nil, "left"},
		"mei": {5, func(dir string) []string {
			return []string{"mei", "--run", run, "--neurons", "0-3", "--images", "2", "--steps", "150", "--out", filepath.Join(dir, "left", "mei.npz")}
		}, nil, "left"},
		"compare": {5, func(dir string) []string {
			return []string{"compare", "--data", recording, "--presets", config() + "," + other, "--seeds", "2", "--set", "fit.max_steps=100", "--set", "fit.patience=1000", "--out", filepath.Join(dir, "left")}
		}, nil, "left"},
		"setup": {3, func(dir string) []string {
			return []string{"kernel", "install", "--prefix", filepath.Join(dir, "prefix")}
		},
			func(dir string) string { return v1labhome.Env + "=" + filepath.Join(dir, "left") }, "left"},
	} {
		t.Run(name, func(t *testing.T) { v.dies(t, max(1, all*v.share/20)) })
	}
}

func (v victim) start(t *testing.T, dir string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(program(t), v.args(dir)...)
	cmd.Stderr, cmd.Env = &said, os.Environ()
	if v.env != nil {
		cmd.Env = append(cmd.Env, v.env(dir))
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &said
}

func (v victim) unbroken(t *testing.T, dir string) {
	t.Helper()
	cmd, said := v.start(t, dir)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}

func (v victim) dies(t *testing.T, wanted int) {
	fresh := func() string {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "left"), 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	whole := fresh()
	began := time.Now()
	v.unbroken(t, whole)
	took := time.Since(began)
	want := files(t, filepath.Join(whole, v.left))
	killed, runs := 0, 0
	for killed < wanted && !t.Failed() {
		dir := fresh()
		for going := 1 + rand.IntN(4); going > 0; going-- {
			cmd, said := v.start(t, dir)
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("after %d kills: %v: %s", killed, err, said)
				}
				going = 0
			case <-time.After(rand.N(took)):
				_ = cmd.Process.Kill() //nolint:errcheck // it may have ended just now
				if err := <-ended; err != nil {
					killed++
				}
			}
		}
		v.unbroken(t, dir)
		runs++
		if d := cmp.Diff(want, files(t, filepath.Join(dir, v.left))); d != "" {
			t.Errorf("after %d kills, in one go (-) and killed (+) differ:\n%s", killed, d)
		}
		os.RemoveAll(dir) //nolint:errcheck // removed at the end at the latest
	}
	if !t.Failed() {
		t.Logf("%d kills in %d runs of %.1f s; all ended as in one go", killed, runs, took.Seconds())
	}
}

// files returns what is below a folder: the SHA-256 of each file, without times and what names the folder itself.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		base := filepath.Base(name)
		switch {
		case strings.HasSuffix(base, ".lock"), strings.HasSuffix(base, ".pyc"), strings.Contains(name, "executables"), base == "origin.json",
			strings.HasPrefix(base, v1labhome.BinaryTemp), base == "last.npz", strings.HasPrefix(base, "best-"), strings.HasPrefix(base, "figure"), strings.HasSuffix(base, ".log"):
			return nil // locks, logs, what doctor --clean removes, and what holds times
		case base == "metrics.jsonl", base == "result.json":
			content = timeless(t, content)
		}
		if strings.HasPrefix(name, "tools-") { // Go writes the folder that it built in into programs
			all[name] = fmt.Sprintf("%d bytes", len(content))
			return err
		}
		all[name] = fmt.Sprintf("%.6x, %d bytes", sha256.Sum256(content), len(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// timeless removes seconds, and the sums of files that have seconds in them, from lines of JSON.
func timeless(t *testing.T, content []byte) []byte {
	t.Helper()
	var out []byte
	for d := json.NewDecoder(bytes.NewReader(content)); d.More(); {
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		delete(v, "seconds")
		delete(v, "files")
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, text...), '\n')
	}
	return out
}
