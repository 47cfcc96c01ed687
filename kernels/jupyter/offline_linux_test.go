package jupyter_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// asOffline makes the test program one that has no network but its own loopback: only the tests that run with it do something.
const asOffline = "V1LAB_TEST_OFFLINE"

// TestNetworkOff runs the tests of TestOffline in a network namespace of its own, in which there is nothing but the loopback. What they
// need has been set up before. Where the machine forbids namespaces, all proxies are a port at which nobody listens, and modules come from nowhere.
func TestNetworkOff(t *testing.T) {
	if os.Getenv(asOffline) != "" {
		return
	}
	ready(t)
	cmd := func(how string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), self(t), "-test.run=^TestOffline$", "-test.v")
		c.Env = v1labhome.Environ(os.Environ(), map[string]string{asOffline: how, "TMPDIR": t.TempDir()})
		return c
	}
	c := cmd("namespace")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	out, err := c.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
		t.Logf("this machine forbids network namespaces (%v): with proxies that lead nowhere instead", err)
		c = cmd("proxies")
		const nowhere = "http://127.0.0.1:9"
		c.Env = v1labhome.Environ(c.Env, map[string]string{"http_proxy": nowhere, "https_proxy": nowhere, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "all_proxy": nowhere, "ALL_PROXY": nowhere,
			"no_proxy": "localhost,127.0.0.1", "NO_PROXY": "localhost,127.0.0.1", "GOPROXY": "off"})
		out, err = c.CombinedOutput()
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestOffline") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestOffline is all that notebooks need, without a network; TestNetworkOff calls it.
func TestOffline(t *testing.T) {
	switch os.Getenv(asOffline) {
	case "":
		return
	case "namespace":
		if err := loopback(); err != nil {
			t.Fatal(err)
		}
		if conn, err := net.DialTimeout("tcp", "192.0.2.1:80", time.Second); err == nil || !errors.Is(err, syscall.ENETUNREACH) {
			t.Fatalf("the network is on: %v %v", conn, err)
		}
	}
	t.Run("kernel, figure, help", func(t *testing.T) {
		cell := strings.Replace(xlaCell, "import (", "import (\n\t\"v1lab/notebooks/display\"\n\t\"v1lab/notebooks/lab\"\n\t\"v1lab/notebooks/report\"\n\t\"v1lab/v1model/fit\"", 1) +
			"\ndisplay.Figure(report.ExampleImages(lab.Data(\"simulated:?neurons=3&images=40&val=20&test=10&height=18&width=18\")))"
		got := asked(t, []string{cell, helpCell}, help()...)
		if got[0].Status != "ok" || !strings.Contains(got[0].text(), "sum 14") {
			t.Errorf("a cell on XLA: %+v", got[0])
		}
		picture := false
		for _, o := range got[0].Outputs {
			picture = picture || o.Data["image/png"] != "" || o.Data["image/svg+xml"] != ""
		}
		if !picture {
			t.Errorf("no figure: %.2000s", fmt.Sprintf("%+v", got[0]))
		}
		helps(t, got[2:])
	})
	t.Run("notebook", func(t *testing.T) {
		out, log, err := execute(t, jupyter.ExecuteOptions{HTML: true, Notebook: notebook(t, "%%\nfmt.Println(\"without\", \"network\")")})
		if _, page, found := strings.Cut(out, htmlMark); err != nil || !found || !strings.Contains(page, "without network") {
			t.Errorf("%v, %s, page %t", err, log, found)
		}
	})
	t.Run("lab", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := startLab(ctx, t, t.TempDir())
		if status, page := l.get(t, "/lab", l.token(t)); status != http.StatusOK || !strings.Contains(page, "jupyter-config-data") {
			t.Errorf("status %d, page %.300s", status, page)
		}
		cancel()
		l.ended(t)
	})
}

// loopback sets this network namespace's only interface up.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // a test's
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
