package tracking_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/python"
	"v1lab/v1model/tracking"
	"v1lab/v1model/tracking/tensorboard"
)

// interpreter is a Python that has mlflow and tensorboard: that of V1LAB_TEST_MLFLOW, if it is a path, or one in V1LAB_HOME with the packages of
// testdata/requirements.txt, which is made once (0.3 GB to download, 0.9 GB on disk).
func interpreter(t *testing.T) string {
	t.Helper()
	asked := os.Getenv("V1LAB_TEST_MLFLOW")
	if asked == "" {
		t.Skip("V1LAB_TEST_MLFLOW=1 starts a server of MLflow; TestSend talks to one that stands in")
	}
	if filepath.IsAbs(asked) {
		return asked
	}
	pins, err := os.ReadFile("testdata/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	path, err := python.Environment{Name: "mlflow", Content: "MLflow and TensorBoard", Size: "0.3 GB, 0.9 GB on disk", Requirements: python.Requirements(pins), MinMinor: 11}.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts mlflow server on a database and returns when it answers. stop ends it.
func serve(t *testing.T, python, dir, address string) (stop func()) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(python, "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///"+filepath.Join(dir, "m.db"), "--artifacts-destination", filepath.Join(dir, "artifacts"),
		"--host", host, "--port", port, "--workers", "1")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(python)+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
		cmd.Wait()                                      //nolint:errcheck // killed
	}
	t.Cleanup(stop)
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if answer, err := http.Get("http://" + address + "/health"); err == nil {
			answer.Body.Close() //nolint:errcheck // a test
			if answer.StatusCode == http.StatusOK {
				return stop
			}
		}
	}
	stop()
	t.Fatalf("the server does not answer: %s", said.String())
	return nil
}

