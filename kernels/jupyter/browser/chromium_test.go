package browser_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium returns the path of a Chromium, which it installs with Debian's packages if there is none.
func chromium(t *testing.T) string {
	t.Helper()
	if path, ok := found(); ok {
		return path
	}
	command := []string{"apt-get", "install", "-y", "--no-install-recommends", "chromium"}
	if os.Getuid() != 0 {
		command = append([]string{"sudo", "-n"}, command...)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	output, err := cmd.CombinedOutput()
	path, ok := found()
	if err != nil || !ok {
		t.Fatalf("no chromium or google-chrome in PATH, and %v failed: %v: install one of them by hand\n%s", command, err, output)
	}
	return path
}

func found() (path string, ok bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// flags start a Chromium that shows nothing, asks nothing and talks to nobody but the page's server.
func flags(t *testing.T) []chromedp.ExecAllocatorOption {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 1000))
	for _, name := range []string{"disable-quic", "disable-component-update"} {
		options = append(options, chromedp.Flag(name, true))
	}
	return options
}
