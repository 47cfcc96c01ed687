package gocmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	"v1lab/kernels/v1labhome"
)

// Flags is the GOFLAGS of cells. Linking takes most of a cell's time; Go's own linker without a symbol
// table takes half as long.
const Flags = "-buildvcs=false '-ldflags=-s -linkmode=internal'"

// Path returns the path of the go command: from PATH, otherwise from the place where Go's own archive
// puts it, for servers that are started without the user's PATH.
func Path() (string, error) {
	if path, err := exec.LookPath("go"); err == nil {
		return path, nil
	}
	if path, err := exec.LookPath("/usr/local/go/bin/go"); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("the go command is not in PATH: install Go 1.26 or newer (https://go.dev/dl) or add it to PATH")
}

// Toolchain returns version and GOROOT of the Go that the checkout at root selects. It differs from the
// one in PATH if that is older than go.mod demands. The go command is asked once for each checkout and environment.
func Toolchain(ctx context.Context, root string) (version, goroot string, err error) {
	env := Environ(root)
	key := root + "\x00" + strings.Join(env, "\x00")
	if known, ok := toolchains.Load(key); ok {
		version, goroot, _ = strings.Cut(known.(string), "\n")
		return version, goroot, nil
	}
	out, err := Run(ctx, root, env, "env", "GOVERSION", "GOROOT")
	if err != nil {
		return "", "", err
	}
	out = strings.TrimSpace(out)
	toolchains.Store(key, out)
	version, goroot, _ = strings.Cut(out, "\n")
	return version, goroot, nil
}

// toolchains has the go command's answers of this process, by checkout and environment.
var toolchains sync.Map

// CellEnviron returns the caller's environment with the settings that determine how Go code is compiled, so that tools, the
// warmed cache and cells share it.
func CellEnviron(root string) []string {
	return v1labhome.Environ(Environ(root), map[string]string{"GOFLAGS": Flags, "GOWORK": "", "CGO_ENABLED": "1"}, "GO111MODULE", "GOOS", "GOARCH")
}

// Environ returns the caller's environment without settings of Go that would stop every build of the checkout at root.
func Environ(root string) []string {
	set, _ := settings(root)
	var drop []string
	for key, value := range set {
		if value == "" {
			drop = append(drop, key)
		}
	}
	return v1labhome.Environ(os.Environ(), set, drop...)
}

// Setting returns one setting of the go command for the checkout at root, such as GOCACHE.
func Setting(ctx context.Context, root, name string) (string, error) {
	out, err := Run(ctx, root, Environ(root), "env", name)
	return strings.TrimSpace(out), err
}

// Run runs the go command in dir and returns its output; an error contains the command's last line.
func Run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.ExtraFiles = v1labhome.HeldLocks() // go outlives this process if it is killed: nobody removes or fills the folder until it has ended
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("go %s: %w", args[0], ctx.Err())
		}
		return "", fmt.Errorf("go %s: %s", args[0], explain(msg.String(), err))
	}
	return out.String(), nil
}

// explain reduces go's messages to the line that says what is wrong, and adds what to do if that is known.
func explain(msg string, err error) string {
	lines := strings.FieldsFunc(msg, func(r rune) bool { return r == '\n' })
	text := err.Error()
	for _, line := range lines {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "go: downloading") {
			text = strings.TrimSpace(line)
			break
		}
	}
	switch {
	case strings.Contains(msg, "C compiler"), strings.Contains(msg, "cgo: exec"):
		text += "; install a C compiler (Debian, Ubuntu: apt install gcc libc6-dev)"
	case strings.Contains(msg, "no space left on device"):
		text = "no space left on device: free some, or set GOCACHE, TMPDIR and " + v1labhome.Env + " to a larger disk"
	case strings.Contains(msg, "dial tcp"), strings.Contains(msg, "module lookup disabled"):
		text += "; modules are missing: connect to the network or set GOPROXY, then run again"
	}
	return text
}

// Build runs go build in the module in dir, of the checkout at root. Modules are downloaded as the user's GOPROXY says.
func Build(ctx context.Context, root, dir string, args ...string) error {
	env := append(CellEnviron(root), "GOWORK=off")
	if v1labhome.Offline() {
		env = append(env, "GOPROXY=off")
	}
	_, err := Run(ctx, dir, env, append([]string{"build"}, args...)...)
	return err
}
