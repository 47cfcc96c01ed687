package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/datasets/array"
)

// publish serves a small recording as rec.npz, and returns a registry that names it and the number of requests so far.
func publish(t *testing.T, hash string) (registry string, requests *int) {
	t.Helper()
	body, err := os.ReadFile(arrays(t, func(map[string]array.Array) {}))
	if err != nil {
		t.Fatal(err)
	}
	requests = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}))
	t.Cleanup(server.Close)
	registry = filepath.Join(t.TempDir(), "registry.yaml")
	text := fmt.Sprintf(`- name: ours
  title: A recording of our own
  page: %[1]s/about
  licence: CC0
  read: npz:rec.npz
  files:
    - {name: rec.npz, url: "%[1]s/get?id=7", size: %[2]d, hash: "%[3]s"}
    - {name: notes.txt, url: "%[1]s/notes", hash: not published}
- {name: hand, title: By hand, page: "%[1]s/hand", licence: not stated, note: ask}
`, server.URL, len(body), hash)
	if err := os.WriteFile(registry, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return registry, requests
}

func TestDataFetch(t *testing.T) {
	registry, requests := publish(t, "not published")
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "rec.npz")
	args := []string{"data", "fetch", "ours", "--registry", registry, "--out", dir, "--file", "rec.*"}
	status, stdout, stderr := v1lab(args...)
	if status != done || stdout != path+"\n" {
		t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	for _, want := range []string{"/about\n", "licence: CC0\n", "rec.npz: 0.1 MB of 0.1 MB\n", "fetched, verified by length\n", "read it as npz:rec.npz\n"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if got, _ := keys(t, works(t, "data", "info", "npz:"+path, "--json")); got["neurons"] != 8.0 {
		t.Errorf("%v", got)
	}
	result, names := keys(t, works(t, append(args, "--json")...))
	equal(t, "data fetch --json", names, "name", "folder", "read", "files")
	file := result["files"].([]any)[0].(map[string]any)
	if file["new"] != false || file["verified"] != "receipt" || file["path"] != path || *requests != 1 {
		t.Errorf("%v after %d requests", file, *requests)
	}
}

func TestDataFetchList(t *testing.T) {
	list := works(t, "data", "fetch", "--list")
	for _, want := range []string{"sensorium2022", "7 files", "cadena2019", "1 file ", "https://gin.g-node.org/cajal/Sensorium2022", "by hand"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in\n%s", want, list)
		}
	}
	about := works(t, "data", "fetch", "cadena2019", "--list")
	for _, want := range []string{"CC BY-NC-ND 4.0", "size not published", "hash: not published", "https://doid.gin.g-node.org/", "cadena2019:FILE"} {
		if !strings.Contains(about, want) {
			t.Errorf("no %q in\n%s", want, about)
		}
	}
	if about := works(t, "data", "fetch", "ecker2019", "--list"); !strings.Contains(about, "none with a published address") {
		t.Errorf("%s", about)
	}
	if set, names := keys(t, works(t, "data", "fetch", "ecker2019", "--list", "--json")); set["name"] != "ecker2019" || len(set["files"].([]any)) != 0 {
		t.Errorf("%v of %v", set, names)
	}
	if all := works(t, "data", "fetch", "--list", "--json"); !strings.HasPrefix(all, `[{"name":"`) {
		t.Errorf("%s", all)
	}
}

func TestDataFetchRefuses(t *testing.T) {
	registry, _ := publish(t, "sha256:"+strings.Repeat("0", 64))
	dir := t.TempDir()
	status, stdout, stderr := v1lab("data", "fetch", "ours", "--registry", registry, "--out", dir, "--file", "rec.npz")
	if status != failed || stdout != "" || !strings.Contains(stderr, "rec.npz: what the server sent is wrong: its sha256 is ") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "rec.npz")); err == nil {
		t.Error("wrong bytes were kept")
	}
	fails(t, wrongUse, []string{"data", "fetch"}, "no data set named; accepted: sensorium2022, ")
	fails(t, wrongUse, []string{"data", "fetch", "sensorium"}, `"sensorium"`, "accepted: sensorium2022, ")
	fails(t, wrongUse, []string{"data", "fetch", "ours", "--registry", registry, "--file", "*.h5"}, "--file", "rec.npz, notes.txt")
	fails(t, failed, []string{"data", "fetch", "ours", "--registry", "/nowhere.yaml"}, "/nowhere.yaml: no such file")

	t.Setenv("V1LAB_OFFLINE", "1")
	fails(t, failed, []string{"data", "fetch", "cadena2019"}, "no network: V1LAB_OFFLINE is set; unset it to fetch, or see https://gin.g-node.org/doi/Cadena_PlosCB19_data")
}

func TestDataFetchWithoutNetwork(t *testing.T) {
	registry, _ := publish(t, "not published")
	text, err := os.ReadFile(registry)
	if err != nil {
		t.Fatal(err)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	lines := strings.Split(string(text), "url: \"http://127.0.0.1:")
	for i := range lines[1:] {
		_, rest, _ := strings.Cut(lines[i+1], "/")
		lines[i+1] = strings.TrimPrefix(closed.URL, "http://127.0.0.1:") + "/" + rest
	}
	if err := os.WriteFile(registry, []byte(strings.Join(lines, "url: \"http://127.0.0.1:")), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	status, _, stderr := v1lab("data", "fetch", "ours", "--registry", registry, "--out", dir)
	last := stderr[strings.LastIndex(strings.TrimSuffix(stderr, "\n"), "\n")+1:]
	if status != failed || !strings.Contains(last, "no network: 127.0.0.1 cannot be reached (") || !strings.Contains(last, "; on a machine with network, get it from http") || !strings.Contains(last, "put it into "+dir) {
		t.Errorf("status %d, %q", status, stderr)
	}
	if status, _, stderr := v1lab("data", "fetch", "hand", "--registry", registry, "--out", dir); status != failed || !strings.Contains(stderr, "no address of its files is published; see http") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// Ctrl-C keeps what came, and the next fetch goes on with it.
func TestDataFetchInterrupted(t *testing.T) {
	registry, requests := publish(t, "not published")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, messages bytes.Buffer
	dir := t.TempDir()
	if status := run(ctx, []string{"data", "fetch", "ours", "--registry", registry, "--out", dir}, &out, &messages); status != failed || !strings.Contains(messages.String(), "interrupted") || *requests != 0 {
		t.Errorf("status %d, %q, %d requests", status, messages.String(), *requests)
	}
	if names := works(t, "data", "fetch", "ours", "--registry", registry, "--out", dir); strings.Count(names, "\n") != 2 {
		t.Errorf("%q", names)
	}
}
