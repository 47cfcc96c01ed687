package tracking

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Environment variables, those of MLflow's own clients.
const (
	URIEnv        = "MLFLOW_TRACKING_URI"      // address of the server, http or https; empty: nothing is sent
	ExperimentEnv = "MLFLOW_EXPERIMENT_NAME"   // experiment of fits; empty: DefaultExperiment
	userEnv       = "MLFLOW_TRACKING_USERNAME" // for basic authentication
	passwordEnv   = "MLFLOW_TRACKING_PASSWORD"
	tokenEnv      = "MLFLOW_TRACKING_TOKEN" // for bearer authentication
)

// DefaultExperiment is the experiment of fits that name none.
const DefaultExperiment = "v1lab"

// Server is an MLflow tracking server.
type Server struct {
	base                  *url.URL // without user and password
	user, password, token string
	client                *http.Client
}

// FromEnvironment returns the server that MLFLOW_TRACKING_URI names, nil if it is not set.
func FromEnvironment() (*Server, error) {
	uri := os.Getenv(URIEnv)
	if uri == "" {
		return nil, nil //nolint:nilnil // tracking is off
	}
	return NewServer(uri)
}

// NewServer returns the server at an address, http://HOST:PORT/PATH or https. User and password may be in it or in the environment.
func NewServer(uri string) (*Server, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		shown := "no address"
		if err == nil {
			shown = fmt.Sprintf("%q", u.Redacted())
		}
		return nil, fmt.Errorf("%s: %s; accepted: the address of an MLflow server, as http://localhost:5000", URIEnv, shown)
	}
	s := &Server{user: os.Getenv(userEnv), password: os.Getenv(passwordEnv), token: os.Getenv(tokenEnv), client: &http.Client{Timeout: 30 * time.Second}}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
		u.User = nil
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	s.base = u
	return s, nil
}

// String is the address without user and password.
func (s *Server) String() string { return s.base.String() }

// failure is an answer of the server that is no success.
type failure struct {
	status  int
	Code    string `json:"error_code"`
	Message string `json:"message"`
}

func (f *failure) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s %s", f.status, f.Code, strings.Join(strings.Fields(f.Message), " ")))
}

// mostAnswer limits the bytes of an answer that are read.
const mostAnswer = 4 << 20

// call makes a request of the REST interface. in is sent as JSON, by POST, or with GET as the query; the answer is decoded into out, unless that is nil.
func (s *Server) call(ctx context.Context, method, path string, in map[string]any, out any) error {
	to := s.base.String() + "/api/2.0/mlflow/" + path
	var body io.Reader
	if method == http.MethodGet {
		query := url.Values{}
		for key, v := range in {
			query.Set(key, fmt.Sprint(v))
		}
		to += "?" + query.Encode()
	} else {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		body = bytes.NewReader(text)
	}
	return s.request(ctx, method, to, path, "application/json", body, out)
}

// put sends the content of a file.
func (s *Server) put(ctx context.Context, path string, content []byte) error {
	return s.request(ctx, http.MethodPut, s.base.String()+"/api/2.0/mlflow-artifacts/artifacts/"+path, path, "application/octet-stream", bytes.NewReader(content), nil)
}

// request makes a request; path names it in errors.
func (s *Server) request(ctx context.Context, method, to, path, kind string, body io.Reader, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	request.Header.Set("Content-Type", kind)
	switch {
	case s.user != "":
		request.SetBasicAuth(s.user, s.password)
	case s.token != "":
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return err // names the address
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("%s: %s: %w", s, path, err)
	}
	if answer.StatusCode != http.StatusOK {
		f := &failure{status: answer.StatusCode}
		if json.Unmarshal(text, f) != nil {
			f.Message = string(text[:min(len(text), 200)])
		}
		return fmt.Errorf("%s: %s: %w", s, path, f)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: %s: the answer is no JSON of MLflow: %w", s, path, err)
	}
	return nil
}

// experiment returns the id of an experiment, which is made if it is missing.
func (s *Server) experiment(ctx context.Context, name string) (string, error) {
	var found struct {
		Experiment struct {
			ID    string `json:"experiment_id"`
			Stage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	err := s.call(ctx, http.MethodGet, "experiments/get-by-name", map[string]any{"experiment_name": name}, &found)
	if is(err, "RESOURCE_DOES_NOT_EXIST") {
		var made struct {
			ID string `json:"experiment_id"`
		}
		if err = s.call(ctx, http.MethodPost, "experiments/create", map[string]any{"name": name}, &made); is(err, "RESOURCE_ALREADY_EXISTS") { // another fit made it just now
			err = s.call(ctx, http.MethodGet, "experiments/get-by-name", map[string]any{"experiment_name": name}, &found)
		} else if err == nil {
			return made.ID, nil
		}
	}
	if err == nil && found.Experiment.Stage == "deleted" {
		return "", fmt.Errorf("%s: the experiment %q was deleted there; accepted: another %s, or restore it", s, name, ExperimentEnv)
	}
	return found.Experiment.ID, err
}

// Experiment is the experiment that MLFLOW_EXPERIMENT_NAME names, or DefaultExperiment.
func Experiment() string { return cmp.Or(os.Getenv(ExperimentEnv), DefaultExperiment) }
