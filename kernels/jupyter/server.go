package jupyter

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels/v1labhome"
)

//go:embed settings.py
var settingsScript string

// Address is where JupyterLab's configuration files make it listen, and whether it asks for a token or password.
type Address struct {
	IP      string
	Port    int // first port that it tries
	Guarded bool
}

// Configured returns the address at which [Lab] would listen, given the configuration files in V1LAB_HOME and of the machine, such as /etc/jupyter.
func Configured(ctx context.Context) (Address, error) {
	python, err := Python()
	if err != nil {
		return Address{}, err
	}
	cmd := exec.CommandContext(ctx, python, "-I", "-c", settingsScript)
	if cmd.Env, err = settings(); err != nil {
		return Address{}, err
	}
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return Address{}, fmt.Errorf("settings of JupyterLab: %w: %s", err, lastLine(messages.String()))
	}
	var a Address
	if err := json.Unmarshal(out, &a); err != nil {
		return a, fmt.Errorf("settings of JupyterLab: %w", err)
	}
	return a, nil
}

// Server is a running JupyterLab that [Lab] started.
type Server struct {
	URL     string // without the token
	Port    int
	PID     int
	Guarded bool // it refuses requests without a token or password
}

// Running returns the servers of this user whose temporary folders are in this process's temporary folder.
func Running(ctx context.Context) []Server {
	files, _ := v1labhome.Glob(os.TempDir(), "v1lab-"+v1labhome.ForSession+"-*/"+runtimeName+"/jpserver-*.json") //nolint:errcheck // a fixed pattern
	var servers []Server
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // another user's, or ended meanwhile
		}
		var s struct {
			URL  string `json:"url"`
			Port int    `json:"port"`
			PID  int    `json:"pid"`
		}
		if json.Unmarshal(data, &s) != nil || s.PID <= 0 || syscall.Kill(s.PID, 0) != nil {
			continue
		}
		servers = append(servers, Server{URL: s.URL, Port: s.Port, PID: s.PID, Guarded: !answersWithoutToken(ctx, s.URL)})
	}
	return servers
}

// answersWithoutToken reports whether a server answers a request that needs a token or password without one.
func answersWithoutToken(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"api/status", nil)
	if err != nil {
		return false
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	reply.Body.Close() //nolint:errcheck // only the status matters
	return reply.StatusCode == http.StatusOK
}
