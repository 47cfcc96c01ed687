package tracking

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Attach sends files to the run on the server, as artefacts with the names that make gives them, such as figures/loss.png. The run must have been sent with
// Send. What the server has is noted in the folder: make is not called if it has all, and what was sent is not sent again. While another process sends the
// folder, Attach does nothing.
func (s *Server) Attach(ctx context.Context, path string, make func() (map[string][]byte, error)) error {
	unlock, err := lockOf(path)
	if errors.Is(err, errSending) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	all, err := readSent(path)
	if err != nil {
		return err
	}
	st := all.Servers[s.String()]
	if st == nil || st.Run == "" {
		return fmt.Errorf("tracking %s: the run is not on %s yet; accepted: one that was sent", path, s)
	}
	if st.Attached {
		return nil
	}
	files, err := make()
	if err != nil {
		return err
	}
	root, err := s.artefacts(ctx, st.Run)
	if err != nil {
		return fmt.Errorf("tracking %s: %w", path, err)
	}
	if st.Files == nil {
		st.Files = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := fmt.Sprintf("%x", sha256.Sum256(files[name]))
		if st.Files[name] == sum {
			continue
		}
		if err := s.put(ctx, root+"/"+(&url.URL{Path: name}).EscapedPath(), files[name]); err != nil {
			return fmt.Errorf("tracking %s: %w", path, err)
		}
		st.Files[name] = sum
		if err := all.write(path); err != nil {
			return err
		}
	}
	st.Attached = true
	return all.write(path)
}

// artefacts returns where the server takes files of a run.
func (s *Server) artefacts(ctx context.Context, run string) (string, error) {
	var found struct {
		Run struct {
			Info struct {
				URI string `json:"artifact_uri"`
			} `json:"info"`
		} `json:"run"`
	}
	if err := s.call(ctx, http.MethodGet, "runs/get", map[string]any{"run_id": run}, &found); err != nil {
		return "", err
	}
	u, err := url.Parse(found.Run.Info.URI)
	if err != nil || u.Scheme != "mlflow-artifacts" || strings.Trim(u.Path, "/") == "" {
		return "", fmt.Errorf("%s keeps artefacts at %q; accepted: a server that takes files itself, as mlflow server --artifacts-destination makes one", s, found.Run.Info.URI)
	}
	return strings.Trim(u.EscapedPath(), "/"), nil
}
