package kernels

import (
	"fmt"
	"strings"
	"testing"
)

// TestFoldersOfSystems: what jupyter_core 5 answers where sys.platform is the system's.
func TestFoldersOfSystems(t *testing.T) {
	const standard = "/usr/local/share/jupyter:/usr/share/jupyter"
	for _, test := range []struct {
		goos   string
		env    map[string]string
		user   string
		system string // joined by colons
	}{
		{"linux", nil, "/nobody/.local/share/jupyter", standard},
		{"linux", map[string]string{"XDG_DATA_HOME": "/xdg"}, "/xdg/jupyter", standard},
		{"linux", map[string]string{"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_HOME": "/xdg", "XDG_DATA_DIRS": "/a:relative:/b"}, "/xdg/jupyter", "/a/jupyter:/b/jupyter"},
		{"linux", map[string]string{"JUPYTER_DATA_DIR": "/data", "XDG_DATA_HOME": "/xdg"}, "/data", standard},
		{"darwin", nil, "/nobody/Library/Jupyter", standard},
		{"darwin", map[string]string{"XDG_DATA_HOME": "/xdg"}, "/nobody/Library/Jupyter", standard},
		{"darwin", map[string]string{"JUPYTER_PLATFORM_DIRS": "off"}, "/nobody/Library/Jupyter", standard},
		{"darwin", map[string]string{"JUPYTER_PLATFORM_DIRS": "1"}, "/nobody/Library/Application Support/Jupyter", "/Library/Application Support/Jupyter"},
		{"darwin", map[string]string{"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_HOME": "/xdg"}, "/xdg/Jupyter", "/Library/Application Support/Jupyter"},
		{"darwin", map[string]string{"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_DIRS": "/a:/b"}, "/nobody/Library/Application Support/Jupyter", "/a/Jupyter:/b/Jupyter"},
		{"darwin", map[string]string{"JUPYTER_DATA_DIR": "/data"}, "/data", standard},
	} {
		t.Run(fmt.Sprint(test.goos, test.env), func(t *testing.T) {
			for _, key := range []string{"JUPYTER_DATA_DIR", "JUPYTER_PLATFORM_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS"} {
				t.Setenv(key, test.env[key])
			}
			if _, set := test.env["JUPYTER_PLATFORM_DIRS"]; !set {
				t.Setenv("JUPYTER_PLATFORM_DIRS", "0")
			}
			t.Setenv("HOME", "/nobody")
			if got, err := userDir(test.goos); err != nil || got != test.user {
				t.Errorf("user's folder %s, %v; want %s", got, err, test.user)
			}
			if got := strings.Join(systemDirs(test.goos), ":"); got != test.system {
				t.Errorf("system's folders %s, want %s", got, test.system)
			}
		})
	}
}
