package jupyter_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// pythons makes two Pythons with the packages of the project's Jupyter: a virtual environment with its own jupyter command, and the
// Python that it was made from, which sees the packages by a variable. It returns their bin folders and that variable's value.
func pythons(t *testing.T) (venv, base, packages string) {
	t.Helper()
	ready(t)
	env, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	sites, err := filepath.Glob(filepath.Join(env, "lib", "python3*", "site-packages"))
	if err != nil || len(sites) != 1 {
		t.Fatal(sites, err)
	}
	real, err := filepath.EvalSymlinks(filepath.Join(env, "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	prefix := filepath.Join(t.TempDir(), "venv")
	venv, base = filepath.Join(prefix, "bin"), filepath.Join(t.TempDir(), "bin")
	site := filepath.Join(prefix, strings.TrimPrefix(sites[0], env))
	for _, dir := range []string{venv, base, filepath.Dir(site)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := func(python, module, call string) string {
		return "#!" + python + "\nimport " + module + "\n" + module + "." + call + "()\n"
	}
	python := filepath.Join(venv, "python")
	for path, text := range map[string]string{filepath.Join(prefix, "pyvenv.cfg"): "home = " + filepath.Dir(real) + "\ninclude-system-site-packages = false\n",
		filepath.Join(venv, "jupyter"): command(python, "jupyter_core.command", "main"), filepath.Join(venv, "jupyter-kernelspec"): command(python, "jupyter_client.kernelspecapp", "KernelSpecApp.launch_instance"),
		filepath.Join(base, "jupyter"): command(real, "jupyter_core.command", "main"), filepath.Join(base, "jupyter-kernelspec"): command(real, "jupyter_client.kernelspecapp", "KernelSpecApp.launch_instance")} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, target := range map[string]string{python: real, site: sites[0], filepath.Join(base, "python"): real} {
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	return venv, base, sites[0]
}

// TestAgreesWithJupyter compares our list with that of the real jupyter command, for the ways in which its search path is set. In every
// folder that any of them names there are kernels: one called the same everywhere, of which only the first counts, and one of its own.
func TestAgreesWithJupyter(t *testing.T) {
	venv, base, packages := pythons(t)
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	in := func(names ...string) string { return filepath.Join(append([]string{place}, names...)...) }
	if err := os.MkdirAll(in("user"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("user"), in("link")); err != nil {
		t.Fatal(err)
	}
	prefix := filepath.Dir(venv)
	t.Setenv(v1labhome.Env, t.TempDir())
	for name, dir := range map[string]string{"one": in("one"), "two": in("two"), "data": in("data"), "xdg": in("xdg", "jupyter"), "user": in("user", ".local", "share", "jupyter"),
		"userbase": in("userbase", "share", "jupyter"), "site": in("site", "jupyter"), "prefix": filepath.Join(prefix, "share", "jupyter"), "ipython": in("user", ".ipython")} {
		for _, o := range []kernels.InstallOptions{{Dir: dir, Name: "same", DisplayName: "in " + name}, {Dir: dir, Name: name, Env: map[string]string{"A": "b c"}}} {
			o.Binary = self(t)
			if _, err := kernels.Install(t.Context(), root, o, os.Stderr); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, env := range map[string]map[string]string{
		"virtual environment":         {},
		"environment after user":      {"JUPYTER_PREFER_ENV_PATH": "0"},
		"activated":                   {"VIRTUAL_ENV": prefix, "JUPYTER_DATA_DIR": in("data")},
		"conda":                       {"CONDA_PREFIX": prefix, "CONDA_DEFAULT_ENV": "mine", "XDG_DATA_HOME": in("xdg")},
		"path":                        {"JUPYTER_PATH": in("one") + ":" + in("two") + "/:" + in("none")},
		"home is a link":              {"HOME": in("link")},
		"platform's folders":          {"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_DIRS": in("site") + ":/usr/share", "XDG_DATA_HOME": in("xdg")},
		"no environment":              {"PATH": base + ":" + os.Getenv("PATH"), "PYTHONPATH": packages, "XDG_DATA_HOME": in("xdg")},
		"no environment, preferred":   {"PATH": base + ":" + os.Getenv("PATH"), "PYTHONPATH": packages, "PYTHONUSERBASE": in("userbase"), "JUPYTER_PREFER_ENV_PATH": "1"},
		"no environment, none of his": {"PATH": base + ":" + os.Getenv("PATH"), "PYTHONPATH": packages, "PYTHONNOUSERSITE": "1", "JUPYTER_DATA_DIR": in("data")},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range map[string]string{"HOME": in("user"), "PATH": venv + ":" + os.Getenv("PATH"), "JUPYTER_PATH": "", "JUPYTER_DATA_DIR": "", "XDG_DATA_HOME": "", "VIRTUAL_ENV": "",
				"CONDA_PREFIX": "", "CONDA_DEFAULT_ENV": "", "JUPYTER_PLATFORM_DIRS": "0", "PYTHONPATH": "", "IPYTHONDIR": "", "PYTHONDONTWRITEBYTECODE": "1"} {
				t.Setenv(key, value)
			}
			if err := os.Unsetenv("IPYTHONDIR"); err != nil { // an empty one is another folder
				t.Fatal(err)
			}
			for key, value := range env {
				t.Setenv(key, value)
			}
			ours, err := kernels.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]string{}
			for _, s := range ours {
				if s.ShadowedBy == "" {
					found[s.Name] = s.Dir + ", " + s.DisplayName + ", " + s.Env["A"]
				} else if !strings.HasPrefix(found[s.Name], s.ShadowedBy+",") {
					t.Errorf("%s in %s: hidden by %s, but Jupyter takes %s", s.Name, s.Dir, s.ShadowedBy, found[s.Name])
				}
			}
			if theirs := listed(t); !maps.Equal(found, theirs) || len(theirs) < 2 {
				t.Errorf("we see %v, Jupyter %v", found, theirs)
			}
		})
	}
}

// listed runs the jupyter command in PATH and returns folder, display name and a variable of our kernels by name.
func listed(t *testing.T) map[string]string {
	t.Helper()
	command, err := exec.LookPath("jupyter")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command, "kernelspec", "list", "--json")
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	var reply struct {
		Specs map[string]struct {
			Dir  string `json:"resource_dir"`
			Spec struct {
				Argv        []string          `json:"argv"`
				DisplayName string            `json:"display_name"`
				Env         map[string]string `json:"env"`
			} `json:"spec"`
		} `json:"kernelspecs"`
	}
	if err := json.Unmarshal(out, &reply); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for name, s := range reply.Specs {
		if len(s.Spec.Argv) == 4 && s.Spec.Argv[1] == "kernel" {
			found[name] = s.Dir + ", " + s.Spec.DisplayName + ", " + s.Spec.Env["A"]
		}
	}
	return found
}
