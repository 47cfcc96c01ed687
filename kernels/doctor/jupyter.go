package doctor

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gomlx/compute"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

func environment(ctx context.Context) Check {
	path, err := jupyter.Python()
	if errors.Is(err, jupyter.ErrPreparing) {
		return bad(err, wait)
	}
	if err != nil {
		return bad(err, prepare)
	}
	dir := filepath.Dir(filepath.Dir(path))
	if err := jupyter.Check(); err != nil {
		return bad(fmt.Sprintf("%s is damaged: %v", dir, err), prepare)
	}
	if err := jupyter.Verify(); err != nil { // what setup does not look for, as that takes seconds
		return bad(fmt.Sprintf("%s is damaged: %v", dir, err), "rm -r "+dir+"; then "+prepare)
	}
	const script = `import importlib.metadata as m, jupyter_client, zmq; print(", ".join(p + " " + m.version(p) for p in ("jupyterlab", "nbclient", "nbconvert")))`
	out, err := exec.CommandContext(ctx, path, "-I", "-c", script).CombinedOutput()
	if err != nil {
		lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
		return bad(fmt.Sprintf("%s does not work: %v %s", dir, err, lines[len(lines)-1]), "rm -r "+dir+"; then "+prepare)
	}
	return good("%s in %s", bytes.TrimSpace(out), dir)
}

// server reports where JupyterLab listens, or will listen, and whether it asks for its token. It never shows the token itself.
func server(ctx context.Context) Check {
	if _, err := jupyter.Python(); err != nil {
		return bad("not examined: "+nameJupyter+" must be repaired first", prepare)
	}
	a, err := jupyter.Configured(ctx)
	if err != nil {
		return bad(err, prepare)
	}
	base, err := v1labhome.Dir()
	if err != nil {
		return bad(err, "set "+v1labhome.Env)
	}
	config := filepath.Join(base, "jupyter", "config")
	address := net.JoinHostPort(a.IP, strconv.Itoa(a.Port))
	if !a.Guarded {
		return bad("JupyterLab is set to let in, at "+address+", whoever comes: no token, no password", "take the empty token out of jupyter_server_config or jupyter_lab_config in "+config+" or /etc/jupyter")
	}
	var notes []string
	running := jupyter.Running(ctx)
	for _, s := range running {
		if !s.Guarded {
			return bad(fmt.Sprintf("the JupyterLab at %s lets in whoever comes: no token, no password", s.URL), fmt.Sprintf("kill %d; then v1lab lab", s.PID))
		}
		notes = append(notes, fmt.Sprintf("one runs at %s and asks for its token", s.URL))
	}
	switch ip := net.ParseIP(a.IP); {
	case a.IP != "localhost" && (ip == nil || !ip.IsLoopback()):
		notes = append(notes, "other machines reach it: the settings say so")
	default:
		place := address
		if a.IP == "localhost" { // which a hosts file may lack; JupyterLab listens here then
			place = net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port))
		}
		listener, err := net.Listen("tcp", place)
		switch {
		case err == nil:
			listener.Close() //nolint:errcheck // nothing was sent
		case !errors.Is(err, syscall.EADDRINUSE):
			return bad(fmt.Sprintf("JupyterLab cannot listen at %s: %v", address, err), "choose another port: v1lab lab -- --port=8889")
		case len(running) == 0:
			notes = append(notes, "another program has this port: JupyterLab takes the next free one")
		}
	}
	return good("%s", strings.Join(append([]string{"port " + address + ", token on"}, notes...), "; "))
}

func specs(ctx context.Context) Check {
	found, err := kernels.List(ctx)
	if err != nil {
		return bad(err, "v1lab kernel install")
	}
	var names []string
	for _, spec := range found {
		if spec.Broken != "" {
			install := "v1lab kernel install --name " + spec.Name
			if backend := spec.Env[compute.ConfigEnvVar]; backend != "" {
				install += " --backend " + backend
			}
			return bad(fmt.Sprintf("kernel %s in %s %s", spec.Name, spec.Dir, spec.Broken), install+", or v1lab kernel remove "+spec.Name)
		}
		text := spec.Name + " in " + spec.Dir
		if spec.ShadowedBy != "" {
			text += " (Jupyter takes the one in " + spec.ShadowedBy + ")"
		}
		names = append(names, text)
	}
	if len(names) == 0 {
		return good("none; v1lab lab needs none, v1lab kernel install adds one to your own Jupyter")
	}
	return good("%s", strings.Join(names, ", "))
}

// cell is the test cell: XLA compiles and computes a sum of squares.
//
//go:embed cell.txt
var cell string

// answer begins the cell's output.
const answer = "sum of squares 14 on "

// trialLimit applies to the start of the kernel and to its cell.
const trialLimit = 30 * time.Second

func (e *examination) kernel(ctx context.Context, checks []Check) Check {
	if first := failed(checks, nameGo, nameFolder, nameTemporary, namePlugin, nameTools, nameModules, nameCache, nameJupyter); len(first) > 0 {
		return bad("not tried because of problems with "+strings.Join(first, ", "), "repair those first")
	}
	p, err := jupyter.Probe(ctx, e.options.Binary, cell, trialLimit)
	if err != nil {
		return bad(err, "v1lab doctor --clean; then "+prepare)
	}
	_, device, ok := strings.Cut(p.Output, answer)
	if !ok {
		return bad(fmt.Sprintf("a cell ended without its result: %.200q", p.Output), prepare)
	}
	device, _, _ = strings.Cut(device, "\n")
	return good("starts in %.1f s; a cell takes %.1f s on %s", p.Start.Seconds(), p.Cell.Seconds(), device)
}
