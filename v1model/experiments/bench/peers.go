package bench

import (
	"embed"
	"os"
	"path/filepath"
)

//go:embed peers/*.py
var scripts embed.FS

// Peers returns the systems PyTorch (eager and compiled) and JAX, run by a Python interpreter that has both. It writes their scripts to dir, which must
// exist as long as the systems are used.
func Peers(interpreter, dir string) ([]System, error) {
	files, err := scripts.ReadDir("peers")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := scripts.ReadFile("peers/" + f.Name())
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), text, 0o644); err != nil {
			return nil, err
		}
	}
	peer := func(name, script string, args ...string) System {
		return System{Name: name, Args: append([]string{interpreter, "-E", "-s", "-W", "ignore", filepath.Join(dir, script)}, args...), Env: []string{"JAX_PLATFORMS=cpu"}}
	}
	return []System{peer("torch", "torch_peer.py", "eager"), peer("torch.compile", "torch_peer.py", "compiled"), peer("jax", "jax_peer.py")}, nil
}
