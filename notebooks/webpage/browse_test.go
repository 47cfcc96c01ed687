package webpage_test

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/neurons"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// A page with browsers allows their script and no other; one without runs none.
func TestBrowse(t *testing.T) {
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=2")
	if err != nil {
		t.Fatal(err)
	}
	path, backend := filepath.Join(t.TempDir(), "run"), pjrttest.Backend(t)
	if _, _, err := fit.Run(context.Background(), backend, data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	written := func(o webpage.Options) string {
		var b bytes.Buffer
		if err := webpage.Write(&b, backend, []webpage.Run{{Folder: folder, Data: data}}, o); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`)
	with := written(webpage.Options{Browse: true})
	got := strings.ReplaceAll(policy.FindStringSubmatch(with)[1], "&#39;", "'")
	if want := "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '" + neurons.ScriptHash() + "'"; strings.ReplaceAll(got, "&#43;", "+") != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	for want, n := range map[string]int{`<div class="v1lab-neurons"`: 1, "<script": 2, `max="4"`: 1, "neuron 4": 1} {
		if found := strings.Count(with, want); found != n {
			t.Errorf("%d times %s, want %d", found, want, n)
		}
	}
	without := written(webpage.Options{})
	if strings.Contains(without, "<script") || strings.Contains(policy.FindStringSubmatch(without)[1], "script-src") {
		t.Error("a page without browsers runs scripts")
	}
}
