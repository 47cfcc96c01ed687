package bench

import (
	"embed"
	"os"
	"path/filepath"
)

//go:embed peers/*.py
var scripts embed.FS

// Peers returns the systems PyTorch (eager and compiled) and JAX, on the CPU, run by a Python interpreter that has both. It writes their scripts to dir, which
// must exist as long as the systems are used.
func Peers(interpreter, dir string) ([]System, error) {
	peer, err := peersOf(interpreter, dir)
	if err != nil {
		return nil, err
	}
	cpu := []string{"JAX_PLATFORMS=cpu"}
	return []System{peer(Torch, cpu, torchScript, "eager"), peer(TorchCompile, cpu, torchScript, "compiled"), peer(JAX, cpu, jaxScript)}, nil
}

// Names of peers.
const (
	Torch        = "torch"
	TorchCompile = "torch.compile"
	JAX          = "jax"
)

const (
	torchScript = "torch_peer.py"
	jaxScript   = "jax_peer.py"
)

// PeersOn returns JAX and PyTorch, compiled with max-autotune, with CUDA graphs and without, on a device, "cpu" or "cuda", in full float32 or, with tf32, in
// TF32 where the device has it.
func PeersOn(interpreter, dir, device string, tf32 bool) ([]System, error) {
	peer, err := peersOf(interpreter, dir)
	if err != nil {
		return nil, err
	}
	precision := "highest"
	if tf32 {
		precision = "tensorfloat32"
	}
	jax := []string{"JAX_PLATFORMS=" + device, "JAX_DEFAULT_MATMUL_PRECISION=" + precision, "XLA_PYTHON_CLIENT_PREALLOCATE=false"}
	return []System{peer(JAX, jax, jaxScript), peer(TorchCompile, nil, torchScript, "max-autotune", device, precision),
		peer(TorchCompile+", no CUDA graphs", nil, torchScript, "max-autotune-no-cudagraphs", device, precision)}, nil
}

// peersOf writes the scripts to dir and returns a function that makes a system of one of them.
func peersOf(interpreter, dir string) (func(name string, env []string, args ...string) System, error) {
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
	return func(name string, env []string, args ...string) System {
		args[0] = filepath.Join(dir, args[0])
		return System{Name: name, Args: append([]string{interpreter, "-E", "-s", "-W", "ignore"}, args...), Env: env}
	}, nil
}
