package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels"
)

func TestKernelInstallListRemove(t *testing.T) {
	prefix := t.TempDir()
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "mine")
	if out := works(t, "kernel", "install", "--prefix", prefix, "--name", "mine", "--binary", os.Args[0], "--env", "GOMAXPROCS=2"); out != dir+"\n" {
		t.Errorf("installed to %q, want %q", out, dir)
	}
	var specs []kernels.Spec
	if err := json.Unmarshal([]byte(works(t, "kernel", "list", "--prefix", prefix, "--json")), &specs); err != nil {
		t.Fatal(err)
	}
	if len(specs) == 0 || specs[0].Name != "mine" || specs[0].Dir != dir || specs[0].Env["GOMAXPROCS"] != "2" || !strings.HasSuffix(strings.Join(specs[0].Argv, " "), "kernel run {connection_file}") {
		t.Errorf("%+v", specs)
	}
	if list := works(t, "kernel", "list", "--prefix", prefix); !strings.Contains(list, "mine ") {
		t.Errorf("%s", list)
	}
	works(t, "kernel", "remove", "mine", "--prefix", prefix)
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
	fails(t, failed, []string{"kernel", "remove", "mine", "--prefix", prefix}, `"mine"`)
	fails(t, failed, []string{"kernel", "run", "/nowhere/c.json"}, "/nowhere/c.json", "v1lab lab")
}
