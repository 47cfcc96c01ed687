package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

// A pruned run has fewer features, those of the old run to the bit, a readout that went on from the old one, and opens like any other.
func TestPrune(t *testing.T) {
	from, out := fittedRun(t), filepath.Join(t.TempDir(), "runs", "pruned")
	report, names := keys(t, works(t, "prune", "--run", from, "--features", "1", "--out", out, "--json"))
	equal(t, "prune --json", names, "run", "out", "features", "kept", "shares", "loss", "loss_now", "constant", "cost", "corr", "corr_now", "steps", "tried")
	kept, shares := report["kept"].([]any), report["shares"].([]any)
	if len(kept) != 1 || len(shares) != 2 || report["features"].(float64) != 2 {
		t.Fatalf("report %v, want 1 of 2 features kept", report)
	}
	k := int(kept[0].(float64))
	if shares[k].(float64) < shares[1-k].(float64) {
		t.Errorf("feature %d was kept, of shares %v", k, shares)
	}
	loss, now, constant := report["loss"].(float64), report["loss_now"].(float64), report["constant"].(float64)
	if cost, want := report["cost"].(float64), (now-loss)/(constant-loss); cost < want-1e-4 || cost > want+1e-4 {
		t.Errorf("cost %g of losses %g, %g now, %g constant; want %g", cost, loss, now, constant, want)
	}
	weights := func(run string) map[string]array.Array {
		all, err := array.ReadNPZ(filepath.Join(run, "best", "weights.npz"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	old, pruned := weights(from), weights(out)
	for _, name := range []string{"core/conv1/coeffs", "core/conv2/BatchNorm/moving_mean", "core/conv3/coeffs"} {
		was, is := old[name].Data.([]float32), pruned[name].Data.([]float32)
		if strings.HasPrefix(name, "core/conv3") {
			var half []float32
			for i := k; i < len(was); i += 2 {
				half = append(half, was[i])
			}
			was = half
		}
		if !slices.Equal(was, is) {
			t.Errorf("%s changed", name)
		}
	}
	if got := pruned["readout/feature_weights"].Shape; !slices.Equal(got, []int{8, 4}) {
		t.Errorf("feature weights %v, want of 8 neurons and 4 orientations", got)
	}
	scores, _ := keys(t, works(t, "eval", "--run", out, "--json"))
	if scores["val_loss"] != report["loss_now"] || scores["test_corr"] != report["corr_now"] {
		t.Errorf("eval: %v and %v, report %v", scores["val_loss"], scores["test_corr"], report)
	}
	works(t, "cluster", "--run", out, "--k", "2")
	text, err := os.ReadFile(filepath.Join(out, "config.yaml"))
	if err != nil || !strings.Contains(string(text), "    run: "+from+"\n") || !strings.Contains(string(text), "    features:\n      - "+strconv.Itoa(k)+"\n") {
		t.Errorf("%v; no run and kept features in\n%s", err, text)
	}
	fails(t, failed, []string{"prune", "--run", out, "--features", "1", "--out", out + "-again"}, "run "+out+": it has 1 feature, and none can be left out")
	left, err := os.ReadDir(filepath.Dir(out))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, left beside the new run: %v", err, left)
	}
}

// With a limit on the cost, the fewest features within it are kept, or nothing is made.
func TestPruneByCost(t *testing.T) {
	from, out := fittedRun(t), filepath.Join(t.TempDir(), "pruned")
	_, one, _ := v1lab("prune", "--run", from, "--features", "1", "--out", out, "--json")
	report, _ := keys(t, one)
	cost := report["cost"].(float64)
	args := []string{"prune", "--run", from, "--out", out + "2", "--loss"}
	if cost <= 1e-6 {
		works(t, append(args, "0.0001%")...)
		return
	}
	fails(t, failed, append(args, "0.0001%"), "leaving out 1 of 2 features costs", "accepted here: at most 0.0001 %")
	if _, err := os.Stat(out + "2"); err == nil {
		t.Error("a run was made that costs too much")
	}
	if cost < 0.99 {
		if text := works(t, append(args, "99%")...); !strings.Contains(text, "1 of 2 features kept: ") || !strings.Contains(text, "test correlation ") {
			t.Errorf("wrote %q", text)
		}
	}
}

func TestPruneIsToldWhatToDo(t *testing.T) {
	run, out := fittedRun(t), filepath.Join(t.TempDir(), "pruned")
	args := []string{"prune", "--run", run, "--out", out}
	fails(t, wrongUse, args, "--features and --loss: one of them is needed")
	fails(t, wrongUse, append(args, "--features", "1", "--loss", "1%"), "not both")
	fails(t, wrongUse, append(args, "--loss", "much"), "--loss much; accepted: a share above 0 and below 1, as in 0.1% or 0.001")
	fails(t, wrongUse, append(args, "--features=-1"), "--features -1; accepted: a number")
	fails(t, failed, append(args, "--features", "2"), "2 features to keep, of 2; accepted: 1 to 1")
	fails(t, failed, []string{"prune", "--run", run, "--out", run, "--features", "1"}, "--out: ", "exists already")
}
