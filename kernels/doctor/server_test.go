package doctor_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/doctor"
	"v1lab/kernels/v1labhome"
)

// TestServer: settings that let strangers in are named, and so are running servers that do; others are told apart, and no token is shown.
func TestServer(t *testing.T) {
	dir := private(t)
	t.Setenv("TMPDIR", t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, test := range []struct {
		config string
		ok     bool
		want   string
	}{
		{`{}`, true, "port localhost:8888, token on"},
		{`{"ServerApp": {"ip": "0.0.0.0", "port": 9999}, "IdentityProvider": {"token": "secret"}}`, true, "port 0.0.0.0:9999, token on; other machines reach it"},
		{`{"ServerApp": {"ip": "127.0.0.1", "port": ` + port + `}}`, true, "another program has this port"},
		{`{"IdentityProvider": {"token": ""}}`, false, "no token, no password"},
		{`{"ServerApp": {"token": "", "password": ""}}`, false, "is set to let in, at localhost:8888, whoever comes"},
		{`{"ServerApp": {"token": "", "password": "argon2:x"}}`, true, "token on"},
	} {
		path := filepath.Join(dir, "jupyter", "config", "jupyter_server_config.json")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(test.config), 0o644); err != nil {
			t.Fatal(err)
		}
		c := byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"Jupyter server"}}), "Jupyter server")
		if c.OK != test.ok || !strings.Contains(c.Detail, test.want) || c.OK == (c.Mend != "") || strings.Contains(c.Detail, "secret") {
			t.Errorf("%s: %+v; want %v with %q", test.config, c, test.ok, test.want)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for guarded, want := range map[bool]string{true: "asks for its token", false: "lets in whoever comes"} {
		lab := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if guarded && r.Header.Get("Authorization") == "" {
				w.WriteHeader(http.StatusForbidden)
			}
		}))
		temp, err := v1labhome.NewTemp(v1labhome.ForSession)
		if err != nil {
			t.Fatal(err)
		}
		about, err := json.Marshal(map[string]any{"url": lab.URL + "/", "port": 1, "pid": os.Getpid(), "token": "secret"})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(temp.Dir, "runtime", fmt.Sprintf("jpserver-%d.json", os.Getpid()))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, about, 0o600); err != nil {
			t.Fatal(err)
		}
		c := byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"Jupyter server"}}), "Jupyter server")
		if c.OK != guarded || !strings.Contains(c.Detail, lab.URL) || !strings.Contains(c.Detail, want) || strings.Contains(c.Detail, "secret") {
			t.Errorf("guarded %v: %+v; want %q", guarded, c, want)
		}
		temp.Remove()
		lab.Close()
	}
}
