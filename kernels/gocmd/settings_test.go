package gocmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// TestUnusableSettings: settings of Go that stop every build are not followed, and named; the others are.
func TestUnusableSettings(t *testing.T) {
	home := t.TempDir()
	t.Setenv("V1LAB_HOME", home)
	usual, err := gocmd.Setting(t.Context(), root(t), "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env           map[string]string
		note          string
		setting, want string
	}{
		"toolchain":   {map[string]string{"GOTOOLCHAIN": "go1.20.1"}, "GOTOOLCHAIN=go1.20.1 is not followed, as it is older than go 1.", "GOTOOLCHAIN", "auto"},
		"newer":       {map[string]string{"GOTOOLCHAIN": "local"}, "", "GOTOOLCHAIN", "local"},
		"root":        {map[string]string{"GOROOT": "/gone/go"}, "GOROOT=/gone/go is not followed, as it has no go command", "", ""},
		"path":        {map[string]string{"GOPATH": "go"}, "GOPATH=go is not followed, as it is no absolute path", "", ""},
		"modules":     {map[string]string{"GOMODCACHE": "mod"}, "GOMODCACHE=mod is not followed", "GOMODCACHE", usual},
		"cache":       {map[string]string{"GOCACHE": "here"}, "GOCACHE=here is not followed", "", ""},
		"own cache":   {map[string]string{"GOCACHE": home}, "", "GOCACHE", home},
		"home":        {map[string]string{"HOME": filepath.Join(file, "me"), "XDG_CACHE_HOME": "", "GOCACHE": "", "GOPATH": "", "GOMODCACHE": usual}, "GOCACHE is " + home + "/go/build, as " + file + "/me/.cache/go-build cannot be written", "GOCACHE", home + "/go/build"},
		"home's path": {map[string]string{"HOME": filepath.Join(file, "me"), "XDG_CACHE_HOME": "", "GOCACHE": "", "GOPATH": "", "GOMODCACHE": ""}, "GOPATH is " + home + "/go/path", "GOMODCACHE", home + "/go/path/pkg/mod"},
		"no home":     {map[string]string{"HOME": "", "XDG_CACHE_HOME": "", "GOCACHE": "", "GOPATH": "go", "GOMODCACHE": ""}, "GOPATH is " + home + "/go/path", "GOMODCACHE", home + "/go/path/pkg/mod"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			notes := strings.Join(gocmd.Ignored(root(t)), "\n")
			if test.note == "" && notes != "" || !strings.Contains(notes, test.note) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			if _, _, err := gocmd.Toolchain(t.Context(), root(t)); err != nil {
				t.Error(err)
			}
			if test.setting != "" {
				if got, err := gocmd.Setting(t.Context(), root(t), test.setting); err != nil || got != test.want {
					t.Errorf("%s is %q, %v; want %q", test.setting, got, err, test.want)
				}
			}
			if entries, err := os.ReadDir(filepath.Join(home, "go")); err == nil {
				t.Errorf("asking made %v", entries)
			}
		})
	}
}

func TestNoGoCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := os.Stat("/usr/local/go/bin/go"); err != nil {
		if _, err := gocmd.Path(); err == nil || !strings.Contains(err.Error(), "not in PATH") {
			t.Errorf("no go command: error %v", err)
		}
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
