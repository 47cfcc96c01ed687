package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

func TestDiscriminate(t *testing.T) {
	run := fittedRun(t)
	out, dir := filepath.Join(t.TempDir(), "d.npz"), t.TempDir()
	args := []string{"discriminate", "--run", run, "--k", "2", "--images", "1", "--steps", "5"}
	found, names := keys(t, works(t, append(args, "--json", "--out", out, "--figures", dir)...))
	equal(t, "discriminate --json", names, "k", "correct", "chance", "confusion", "shares", "responses", "assigned", "labels", "out")
	if found["k"] != 2.0 || found["chance"] != 0.5 || len(found["assigned"].([]any)) != 8 || len(found["responses"].([]any)) != 2 {
		t.Errorf("%v", found)
	}
	arrays, err := array.ReadNPZ(out)
	if err != nil || !slices.Equal(arrays["images"].Shape, []int{2, 16, 16}) || !slices.Equal(arrays["recorded_images"].Shape, []int{2, 16, 16}) || !slices.Equal(arrays["rates"].Shape, []int{8, 2}) {
		t.Errorf("%v: %v", err, arrays)
	}
	for _, name := range []string{"discriminative_images.png", "discriminative_choices.svg"} {
		if files, err := filepath.Glob(filepath.Join(dir, name)); err != nil || len(files) != 1 {
			t.Errorf("no figure %s: %v", name, err)
		}
	}
	if text := works(t, args...); !strings.HasPrefix(text, "2 clusters, an image each: ") || strings.Count(text, "\ncluster ") != 2 {
		t.Errorf("%s", text)
	}
	table := filepath.Join(t.TempDir(), "types.csv")
	works(t, "cluster", "--run", run, "--run", alike(t, 1), "--k", "2", "--out", table)
	short := []string{"discriminate", "--run", run, "--images", "1", "--steps", "2"}
	if text := works(t, append(short, "--labels", table, "--column", "cluster")...); !strings.HasPrefix(text, "2 clusters, an image each: ") {
		t.Errorf("%s", text)
	}
	if text := works(t, append(short, "--neurons", "5,0,2")...); !strings.HasPrefix(text, "3 clusters, an image each: ") {
		t.Errorf("%s", text)
	}
	fails(t, wrongUse, append(short, "--neurons", "3"), "--neurons 3: 1 neuron")
	fails(t, wrongUse, append(short, "--neurons", "3,1", "--k", "2"), "--k, --labels and --neurons")
	fails(t, wrongUse, append(short, "--column", "cluster"), "--column: accepted with --labels")
	fails(t, failed, append(short, "--labels", run), run, ".csv or .npz")
	fails(t, failed, append(short, "--labels", table), table, "column consensus: 1 clusters; accepted: 2 or more") // of these runs
	fails(t, wrongUse, append(args, "--temperature", "0"), "--temperature: 0")
	fails(t, wrongUse, append(args, "--norm", "2", "--std", "3"), "--norm and --std")
	fails(t, wrongUse, []string{"discriminate", "--run", run, "--k", "1"}, "--k 1", "from 2")
	fails(t, wrongUse, []string{"discriminate", "--run", run, "--members", "0"}, "--members: 0")
	fails(t, failed, append(args, "--range", "0,1"), "range 0 to 1 does not hold")
}
