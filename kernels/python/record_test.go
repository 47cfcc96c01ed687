package python_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// environment writes what pip leaves of two packages, one of them for every platform.
func environment(t *testing.T) (e python.Environment, dir string) {
	t.Helper()
	t.Setenv(v1labhome.Env, t.TempDir())
	e = python.Environment{Name: "test", Requirements: "some.pkg==1.2 \\\n    --hash=sha256:0\nother==3 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"}
	dir, err := e.Dir()
	if err != nil {
		t.Fatal(err)
	}
	site := "lib/python3.11/site-packages/"
	for name, text := range map[string]string{"bin/python": "", "bin/tool": "12345", site + "pkg/a.py": "1234567890", site + "some_pkg-1.2.dist-info/RECORD": strings.Join([]string{
		"pkg/a.py,sha256=x3Xnt1ft5jDNCqERO9ECZhqziCnKUqZCKreChi8mhkY,10", `"pkg/b,c.py",,0`, "pkg/__pycache__/a.cpython-311.pyc,,", "../../../bin/tool,,5", "../../../share/jupyter/kernels/python3/kernel.json,sha256=x,9",
		"some_pkg-1.2.dist-info/RECORD,,", ""}, "\n"), site + "pkg/b,c.py": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return e, dir
}

func TestCheck(t *testing.T) {
	const site = "lib/python3.11/site-packages/"
	for name, test := range map[string]struct {
		harm func(dir string) error
		want string
	}{
		"whole": {func(string) error { return nil }, ""},
		"a file grew": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, site, "pkg/a.py"), make([]byte, 11), 0o644)
		}, ""},
		"file gone":    {func(dir string) error { return os.Remove(filepath.Join(dir, site, "pkg/b,c.py")) }, "pkg/b,c.py is gone"},
		"script gone":  {func(dir string) error { return os.Remove(filepath.Join(dir, "bin/tool")) }, "bin/tool is gone"},
		"file cut":     {func(dir string) error { return os.Truncate(filepath.Join(dir, site, "pkg/a.py"), 3) }, "pkg/a.py has 3 bytes of 10"},
		"package gone": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, site, "some_pkg-1.2.dist-info")) }, "package some.pkg-1.2 is gone"},
		"Python gone":  {func(dir string) error { return os.Remove(filepath.Join(dir, "bin/python")) }, "no Python in it"},
		"library gone": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "lib")) }, "package some.pkg-1.2 is gone"},
		"damaged lists": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, site, "some_pkg-1.2.dist-info/RECORD"), []byte("pkg/a.py\n"), 0o644)
		}, "RECORD"},
	} {
		t.Run(name, func(t *testing.T) {
			e, dir := environment(t)
			if err := test.harm(dir); err != nil {
				t.Fatal(err)
			}
			err := e.Check(dir)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestVerify: a changed byte is found, what was added at the end is none, and Check finds neither.
func TestVerify(t *testing.T) {
	e, dir := environment(t)
	path := filepath.Join(dir, "lib/python3.11/site-packages/pkg/a.py")
	for text, want := range map[string]string{"1234567890": "", "1234567890 and more": "", "1234567891": "a.py has changed since it was installed", "123": "a.py has 3 bytes of 10"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		site := filepath.Dir(filepath.Dir(path))
		for name, err := range map[string]error{"Verify": e.Verify(dir), "VerifyPackage": python.VerifyPackage(site, "some.pkg-1.2")} {
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %q: error %v, want %q", name, text, err, want)
			}
		}
	}
	if err := python.VerifyPackage(dir, "none-1"); err == nil || !strings.Contains(err.Error(), "package none-1 is gone") {
		t.Errorf("no such package: %v", err)
	}
}

// TestEnsureMends: a damaged environment is made again, here as far as the first thing that is missing for it.
func TestEnsureMends(t *testing.T) {
	e, dir := environment(t)
	if err := os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(v1labhome.OfflineEnv, "1")
	var log strings.Builder
	if _, err := e.Ensure(t.Context(), &log); err != nil || log.Len() > 0 {
		t.Errorf("whole: %v, %q", err, log.String())
	}
	if err := os.Remove(filepath.Join(dir, "bin/tool")); err != nil {
		t.Fatal(err)
	}
	_, err := e.Ensure(t.Context(), &log)
	if want := fmt.Sprintf("%s is damaged (file %s is gone): making it again\n", dir, filepath.Join(dir, "bin/tool")); err == nil || !strings.Contains(err.Error(), v1labhome.OfflineEnv) || log.String() != want {
		t.Errorf("damaged: %v, %q; want %q", err, log.String(), want)
	}
}
