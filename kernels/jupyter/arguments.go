package jupyter

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// overrides changes defaults of JupyterLab: it asks for and fetches nothing from the network; completions, of which it drops those that take a second, are
// waited for, and shown with what the documentation says of them.
const overrides = `{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false},
"@jupyterlab/completer-extension:manager": {"providerTimeout": 10000, "showDocumentationPanel": true}}
`

// serverConfig is read before the user's own settings, which override it.
//
//go:embed server_config.py
var serverConfig []byte

// askModule and outputsModule lie beside it.
//
//go:embed v1lab_ask.py
var askModule []byte

//go:embed v1lab_outputs.py
var outputsModule []byte

// outputsExtension is an extension of JupyterLab, and outputsPackage says so.
//
//go:embed outputs.js
var outputsExtension []byte

const outputsPackage = `{"name": "v1lab-outputs", "version": "1.0.0", "jupyterlab": {"extension": true, "_build": {"load": "static/outputs.js", "extension": "./extension"}}}
`

// ofFolder are the names of the top folder among JupyterLab's arguments. It takes one value only.
var ofFolder = []string{"--ServerApp.root_dir", "--ServerApp.notebook_dir", "--notebook-dir"}

// arguments returns JupyterLab's arguments: the top folder dir, unless the user's arguments name one, then more defaults, then the user's. It writes the
// defaults that they refer to into the session's folder.
func (s *session) arguments(dir string, users []string) ([]string, error) {
	defaults := filepath.Join(s.dir, "lab", "settings")
	if err := os.MkdirAll(defaults, 0o700); err != nil {
		return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
	}
	if err := os.WriteFile(filepath.Join(defaults, "overrides.json"), []byte(overrides), 0o600); err != nil {
		return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
	}
	config, extension := filepath.Join(s.dir, "config"), filepath.Join(s.dir, dataName, "labextensions", "v1lab-outputs")
	for name, content := range map[string][]byte{
		filepath.Join(config, "jupyter_server_config.py"): serverConfig, filepath.Join(config, "v1lab_ask.py"): askModule, filepath.Join(config, "v1lab_outputs.py"): outputsModule,
		filepath.Join(extension, "package.json"): []byte(outputsPackage), filepath.Join(extension, "static", "outputs.js"): outputsExtension,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
		}
	}
	s.env = append(s.env, "JUPYTER_CONFIG_PATH="+config)
	all := []string{"-I", "-m", "jupyterlab", "--KernelSpecManager.ensure_native_kernel=False", "--LabApp.app_settings_dir=" + defaults,
		"--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"}
	if !slices.ContainsFunc(users, func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return slices.Contains(ofFolder, name)
	}) {
		all = append(all, ofFolder[0]+"="+dir)
	}
	return append(all, users...), nil
}
