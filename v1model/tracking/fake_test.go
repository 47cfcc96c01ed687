package tracking_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fake stands in for an MLflow server: what it keeps, and how it fails. The test of the real server is TestServer.
type fake struct {
	*httptest.Server
	mu          sync.Mutex
	experiments map[string]string
	runs        []*fakeRun
	calls       []string
	authorised  string // last Authorization header

	down   bool            // every call fails
	losing map[string]bool // calls that are done, but whose answer is lost

	files   map[string]string // artefacts, by path
	refused string            // path that is not taken
	store   string            // where artefacts are kept; empty: by the server
}

type fakeRun struct {
	Experiment, Name, Status string
	Start, End               float64
	Params, Tags             map[string]string
	Metrics                  map[string]any // by key, step and time
}

func newFake(t *testing.T) *fake {
	f := &fake{experiments: map[string]string{}, losing: map[string]bool{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := strings.TrimPrefix(r.URL.Path, "/api/2.0/mlflow/")
	f.calls, f.authorised = append(f.calls, call), r.Header.Get("Authorization")
	if f.down {
		http.Error(w, "<html>out of order</html>", http.StatusServiceUnavailable)
		return
	}
	if at, ok := strings.CutPrefix(call, "/api/2.0/mlflow-artifacts/artifacts/"); ok && r.Method == http.MethodPut {
		content, err := io.ReadAll(r.Body)
		if err != nil || strings.HasSuffix(at, f.refused) && f.refused != "" {
			http.Error(w, "no room", http.StatusInsufficientStorage)
			return
		}
		if f.files == nil {
			f.files = map[string]string{}
		}
		f.files[at] += string(content)
		fmt.Fprint(w, "{}") //nolint:errcheck // a test
		return
	}
	var in struct {
		Name, Filter, Status string
		Experiment           string  `json:"experiment_id"`
		ID                   string  `json:"run_id"`
		RunName              string  `json:"run_name"`
		Start                float64 `json:"start_time"`
		End                  float64 `json:"end_time"`
		Params, Tags         []struct{ Key, Value string }
		Metrics              []struct {
			Key             string
			Value           any
			Timestamp, Step float64
		}
	}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	var run *fakeRun
	if in.ID != "" {
		var i int
		fmt.Sscanf(in.ID, "run%d", &i) //nolint:errcheck // 0 then
		run = f.runs[i]
		for _, p := range in.Params {
			if old, there := run.Params[p.Key]; there && old != p.Value {
				http.Error(w, `{"error_code":"INVALID_PARAMETER_VALUE","message":"changed"}`, http.StatusBadRequest)
				return
			}
			run.Params[p.Key] = p.Value
		}
		for _, tag := range in.Tags {
			run.Tags[tag.Key] = tag.Value
		}
	}
	var out any = map[string]any{}
	switch call {
	case "experiments/get-by-name":
		name := r.URL.Query().Get("experiment_name")
		id, there := f.experiments[name]
		if !there {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"none"}`) //nolint:errcheck // a test
			return
		}
		out = map[string]any{"experiment": map[string]any{"experiment_id": id, "lifecycle_stage": map[bool]string{true: "deleted", false: "active"}[id == "gone"]}}
	case "experiments/create":
		f.experiments[in.Name] = fmt.Sprint(len(f.experiments) + 1)
		out = map[string]any{"experiment_id": f.experiments[in.Name]}
	case "runs/search":
		found := []any{}
		for i, r := range f.runs {
			if in.Filter == fmt.Sprintf("tags.`v1lab.mark` = '%s'", r.Tags["v1lab.mark"]) {
				found = append(found, map[string]any{"info": map[string]any{"run_id": fmt.Sprintf("run%d", i)}})
			}
		}
		out = map[string]any{"runs": found}
	case "runs/create":
		r := &fakeRun{Experiment: in.Experiment, Name: in.RunName, Status: "RUNNING", Start: in.Start, Params: map[string]string{}, Tags: map[string]string{}, Metrics: map[string]any{}}
		for _, tag := range in.Tags {
			r.Tags[tag.Key] = tag.Value
		}
		f.runs = append(f.runs, r)
		out = map[string]any{"run": map[string]any{"info": map[string]any{"run_id": fmt.Sprintf("run%d", len(f.runs)-1)}}}
	case "runs/get":
		uri := cmp.Or(f.store, "mlflow-artifacts:") + "/1/" + r.URL.Query().Get("run_id") + "/artifacts"
		out = map[string]any{"run": map[string]any{"info": map[string]any{"artifact_uri": uri}}}
	case "runs/log-batch":
		for _, m := range in.Metrics {
			run.Metrics[fmt.Sprintf("%s %v %v", m.Key, m.Step, m.Timestamp)] = m.Value
		}
	case "runs/update":
		run.Status, run.End = in.Status, in.End
	default:
		http.NotFound(w, r)
		return
	}
	if f.losing[call] {
		f.losing[call] = false
		panic(http.ErrAbortHandler) // the connection breaks
	}
	json.NewEncoder(w).Encode(out) //nolint:errcheck // a test
}

// steps lists the steps at which a run has a metric, by the number of values there.
func (r *fakeRun) steps(key string) map[string]int {
	found := map[string]int{}
	for name := range r.Metrics {
		if words := strings.Fields(name); words[0] == key {
			found[words[1]]++
		}
	}
	return found
}
