package execache_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/v1labhome"
)

// child tells the test binary to be a process that compiles.
const child = "EXECACHE_CHILD"

// outcome is what such a process prints.
type outcome struct {
	Bits   []uint32
	Counts execache.Counts
}

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	o, err := steps()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// steps compiles a program that takes a while and calls it three times, each time handing over its argument's memory.
func steps() (outcome, error) {
	backend, err := pjrt.Backend(context.Background(), "xla:cpu", io.Discard)
	if err != nil {
		return outcome{}, err
	}
	defer backend.Finalize()
	program, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		y := x
		for range 2 {
			y = graph.Tanh(graph.Sub(graph.Dot(y, graph.Transpose(y, 0, 1)).Product(), graph.ReduceAndKeep(y, graph.ReduceSum, 0)))
			y = graph.Log1P(graph.Exp(graph.CumSum(y, 1)))
		}
		return graph.Add(x, graph.Gradient(graph.ReduceAllSum(graph.Square(y)), x)[0])
	})
	if err != nil {
		return outcome{}, err
	}
	start := make([]float32, 16*16)
	for i := range start {
		start[i] = float32(math.Sin(float64(i))) / 16
	}
	x := tensors.FromFlatDataAndDimensions(start, 16, 16)
	for range 3 {
		given, err := graph.DonateTensorBuffer(x, backend, 0)
		if err != nil {
			return outcome{}, err
		}
		if x, err = program.Call1(given); err != nil {
			return outcome{}, err
		}
	}
	values, err := tensors.CopyFlatData[float32](x)
	o := outcome{Counts: execache.Counted()}
	for _, v := range values {
		o.Bits = append(o.Bits, math.Float32bits(v))
	}
	return o, err
}

// plugin is the path of the CPU plugin, which is in another home than those of the tests.
var plugin = sync.OnceValues(func() (string, error) {
	p, err := pjrt.Ensure(context.Background(), pjrt.CPU, os.Stderr)
	return p.Path, err
})

// process runs steps in a process of its own.
func process(t *testing.T, dir string, env ...string) outcome {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes that compile")
	}
	o, err := run(t.Context(), dir, env...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func run(ctx context.Context, dir string, env ...string) (o outcome, err error) {
	path, err := plugin()
	if err != nil {
		return o, err
	}
	var out, log bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Stdout, cmd.Stderr = &out, &log
	cmd.Env = append(os.Environ(), child+"=1", v1labhome.Env+"="+dir, pjrt.FromEnv+"="+path, execache.Env+"=")
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); err != nil {
		return o, fmt.Errorf("%w: %s", err, log.String())
	}
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		return o, err
	}
	if len(o.Bits) != 16*16 || math.IsNaN(float64(math.Float32frombits(o.Bits[0]))) {
		return o, fmt.Errorf("%d results: %v", len(o.Bits), o.Bits)
	}
	return o, nil
}

// compiled checks that a process read no program.
func compiled(t *testing.T, o outcome) {
	t.Helper()
	if o.Counts.Loaded != 0 || o.Counts.Compiled == 0 || o.Counts.Compiling <= 0 {
		t.Errorf("%+v, want a program compiled, none loaded", o.Counts)
	}
}

// loaded checks that a process read its program.
func loaded(t *testing.T, o outcome) {
	t.Helper()
	if o.Counts.Loaded != 1 || o.Counts.Loading <= 0 {
		t.Errorf("%+v, want one program loaded", o.Counts)
	}
}

