package main

import (
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/v1labhome"
)

// The list names licences and pages; a model comes from a server, verified, and is kept; without a network a line says so.
func TestZoo(t *testing.T) {
	list := works(t, "zoo", "list")
	for _, want := range []string{"sensorium-sota", "sensorium-p-ln", "https://github.com/sinzlab/sensorium"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in\n%s", want, list)
		}
	}
	about := works(t, "zoo", "list", "sensorium-sota")
	for _, want := range []string{"MIT", "v1lab import torch --checkpoint FILE.pth", "c433fed25f234724fd9adf0cef3c260a2068b1fa", "sha256:7a87989732c3", "not published as such"} {
		if !strings.Contains(about, want) {
			t.Errorf("no %q in\n%s", want, about)
		}
	}
	if about := works(t, "zoo", "list", "sensorium-ln"); !strings.Contains(about, "hash: not published") {
		t.Errorf("%s", about)
	}
	registry, requests := publish(t, "not published")
	dir := filepath.Join(t.TempDir(), "zoo")
	get := []string{"zoo", "get", "ours", "--registry", registry, "--out", dir}
	if out := works(t, get...); !strings.HasPrefix(out, filepath.Join(dir, "rec.npz")+"\n") || *requests != 2 {
		t.Errorf("%q after %d requests", out, *requests)
	}
	result, names := keys(t, works(t, append(get, "--json")...))
	equal(t, "zoo get --json", names, "name", "folder", "read", "page", "licence", "files")
	if len(result["files"].([]any)) != 2 || *requests != 2 {
		t.Errorf("%v after %d requests", result, *requests)
	}
	damaged, _ := publish(t, "sha256:"+strings.Repeat("0", 64))
	if status, stdout, stderr := v1lab("zoo", "get", "ours", "--registry", damaged, "--out", filepath.Join(t.TempDir(), "zoo")); status != failed || stdout != "" || !strings.Contains(stderr, "what the server sent is wrong") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if status, _, stderr := v1lab("zoo", "get", "sensorium-sotta"); status != wrongUse || !strings.Contains(stderr, `no entry "sensorium-sotta", did you mean "sensorium-sota"?`) {
		t.Errorf("status %d: %s", status, stderr)
	}
	t.Setenv(v1labhome.OfflineEnv, "1")
	if status, _, stderr := v1lab("zoo", "get", "sensorium-sota"); status != failed || stderr != "v1lab zoo get: no network: V1LAB_OFFLINE is set; unset it to fetch, or see https://github.com/sinzlab/sensorium\n" {
		t.Errorf("status %d: %s", status, stderr)
	}
}
