package python

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"v1lab/kernels/v1labhome"
)

// Errors after which another package may be worth a try.
var (
	ErrUnavailable = errors.New("no wheel for this platform")
	ErrHash        = errors.New("hash mismatch")
)

// Requirements is the text of a pip requirements file in which every package is pinned by version
// and SHA-256.
type Requirements string

// Install installs exactly reqs: if target is given, as plain files into that folder; otherwise into the
// interpreter's own environment (a private one, see [Interpreter.Venv]). A system Python without
// pip gets one in a temporary environment. pip's lines go to progress. An error is one line that
// says what failed and what to do.
func (p Interpreter) Install(ctx context.Context, reqs Requirements, target string, progress io.Writer, extra ...string) error {
	if v1labhome.Offline() {
		return fmt.Errorf("%s is set, so nothing is downloaded: unset it, or run once with a network connection", v1labhome.OfflineEnv)
	}
	temp, err := v1labhome.NewTemp(v1labhome.ForPip)
	if err != nil {
		return err
	}
	defer temp.Remove()
	if !p.HasModule(ctx, "pip") {
		if p, err = p.Venv(ctx, filepath.Join(temp.Dir, "venv")); err != nil {
			return fmt.Errorf("no pip: %w", err)
		}
	}
	list := filepath.Join(temp.Dir, "requirements.txt")
	if err := os.WriteFile(list, []byte(reqs), 0o644); err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	args := []string{"-I", "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--retries=2", "--progress-bar=off", "-r", list}
	if target != "" {
		args = append(args, "--target", target, "--no-compile")
	}
	cmd := command(ctx, p.Path, append(args, extra...)...)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	var all strings.Builder
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			all.WriteString(line)
			if m := reStep.FindStringSubmatch(line); m != nil {
				fmt.Fprintf(progress, "  %s\n", m[1]) //nolint:errcheck // progress only
			}
			if err != nil {
				return
			}
		}
	}()
	err = cmd.Run()
	in.Close() //nolint:errcheck // a pipe in memory
	<-done
	if ctx.Err() != nil {
		return fmt.Errorf("pip: %w", ctx.Err())
	}
	if err != nil {
		return explain(all.String(), err)
	}
	return nil
}

// reStep matches the lines of pip's output that show progress: large downloads, and the
// last step.
var reStep = regexp.MustCompile(`^\s*(Downloading .*\([0-9.]+ [MG]B\)|Installing collected packages)`)

var (
	reHash    = regexp.MustCompile(`(?s)DO NOT MATCH THE HASHES.*?\n\s+(\S[^\n]*?) from .*?Expected sha256 (\w+).*?Got\s+(\w+)`)
	reNetwork = regexp.MustCompile(`(?i)NewConnectionError|NameResolutionError|Temporary failure in name|Name or service not known|Connection refused|Connection reset|Network is unreachable|Max retries exceeded|ProxyError|ReadTimeout|ConnectTimeout|SSLError|CERTIFICATE_VERIFY_FAILED|HTTP error|Connection broken`)
	reMissing = regexp.MustCompile(`(?m)No matching distribution found for (\S+)`)
	reError   = regexp.MustCompile(`(?m)^\s*(?:ERROR: |error: |\w*Error: )(.+)$`)
)

// explain reduces pip's output to one line that says what to do.
func explain(out string, err error) error {
	switch {
	case reHash.MatchString(out):
		m := reHash.FindStringSubmatch(out)
		return fmt.Errorf("%w: %s has SHA-256 %s, pinned is %s: the file is not the published one, so it was not used; check PIP_INDEX_URL, PIP_FIND_LINKS and your proxy",
			ErrHash, m[1], m[3], m[2])
	case strings.Contains(out, "No space left on device"):
		return fmt.Errorf("no space left on device: free some, or set %s (and TMPDIR) to a larger disk", v1labhome.Env)
	case reNetwork.MatchString(out):
		return fmt.Errorf("pip cannot reach a package index: connect to the network or set PIP_INDEX_URL, PIP_FIND_LINKS or HTTPS_PROXY")
	case reMissing.MatchString(out):
		return fmt.Errorf("%w: pip finds no file of %s that suits it: check PIP_INDEX_URL, PIP_NO_INDEX and PIP_FIND_LINKS", ErrUnavailable, reMissing.FindStringSubmatch(out)[1])
	}
	if m := reError.FindAllStringSubmatch(out, -1); len(m) > 0 {
		return fmt.Errorf("pip: %s", m[len(m)-1][1])
	}
	return fmt.Errorf("pip: %w", err)
}
