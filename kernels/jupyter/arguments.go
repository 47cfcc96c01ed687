package jupyter

import (
	"fmt"
	"os"
	"path/filepath"
)

// overrides are JupyterLab's defaults that differ here: nothing is asked about, or fetched from, the network.
const overrides = `{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}` + "\n"

// untracked are the messages whose effect on a kernel's state JupyterLab passes over: as the server has it, but for kernel_info. A kernel
// that says idle to that only is idle, not unknown until its first cell.
var untracked = []string{"comm_info_request", "comm_info_reply", "shutdown_request", "shutdown_reply", "interrupt_request", "interrupt_reply", "debug_request", "debug_reply",
	"stream", "display_data", "update_display_data", "execute_input", "execute_result", "error", "status", "clear_output", "debug_event", "input_request", "input_reply"}

// arguments are those of JupyterLab with the top folder dir, before a user's own.
func (s *session) arguments(dir string) ([]string, error) {
	defaults := filepath.Join(s.dir, "lab", "settings")
	if err := os.MkdirAll(defaults, 0o700); err != nil {
		return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
	}
	if err := os.WriteFile(filepath.Join(defaults, "overrides.json"), []byte(overrides), 0o600); err != nil {
		return nil, fmt.Errorf("JupyterLab's defaults: %w", err)
	}
	list := []string{"-m", "jupyterlab", "--ServerApp.root_dir=" + dir, "--KernelSpecManager.ensure_native_kernel=False", "--LabApp.app_settings_dir=" + defaults,
		"--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"}
	for _, kind := range untracked {
		list = append(list, "--MappingKernelManager.untracked_message_types="+kind)
	}
	return list, nil
}
