package tensorboard_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/v1model"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking/tensorboard"
)

func begun(t *testing.T, path string, settings ...string) *runfolder.Folder {
	t.Helper()
	config, err := v1model.Load("quickstart", settings...)
	if err != nil {
		t.Fatal(err)
	}
	data := runfolder.Dataset{Version: runfolder.Version, Spec: "simulated:", Shape: v1model.Shape{Height: 24, Width: 24, Channels: 1, Neurons: 3}}
	run, err := runfolder.Create(path, config, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() }) //nolint:errcheck // a test
	return run
}

func validate(t *testing.T, run *runfolder.Folder, steps ...int) {
	t.Helper()
	for _, step := range steps {
		if err := run.AppendMetric(runfolder.Metric{Step: step, Stage: 1, TrainLoss: 2, ValLoss: 3.5, Seconds: float64(step) / 10}); err != nil {
			t.Fatal(err)
		}
	}
}

func update(t *testing.T, dir string, run *runfolder.Folder) (path string, content []byte) {
	t.Helper()
	path, err := tensorboard.Update(dir, run)
	if err != nil {
		t.Fatal(err)
	}
	if content, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, content
}

// masked is written from the description of the format, apart from the package.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return ((crc >> 15) | (crc << 17)) + 0xa282ead8
}

// The file is records of a length, its checksum, data and their checksum; the first event says the version, each other has its step and its scalars.
// V1LAB_TEST_MLFLOW=1 lets TensorBoard read it (package tracking).
func TestEvents(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), crc32.MakeTable(crc32.Castagnoli)); got != 0xe3069283 {
		t.Fatalf("CRC32C %x", got) // the polynomial's published check value
	}
	run := begun(t, filepath.Join(t.TempDir(), "first"))
	validate(t, run, 50, 300)
	path, content := update(t, t.TempDir(), run)
	if filepath.Base(filepath.Dir(path)) != "first" || !strings.Contains(filepath.Base(path), "tfevents") {
		t.Errorf("file %s", path)
	}
	var events [][]byte
	for rest := content; len(rest) > 0; {
		n := binary.LittleEndian.Uint64(rest)
		if binary.LittleEndian.Uint32(rest[8:]) != masked(rest[:8]) || binary.LittleEndian.Uint32(rest[12+n:]) != masked(rest[12:12+n]) {
			t.Fatalf("checksum of event %d", len(events))
		}
		events, rest = append(events, rest[12:12+n]), rest[16+n:]
	}
	if len(events) != 3 || !bytes.Contains(events[0], []byte("\x1a\x0dbrain.Event:2")) {
		t.Fatalf("%d events, first %q", len(events), events[0])
	}
	if !bytes.Contains(events[1], []byte("\x10\x32")) || !bytes.Contains(events[2], []byte("\x10\xac\x02")) { // field 2: 50, 300
		t.Errorf("steps of %q, %q", events[1], events[2])
	}
	if !bytes.Contains(events[1], []byte("\x0a\x0floss/validation\x15\x00\x00\x60\x40")) { // tag, then 3.5 as float32
		t.Errorf("scalars of %q", events[1])
	}
}

// Validations are added to what is there, each once, wherever a kill had cut the file.
func TestCutAnywhere(t *testing.T) {
	run, dir := begun(t, filepath.Join(t.TempDir(), "cut")), t.TempDir()
	validate(t, run, 10, 20)
	path, before := update(t, dir, run)
	if _, again := update(t, dir, run); !bytes.Equal(before, again) {
		t.Fatal("an update without news changed the file")
	}
	validate(t, run, 30)
	_, whole := update(t, dir, run)
	if !bytes.HasPrefix(whole, before) || len(whole) == len(before) {
		t.Fatal("what was there was not kept")
	}
	head := 16 + int(binary.LittleEndian.Uint64(whole))
	for cut := head; cut < len(whole); cut += 7 {
		for _, rubbish := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
			if err := os.WriteFile(path, append(whole[:cut:cut], rubbish...), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, got := update(t, dir, run); !bytes.Equal(got, whole) {
				t.Fatalf("cut at %d of %d: %d bytes differ", cut, len(whole), len(got))
			}
		}
	}
}

func TestBadEventFiles(t *testing.T) {
	dir, runs := t.TempDir(), t.TempDir()
	first := begun(t, filepath.Join(runs, "a", "same"))
	validate(t, first, 10)
	update(t, dir, first)
	second := begun(t, filepath.Join(runs, "b", "same"), "fit.seed=2")
	if _, err := tensorboard.Update(dir, second); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("another run of that name: %v", err)
	}
	if err := os.WriteFile(filepath.Join(runs, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tensorboard.Update(filepath.Join(runs, "file"), first); err == nil || !strings.Contains(err.Error(), "event file") {
		t.Errorf("a file in place of the folder: %v", err)
	}
	first.Config.Fit.MaxSteps *= 2 // a fit that goes on is the same run
	if _, err := tensorboard.Update(dir, first); err != nil {
		t.Error(err)
	}
}
