//go:build image

package docker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// small is a quickstart that fits in seconds.
var small = []string{"--set", "data=simulated:?neurons=12&images=160&val=40&test=30&repeats=4&height=18&width=18",
	"--set", "set=core.features=2,2,3;core.filter_sizes=5,3,3;fit.batch=32;fit.validate_every=5", "--set", "steps=10"}

// The images are built, and what is in them runs without a network: the quickstart as the image's user and as one that it does not know, JupyterLab with the
// health check, and Jupyter as Binder starts it. It needs root, 8 GB and up to half an hour: go test -tags image -timeout 60m -v ./docker
func TestImages(t *testing.T) {
	b := newBuilder(t)
	lab := b.build(t, "docker/Dockerfile", "v1lab")
	t.Logf("docker/Dockerfile: %.2f GB in %d layers", lab.gigabytes, lab.layers)
	if lab.gigabytes > 3 {
		t.Error("docker/Dockerfile: above 3 GB")
	}
	for _, user := range []string{"1000:100", "1234:100"} {
		t.Run("user "+user, func(t *testing.T) {
			container, folder := lab.container(t)
			lab.as(t, container, user, append([]string{"v1lab", "notebook", "quickstart.ipynb", "--out", "mine/out", "--html", "--set", "out=mine/run"}, small...)...)
			executed, err := os.ReadFile(filepath.Join(folder, "home/jovyan/work/mine/out/quickstart.ipynb"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"image/png", "10 steps in", "adjusted Rand index with the true types"} {
				if !strings.Contains(string(executed), want) {
					t.Errorf("the executed notebook lacks %q", want)
				}
			}
		})
	}
	t.Run("health", func(t *testing.T) {
		container, _ := lab.container(t)
		start := strings.Join(append(lab.Entrypoint, lab.Cmd...), " ")
		check := strings.Join(lab.Healthcheck.Test[1:], " ")
		begun := time.Now()
		printed := lab.as(t, container, "1000:100", "bash", "-c", fmt.Sprintf(`%s >/tmp/log 2>&1 & started=$(date +%%s%%N)
			until %s; do sleep .05; [ $(($(date +%%s%%N) - started)) -lt 60000000000 ] || { cat /tmp/log; exit 1; }; done
			echo $(($(date +%%s%%N) - started)); kill %%1; wait`, start, check))
		nanoseconds, err := strconv.ParseInt(printed, 10, 64)
		if err != nil {
			t.Fatal(printed)
		}
		t.Logf("healthy after %.1f s, ended after %.1f s", float64(nanoseconds)/1e9, time.Since(begun).Seconds())
	})
	t.Run("Binder", func(t *testing.T) {
		binder := b.build(t, "binder/Dockerfile", "binder", "--build-arg", "NB_USER=jovyan", "--build-arg", "NB_UID=1000")
		container, _ := binder.container(t)
		if printed := binder.as(t, container, "1000:100", "sh", "-c", "jupyter lab --version && jupyter notebook --version && jupyter kernelspec list"); !strings.Contains(printed, "\n  v1lab ") {
			t.Errorf("found %s", printed)
		}
	})
}