// kept lists the programs of a home.
func kept(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "executables", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSecondProcessLoads(t *testing.T) {
	dir := t.TempDir()
	first := process(t, dir)
	compiled(t, first)
	if files := kept(t, dir); len(files) != 1 {
		t.Fatalf("kept %v, want one file", files)
	}
	for range 2 {
		second := process(t, dir)
		loaded(t, second)
		if !slices.Equal(first.Bits, second.Bits) {
			t.Error("the program that was read computes other bits than the one that was compiled")
		}
	}
	t.Setenv(v1labhome.Env, dir)
	t.Setenv(execache.Env, "")
	if u, err := execache.Usage(); u.Programs != 1 || u.Size < 1000 || u.Untrusted != 0 || err != nil {
		t.Errorf("usage %+v, %v; want 1 program of some thousand bytes", u, err)
	}
}

// A program is machine code: it is not run if others may have written it.
func TestProgramsOfOthersAreNotRun(t *testing.T) {
	dir := t.TempDir()
	compiled(t, process(t, dir))
	file := kept(t, dir)[0]
	if err := os.Chmod(file, 0o664); err != nil {
		t.Fatal(err)
	}
	t.Setenv(v1labhome.Env, dir)
	t.Setenv(execache.Env, "")
	if u, err := execache.Usage(); u.Untrusted != 1 || err != nil {
		t.Errorf("usage %+v, %v; want 1 untrusted", u, err)
	}
	compiled(t, process(t, dir)) // and replaces the file
	loaded(t, process(t, dir))
	if os.Geteuid() == 0 {
		if err := os.Lchown(file, 2001, 2001); err != nil {
			t.Fatal(err)
		}
		compiled(t, process(t, dir))
	}
}

func TestOtherMachinesCompile(t *testing.T) {
	dir := t.TempDir()
	compiled(t, process(t, dir))
	compiled(t, process(t, dir, "NPROC=1"))
	compiled(t, process(t, dir, "XLA_FLAGS=--xla_backend_optimization_level=1"))
	if files := kept(t, dir); len(files) != 3 {
		t.Errorf("kept %v, want three files", files)
	}
	loaded(t, process(t, dir, "NPROC=1"))
}

func TestTwoAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes that compile")
	}
	dir := t.TempDir()
	var both [2]outcome
	var errs [2]error
	var wait sync.WaitGroup
	for i := range both {
		wait.Go(func() { both[i], errs[i] = run(t.Context(), dir) })
	}
	wait.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	third := process(t, dir)
	loaded(t, third)
	for _, o := range both {
		if !slices.Equal(o.Bits, third.Bits) {
			t.Error("results differ")
		}
	}
	if files := kept(t, dir); len(files) != 1 {
		t.Errorf("kept %v, want one file", files)
	}
}

func TestDamagedFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	want := process(t, dir)
	file := kept(t, dir)[0]
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(sound)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string][]byte{"truncated": sound[:len(sound)/2], "one bit": flipped, "foreign": []byte(strings.Repeat("x", 5000))} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			o := process(t, dir)
			compiled(t, o)
			if !slices.Equal(o.Bits, want.Bits) {
				t.Error("results differ")
			}
			if again, err := os.ReadFile(file); err != nil || len(again) != len(sound) {
				t.Errorf("file of %d bytes, %v; want it written anew, %d bytes", len(again), err, len(sound))
			}
		})
	}
	t.Run("of another program", func(t *testing.T) {
		process(t, dir, "NPROC=1")
		files := kept(t, dir)
		other := files[1-slices.Index(files, file)]
		if err := os.Rename(other, file); err != nil {
			t.Fatal(err)
		}
		compiled(t, process(t, dir))
	})
}

func TestOff(t *testing.T) {
	dir := t.TempDir()
	o := process(t, dir, execache.Env+"=1")
	if o.Counts != (execache.Counts{}) || len(kept(t, dir)) != 0 {
		t.Errorf("%+v and files %v, want none", o.Counts, kept(t, dir))
	}
	if !slices.Equal(o.Bits, process(t, dir).Bits) {
		t.Error("results differ with the cache on")
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "executables"), nil, 0o444); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		compiled(t, process(t, dir))
	}
}

func TestLongestUnusedGoFirst(t *testing.T) {
	dir := t.TempDir()
	name := func(c string) string { return filepath.Join(dir, strings.Repeat(c, 64)+".xla") }
	foreign, half, fresh := filepath.Join(dir, "note.txt"), filepath.Join(dir, ".a.xla123"), filepath.Join(dir, ".b.xla456")
	for path, age := range map[string]time.Duration{name("a"): 3, name("b"): 1, name("c"): 2, name("d"): 4, foreign: 9, half: 2, fresh: 0} {
		if err := os.WriteFile(path, make([]byte, 100), 0o644); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age * time.Hour)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	execache.Trim(dir, 250)
	var left []string
	for _, path := range []string{name("a"), name("b"), name("c"), name("d"), foreign, half, fresh} {
		if _, err := os.Stat(path); err == nil {
			left = append(left, path)
		}
	}
	if want := []string{name("b"), name("c"), foreign, fresh}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
}
