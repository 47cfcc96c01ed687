//go:build image

package docker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// certificates is this machine's bundle in the base image: downloads work in the images wherever they work here.
const certificates = "/etc/ssl/check-certificates.crt"

// builder is buildah with images of its own in a folder.
type builder struct{ dir string }

// newBuilder makes the base image debian:bookworm-slim from Debian's packages. It installs buildah and debootstrap if they are not there.
func newBuilder(t *testing.T) builder {
	t.Helper()
	for _, name := range []string{"buildah", "debootstrap"} {
		if _, err := exec.LookPath(name); err != nil {
			output(t, exec.Command("apt-get", "install", "-q", "-y", "--no-install-recommends", name))
		}
	}
	b := builder{t.TempDir()}
	t.Cleanup(func() { // else its mounts keep the folder
		b.run(t, "rm", "--all")
		b.run(t, "rmi", "--all", "--force")
	})
	root := filepath.Join(b.dir, "base")
	output(t, exec.Command("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root))
	for _, dir := range []string{"var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"} { // as in Debian's image
		if err := os.RemoveAll(filepath.Join(root, dir)); err != nil {
			t.Fatal(err)
		}
	}
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, certificates), bundle, 0o644); err != nil {
		t.Fatal(err)
	}
	container := b.run(t, "from", "scratch")
	b.run(t, "add", "--quiet", container, root, "/")
	b.run(t, "config", "--env", "SSL_CERT_FILE="+certificates, "--env", "PIP_CERT="+certificates, container)
	b.run(t, "commit", "--quiet", "--rm", container, "localhost/debian:bookworm-slim")
	return b
}

func (b builder) command(args ...string) *exec.Cmd {
	cmd := exec.Command("buildah", append([]string{"--root", filepath.Join(b.dir, "storage"), "--runroot", filepath.Join(b.dir, "run"), "--storage-driver", "overlay"}, args...)...)
	cmd.Dir = ".."
	return cmd
}

func (b builder) run(t *testing.T, args ...string) string {
	t.Helper()
	return output(t, b.command(args...))
}

// image is an image and what its file says.
type image struct {
	builder
	name        string
	Entrypoint  []string
	Cmd         []string
	Healthcheck struct{ Test []string }
	layers      int
	gigabytes   float64
}

// build builds a file of this checkout.
func (b builder) build(t *testing.T, file, name string, flags ...string) image {
	t.Helper()
	cmd := b.command(append(append([]string{"bud", "--isolation", "chroot", "--pull-never", "--network", "host", "--format", "docker", "--layers",
		"--build-arg", "BASE=localhost/debian:bookworm-slim", "--file", file, "--tag", name}, flags...), ".")...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var found struct {
		Docker struct {
			Config *image
			Rootfs struct {
				Layers []string `json:"diff_ids"`
			}
		}
	}
	i := image{builder: b, name: name}
	found.Docker.Config = &i
	if err := json.Unmarshal([]byte(b.run(t, "inspect", "--type", "image", name)), &found); err != nil {
		t.Fatal(err)
	}
	i.layers = len(found.Docker.Rootfs.Layers)
	size := b.run(t, "images", "--format", "{{.Size}}", name)
	if n, err := fmt.Sscanf(size, "%f GB", &i.gigabytes); n != 1 || err != nil {
		t.Fatalf("size of %s: %q, want gigabytes", name, size)
	}
	return i
}

// container makes a container of the image, and returns it with the folder where its files are.
func (i image) container(t *testing.T) (name, folder string) {
	t.Helper()
	name = i.run(t, "from", "--pull-never", "localhost/"+i.name)
	return name, i.run(t, "mount", name)
}

// as runs a command in a container, as user:group and without a network but for the loopback, and returns what it prints.
func (i image) as(t *testing.T, container, user string, args ...string) string {
	t.Helper()
	inside := i.command(append([]string{"run", "--isolation", "chroot", "--user", user, container, "--"}, args...)...)
	cmd := exec.Command("unshare", append([]string{"-n", "sh", "-c", `ip link set lo up && exec "$@"`, "--"}, inside.Args...)...)
	return output(t, cmd)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", strings.Join(cmd.Args, " "), err, out, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}