// A server of MLflow has what the run folder has, though it is killed in between.
func TestServer(t *testing.T) {
	py, dir := interpreter(t), t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	get := func(path string, out any) {
		t.Helper()
		answer, err := http.Get("http://" + address + "/api/2.0/mlflow/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // a test
		if err := json.NewDecoder(answer.Body).Decode(out); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
	}
	run := begun(t, "real")
	s, err := tracking.NewServer("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	var o tracking.Options
	send := func() { // a busy machine may take longer than is waited for; then again
		t.Helper()
		var err error
		for range 10 {
			if _, err = s.Send(t.Context(), run.Path, o); err == nil {
				return
			}
		}
		t.Fatal(err)
	}
	o = tracking.Options{Experiment: "a sweep", Tags: map[string]string{"v1lab.draw": "3"}}
	validate(t, run, 10, 20)
	if left, err := s.Send(t.Context(), run.Path, o); err == nil || left != 2 {
		t.Fatalf("%d left, %v, before there is a server", left, err)
	}
	stop := serve(t, py, dir, address)
	send()
	stop()
	validate(t, run, 30)
	if left, err := s.Send(t.Context(), run.Path, o); err == nil || left != 1 {
		t.Fatalf("%d left, %v, while the server is away", left, err)
	}
	validate(t, run, 40)
	finish(t, run)
	serve(t, py, dir, address)
	send()
	send()
	// As if the note of what was sent had not reached the disk: all of it once more.
	note := filepath.Join(run.Path, tracking.File)
	text, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(bytes.Replace(text, []byte(`"step": 40`), []byte(`"step": -1`), 1), []byte(`"FINISHED"`), []byte(`"RUNNING"`), 1)
	text = bytes.Replace(text, []byte(`"described": true`), []byte(`"described": false`), 1)
	if err := os.WriteFile(note, text, 0o600); err != nil {
		t.Fatal(err)
	}
	send()

	// Files are there, in the run, after a send that ended half way and one that was repeated.
	picture := []byte("\x89PNG not really")
	attach := func(make func() (map[string][]byte, error)) {
		t.Helper()
		var err error
		for range 10 {
			if err = s.Attach(t.Context(), run.Path, make); err == nil {
				return
			}
		}
		t.Fatal(err)
	}
	attach(func() (map[string][]byte, error) {
		return map[string][]byte{"figures/loss.png": picture, "figures/no name.png": picture}, nil
	})
	attach(func() (map[string][]byte, error) { return nil, errors.New("they are there") })

	var experiment struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	get("experiments/get-by-name?experiment_name=a%20sweep", &experiment)
	var noted struct {
		Servers map[string]struct{ Run_ID string }
	}
	if err := json.Unmarshal(text, &noted); err != nil {
		t.Fatal(err)
	}
	id := noted.Servers[s.String()].Run_ID
	var got struct {
		Run struct {
			Info struct {
				Status, Experiment_ID, Run_Name string
				Start_Time, End_Time            int64
			}
			Data struct {
				Params, Tags []struct{ Key, Value string }
				Metrics      []struct {
					Key   string
					Value any
				}
			}
		}
	}
	get("runs/get?run_id="+id, &got)
	if info := got.Run.Info; info.Status != "FINISHED" || info.Experiment_ID != experiment.Experiment.ID || info.Run_Name != "real" || info.End_Time-info.Start_Time != 4000 {
		t.Errorf("run %+v of experiment %s", info, experiment.Experiment.ID)
	}
	all := fmt.Sprint(got.Run.Data)
	for _, want := range []string{"{core.features 6,6,8}", "{v1lab.fingerprint abc}", "{v1lab.draw 3}", "{v1lab.folder " + run.Path + "}", "{best_val_loss 60}", "{v1lab.reason converged}"} {
		if !strings.Contains(all, want) {
			t.Errorf("the server has no %s: %s", want, all)
		}
	}
	var listed struct {
		Files []struct {
			Path string
			Size int `json:"file_size"`
		}
	}
	get("artifacts/list?path=figures&run_id="+id, &listed)
	if want := "[{figures/loss.png 15} {figures/no name.png 15}]"; fmt.Sprint(listed.Files) != want {
		t.Errorf("artefacts %v, want %s", listed.Files, want)
	}
	for key, want := range map[string]string{"val_loss": "[{90 10} {80 20} {70 30} {60 40}]", "train_loss": "[{2 10} {2 20} {NaN 30} {2 40}]"} {
		var history struct {
			Metrics []struct {
				Value any
				Step  int64
			}
		}
		get("metrics/get-history?run_id="+id+"&metric_key="+key, &history)
		if fmt.Sprint(history.Metrics) != want {
			t.Errorf("%s: %v, want %s", key, history.Metrics, want)
		}
	}
}

// TensorBoard reads what the event file has.
func TestTensorBoardReads(t *testing.T) {
	py, run, dir := interpreter(t), begun(t, "board"), t.TempDir()
	validate(t, run, 10, 20)
	if _, err := tensorboard.Update(dir, run); err != nil {
		t.Fatal(err)
	}
	validate(t, run, 30)
	path, err := tensorboard.Update(dir, run)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(py, "-c", `import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
e = EventAccumulator(sys.argv[1])
e.Reload()
print(json.dumps({tag: [[s.step, str(s.value)] for s in e.Scalars(tag)] for tag in e.Tags()["scalars"]}))`, filepath.Dir(path)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][][2]any
	if err := json.Unmarshal(bytes.TrimSpace(out[bytes.LastIndex(bytes.TrimSpace(out), []byte("\n"))+1:]), &got); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if want := "[[10 90.0] [20 80.0] [30 70.0]]"; fmt.Sprint(got["loss/validation"]) != want || len(got) != 5 {
		t.Errorf("%v, want loss/validation %s and four more", got, want)
	}
	if want := "[[10 2.0] [20 2.0] [30 nan]]"; fmt.Sprint(got["loss/train"]) != want {
		t.Errorf("loss/train %v, want %s", got["loss/train"], want)
	}
}
