package bench

import (
	"embed"
	"os"
	"path/filepath"
)

//go:embed peers/*.py
var scripts embed.FS

// Peers are PyTorch, step by step and compiled, and JAX, run by an interpreter that has both. Their scripts go to dir, which must
// outlive them, and so does what they keep of compiled programs: nothing is found there that an earlier run made.
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
		return System{Name: name, Args: append([]string{interpreter, "-E", "-s", "-W", "ignore", filepath.Join(dir, script)}, args...), Env: []string{
			"TORCHINDUCTOR_CACHE_DIR=" + filepath.Join(dir, "torch-cache"), "JAX_PLATFORMS=cpu",
			"JAX_COMPILATION_CACHE_DIR=" + filepath.Join(dir, "jax-cache"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0",
		}}
	}
	return []System{peer("torch", "torch_peer.py", "eager"), peer("torch.compile", "torch_peer.py", "compiled"), peer("jax", "jax_peer.py")}, nil
}
