package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/golden"
	"v1lab/v1model/runfolder"
)

const goldenCheckpoint = "../../v1model/tfcheckpoint/testdata/tf_checkpoint"

// reference is how to ask for the model that the checkpoint was saved from.
var reference = []string{"import", "tf", "--config", "ecker2019-n16", "--set", "core.filter_sizes=7,5,5", "--set", "core.features=3,2,4"}

func with(args []string, more ...string) []string { return append(slices.Clone(args), more...) }

// importedRun is the reference checkpoint as a run.
func importedRun(t *testing.T) string {
	t.Helper()
	run := filepath.Join(t.TempDir(), "deep", "run")
	if stdout := works(t, with(reference, "--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--out", run)...); !strings.HasPrefix(stdout, run+": 17 variables of ") || !strings.HasSuffix(stdout, ", 11 neurons\n") {
		t.Errorf("printed %q", stdout)
	}
	return run
}

// The imported run answers as the reference did, and every verb takes it for a run.
func TestImportedRun(t *testing.T) {
	f, run, dir := golden.Open(t, "../../v1model/tfcheckpoint/testdata/tf_checkpoint_expected.npz"), importedRun(t), t.TempDir()
	images, out := filepath.Join(dir, "images.npy"), filepath.Join(dir, "rates.npy")
	if err := array.WriteNPY(images, f.Float32("images")); err != nil {
		t.Fatal(err)
	}
	works(t, "predict", "--run", run, "--images", images, "--out", out)
	rates, err := array.ReadNPY(out)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "predictions", rates.Data.([]float32), f.Float32("predictions").Data.([]float32), golden.Value)

	weights := filepath.Join(dir, "weights.npz")
	works(t, "export", "--run", run, "--out", weights)
	exported, err := array.ReadNPZ(weights)
	if err != nil {
		t.Fatal(err)
	}
	if len(exported) != 17 {
		t.Errorf("%d arrays exported, want 17", len(exported))
	}
	for name, a := range exported {
		want := f.Float32("var." + strings.ReplaceAll(name, "/", "."))
		if !slices.Equal(a.Shape, want.Shape) || !slices.Equal(a.Data.([]float32), want.Data.([]float32)) {
			t.Errorf("%s was not exported as it is in the checkpoint", name)
		}
	}

	if stdout := works(t, "features", "--run", run, "--out", filepath.Join(dir, "f.npz")); !strings.Contains(stdout, "11 neurons") {
		t.Errorf("features printed %q", stdout)
	}
	if stdout := works(t, "figures", "--run", run, "--out", filepath.Join(dir, "figures")); !strings.Contains(stdout, "filters.png") || strings.Contains(stdout, "loss") {
		t.Errorf("figures printed %q", stdout)
	}
	if _, stdout, stderr := v1lab("fit", "--resume", "--out", run); !strings.Contains(stdout, "weights from elsewhere") || !strings.Contains(stderr, "is over") {
		t.Errorf("fit --resume: %q, %q", stdout, stderr)
	}
	fails(t, failed, []string{"eval", "--run", run}, run, "imported without", "--data")
	fails(t, failed, []string{"eval", "--run", run, "--data", recording}, run, "imported without")
	fails(t, failed, with(reference, "--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--out", run), run, "exists already")
}

// A run that was imported with its data knows them.
func TestImportWithData(t *testing.T) {
	spec := "simulated:?neurons=11&images=40&val=20&test=10&repeats=3&height=20&width=16"
	run := filepath.Join(t.TempDir(), "run")
	result, names := keys(t, works(t, with(reference, "--checkpoint", goldenCheckpoint, "--data", spec, "--out", run, "--json")...))
	equal(t, "import tf --json", names, "run", "checkpoint", "neurons", "variables", "unmapped")
	if result["neurons"] != 11.0 || len(result["unmapped"].([]any)) != 0 {
		t.Errorf("%v", result)
	}
	folder, err := runfolder.Open(run)
	if err != nil {
		t.Fatal(err)
	}
	if folder.Dataset.Spec != spec || folder.Dataset.Normalisation == nil || folder.Dataset.Fingerprint == "" {
		t.Errorf("%+v", folder.Dataset)
	}
	report, _ := keys(t, works(t, "eval", "--run", run, "--json"))
	if len(report["neurons"].([]any)) != 11 || report["val_loss"] == nil {
		t.Errorf("%v", report)
	}
}

