package peers_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/kernels/peers"
	"v1lab/kernels/v1labhome"
)

func TestEnsureFindsWhatIsThere(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv(v1labhome.OfflineEnv, "1")
	t.Setenv("CXX", "true") // any program: nothing is compiled here
	if _, err := peers.Ensure(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), v1labhome.OfflineEnv) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with the mend", err)
	}
	dir, err := peers.Dir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := peers.Ensure(t.Context(), io.Discard); err == nil { // an empty folder is damaged, and mending it needs a network
		t.Error("an empty folder counts as complete")
	}
	pretend(t, dir)
	if got, err := peers.Ensure(t.Context(), io.Discard); err != nil || got != filepath.Join(dir, "bin", "python") {
		t.Errorf("found %s, %v", got, err)
	}
}

// pretend fills a folder with what is looked for in an environment: its Python, and each pinned package's list of files.
func pretend(t *testing.T, dir string) {
	t.Helper()
	pins, err := os.ReadFile("requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(dir, ".complete"), filepath.Join(dir, "bin", "python")}
	for _, pin := range regexp.MustCompile(`(?m)^([A-Za-z0-9._-]+)==(\S+)`).FindAllStringSubmatch(string(pins), -1) {
		files = append(files, filepath.Join(dir, "lib", "python3.11", "site-packages", pin[1]+"-"+pin[2]+".dist-info", "RECORD"))
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCompiler(t *testing.T) {
	t.Setenv("CXX", "no-such-compiler")
	if _, err := peers.Compiler(); err == nil || !strings.Contains(err.Error(), "no-such-compiler") || !strings.Contains(err.Error(), "apt install g++") {
		t.Errorf("error %v", err)
	}
	t.Setenv("CXX", "")
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if path, err := peers.Compiler(); err == nil {
		t.Errorf("found %s where there is none", path)
	}
	if err := os.WriteFile(filepath.Join(bin, "clang++"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path, err := peers.Compiler(); err != nil || path != filepath.Join(bin, "clang++") {
		t.Errorf("found %s, %v", path, err)
	}
}

// A program that was linked with two libraries of CUDA, with and without versions of their symbols, starts when they are gone and
// something stands in.
func TestStubs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib", "python3.11", "site-packages", "torch", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	compiler, err := exec.LookPath(cmp.Or(os.Getenv("CC"), "gcc")) // what stands in is C, and tests ask for no C++
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	compile := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	versions := write("versions", "libcufake.so.1 { global: *; };")
	compile("-x", "c", "-shared", "-fPIC", "-Wl,-soname,libcufake.so.1", "-Wl,--version-script="+versions, "-o", filepath.Join(lib, "libcufake.so.1"),
		write("fake.c", "int cufakeOne(void) { return 40; } int cufakeTwo(void) { return 2; }"))
	compile("-x", "c", "-shared", "-fPIC", "-Wl,-soname,libncclfake.so.2", "-o", filepath.Join(lib, "libncclfake.so.2"), write("plain.c", "int ncclFake(void) { return 0; }"))
	compile("-x", "c", "-shared", "-fPIC", "-Wl,-rpath,$ORIGIN", "-o", filepath.Join(lib, "libuser.so"), write("user.c",
		"int cufakeOne(void), cufakeTwo(void), ncclFake(void); int (*address)(void) = ncclFake; int user(void) { return cufakeOne() + cufakeTwo() + address(); }"),
		"-x", "none", filepath.Join(lib, "libcufake.so.1"), filepath.Join(lib, "libncclfake.so.2"))
	program := filepath.Join(dir, "program")
	compile("-x", "c", "-Wl,-rpath,"+lib, "-o", program, write("program.c", "int user(void); int main(void) { return user(); }"), "-x", "none", filepath.Join(lib, "libuser.so"),
		filepath.Join(lib, "libcufake.so.1"), filepath.Join(lib, "libncclfake.so.2"))
	status := func() int {
		cmd := exec.Command(program)
		cmd.Run() //nolint:errcheck // the status says it
		return cmd.ProcessState.ExitCode()
	}
	if got := status(); got != 42 {
		t.Fatalf("with its libraries the program ends with %d, want 42", got)
	}
	for _, name := range []string{"libcufake.so.1", "libncclfake.so.2"} {
		if err := os.Remove(filepath.Join(lib, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := peers.InstallStubs(t.Context(), compiler, dir); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != 3 { // each of the three functions gives the number of an error, 1
		t.Errorf("with stubs the program ends with %d, want 3", got)
	}
	if err := peers.InstallStubs(t.Context(), compiler, t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no PyTorch") {
		t.Errorf("error %v", err)
	}
}

func Example() {
	compiler := os.Getenv("CXX")
	os.Setenv("CXX", "true")         //nolint:errcheck // a good name, of any program: nothing is compiled here
	defer os.Setenv("CXX", compiler) //nolint:errcheck // a good name; empty is as good as unset
	before := os.Getenv(v1labhome.OfflineEnv)
	os.Setenv(v1labhome.OfflineEnv, "1")                     //nolint:errcheck // a good name
	defer os.Setenv(v1labhome.OfflineEnv, before)            //nolint:errcheck // a good name
	_, err := peers.Ensure(context.Background(), io.Discard) // an interpreter that has torch and jax, if it was installed before
	fmt.Println(err == nil || strings.Contains(err.Error(), "V1LAB_OFFLINE is set"))
	// Output: true
}