func TestImportRefuses(t *testing.T) {
	dir := t.TempDir()
	// place copies the checkpoint and damages one of its files.
	place := func(name, file string, damage func([]byte) []byte) string {
		to := filepath.Join(dir, name)
		if err := os.CopyFS(to, os.DirFS(goldenCheckpoint)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, file)
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, damage(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return to
	}
	const index, data = "model.ckpt.index", "model.ckpt.data-00000-of-00001"
	half := func(b []byte) []byte { return b[:len(b)/2] }
	flip := func(b []byte) []byte { b[len(b)/3] ^= 4; return b }
	foreign := func([]byte) []byte {
		return []byte("PK\x03\x04 an archive of something else, of some length, no checkpoint")
	}
	pickle, err := os.ReadFile("../../datasets/iclr2019/testdata/data_p2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	pickled := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return "iclr2019:" + path
	}
	ran := filepath.Join(dir, "ran")
	command := fmt.Sprintf("\x80\x02cposix\nsystem\nU%ctouch %s\x85R.", len("touch "+ran), ran)
	out := filepath.Join(dir, "no", "run")
	fails(t, wrongUse, []string{"import", "tf", "--config", "ecker2019-n17", "--out", out, "--checkpoint", goldenCheckpoint, "--image-size", "20x16"}, "v1lab import tf: --config", `"ecker2019-n17"`)
	for name, c := range map[string]struct {
		status int
		args   []string
		parts  []string
	}{
		"missing":          {failed, []string{"--checkpoint", "/nowhere/model.ckpt", "--image-size", "20x16"}, []string{"/nowhere/model.ckpt.index", "no such file"}},
		"index cut":        {failed, []string{"--checkpoint", place("a", index, half), "--image-size", "20x16"}, []string{index, "cut short"}},
		"index flipped":    {failed, []string{"--checkpoint", place("b", index, flip), "--image-size", "20x16"}, []string{index, "damaged"}},
		"index foreign":    {failed, []string{"--checkpoint", place("c", index, foreign), "--image-size", "20x16"}, []string{index, "not the index of a TensorFlow V2 checkpoint"}},
		"data cut":         {failed, []string{"--checkpoint", place("d", data, half), "--image-size", "20x16"}, []string{data, "cut short"}},
		"data flipped":     {failed, []string{"--checkpoint", place("e", data, flip), "--image-size", "20x16"}, []string{data, "damaged", "checksum"}},
		"data foreign":     {failed, []string{"--checkpoint", place("f", data, foreign), "--image-size", "20x16"}, []string{data, "cut short"}},
		"other image size": {failed, []string{"--checkpoint", goldenCheckpoint, "--image-size", "16x20"}, []string{"does not fit the model", "readout/masks has shape [11, 20, 16], the model needs [11, 16, 20]"}},
		"other features":   {failed, []string{"--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--set", "core.features=3,3,4"}, []string{"core/conv2/coeffs has shape"}},
		"other core":       {failed, []string{"--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--set", "core.kind=rotated"}, []string{"missing: core/conv1/weights"}},
		"other neurons":    {failed, []string{"--checkpoint", goldenCheckpoint, "--data", "simulated:?neurons=8&images=4&val=2&test=2&height=20&width=16"}, []string{"readout/biases has shape [11], the model needs [8]"}},
		"other data":       {failed, []string{"--checkpoint", goldenCheckpoint, "--data", "npz:/nowhere.npz"}, []string{"/nowhere.npz"}},
		"pickle cut":       {failed, []string{"--checkpoint", goldenCheckpoint, "--data", pickled("cut.pkl", pickle[:5000])}, []string{"cut.pkl", "cut short"}},
		"pickle foreign":   {failed, []string{"--checkpoint", goldenCheckpoint, "--data", pickled("text.pkl", []byte("no pickle"))}, []string{"text.pkl"}},
		"pickle that acts": {failed, []string{"--checkpoint", goldenCheckpoint, "--data", pickled("act.pkl", []byte(command))}, []string{"act.pkl", "posix.system", "nothing was run"}},
		"no size":          {wrongUse, []string{"--checkpoint", goldenCheckpoint}, []string{"--data", "--image-size"}},
		"both":             {wrongUse, []string{"--checkpoint", goldenCheckpoint, "--data", recording, "--image-size", "20x16"}, []string{"--data", "--image-size"}},
		"bad setting":      {wrongUse, []string{"--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--set", "core.feature=1"}, []string{`"features"`}},
	} {
		fails(t, c.status, with(with(reference, "--out", out), c.args...), append(c.parts, "v1lab import tf: ")...)
		if entries, err := os.ReadDir(filepath.Dir(out)); err == nil {
			t.Errorf("%s: %v was written", name, entries)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the pickle ran a command")
	}
	fails(t, wrongUse, []string{"import", "tf", "--config", "ecker2019-n17", "--checkpoint", goldenCheckpoint, "--image-size", "20x16", "--out", out}, "--config", `"ecker2019-n17"`)
	for _, size := range []string{"20", "20x", "20x0", "20x16x", "20x16x1x1", "-2x3", "ax3", "99999999x3"} {
		fails(t, wrongUse, with(reference, "--out", out, "--checkpoint", goldenCheckpoint, "--image-size="+size), "--image-size "+size, "HxW")
	}
}

func TestExportRefuses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "weights.npz")
	fails(t, failed, []string{"export", "--run", scratch, "--out", out}, scratch, "config.yaml")
	fails(t, wrongUse, []string{"export", "--run", scratch, "--out", "weights.h5"}, `".h5"`, ".npz")
	fails(t, wrongUse, []string{"export", "--run", scratch}, "--out", "--onnx")
	fails(t, wrongUse, []string{"export", "--run", scratch, "--onnx", "model.pb"}, `".pb"`, ".onnx")
	fails(t, wrongUse, []string{"export", "--run", scratch, "--onnx", "model.onnx", "--batch", "0"}, "--batch 0")
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}
