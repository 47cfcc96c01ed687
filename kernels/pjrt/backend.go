package pjrt

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"  // registers "go"
	_ "github.com/gomlx/go-xla/compute/xla" // registers "xla"
	xlapjrt "github.com/gomlx/go-xla/pjrt"

	"v1lab/kernels/pjrt/execache"
)

// Backend opens the backend that name describes and installs what is missing (see [Config]).
// Keep it for the life of the process: opening takes a good part of a second.
func Backend(ctx context.Context, name string, progress io.Writer) (compute.Backend, error) {
	config, err := Config(ctx, name, progress)
	if err != nil {
		return nil, err
	}
	backend, err := open(config)
	if err != nil && leavesChoice(name) && strings.Contains(config, CUDA) {
		fmt.Fprintf(progress, "the GPU cannot be used (%v); using the CPU\n", err) //nolint:errcheck // progress only
		if config, err = Config(ctx, "xla:cpu", progress); err != nil {
			return nil, err
		}
		backend, err = open(config)
	}
	return backend, err
}

func open(config string) (compute.Backend, error) {
	if path, _, _ := strings.Cut(strings.TrimPrefix(config, "xla:"), ","); filepath.IsAbs(path) && !strings.Contains(config, CUDA) {
		_ = execache.Attach(path) //nolint:errcheck // without it programs are compiled in every process
	}
	backend, err := compute.NewWithConfig(config)
	if err != nil {
		return nil, fmt.Errorf("backend %s does not start: %s; v1lab doctor says more", config, oneLine(err))
	}
	return backend, nil
}

// defaults lists the default options for each kind of plugin; a backend's name overrides them in either form.
var defaults = map[string][][2]string{
	CPU:  {{"shared_buffers", "shared_buffers"}},
	CUDA: {{"shared_buffers", "noshared_buffers"}, {"tf32", "notf32"}},
}

// Config resolves a backend name to the form of GOMLX_BACKEND that needs no search or
// download: "xla:/abs/plugin.so,options" or "go". An empty name means $GOMLX_BACKEND, otherwise
// "xla". Plain "xla" means an NVIDIA GPU if there is one with its plugin installed, otherwise the CPU;
// "xla:cuda" installs the GPU's plugin, and is an error on a machine without a GPU. CPU plugins get the option shared_buffers, with which host and
// device share memory, unless the name has noshared_buffers. On a GPU, matrix products are computed in full float32, unless the name
// asks for TF32, as "xla:cuda,tf32"; v1lab bench shows how far results then differ from the reference's.
func Config(ctx context.Context, name string, progress io.Writer) (string, error) {
	s, err := specOf(name)
	if err != nil {
		return "", err
	}
	if s.plugin == CUDA && !HasGPU() {
		return "", fmt.Errorf("backend xla:%s: this machine has no NVIDIA GPU with a driver: there is none of %s; nothing was downloaded; accepted here: xla, xla:cpu, go", CUDA, strings.Join(gpuFiles, ", "))
	}
	return s.config(ctx, progress)
}

// Prepare is Config for a program that will run on another machine, such as one of the image that is being built: the plugin of a GPU is installed without a GPU.
func Prepare(ctx context.Context, name string, progress io.Writer) error {
	s, err := specOf(name)
	if err != nil {
		return err
	}
	if s.plugin == CUDA && !HasGPU() {
		fmt.Fprintln(progress, "this machine has no NVIDIA GPU: the plugin is installed for one that has") //nolint:errcheck // progress only
	}
	_, err = s.config(ctx, progress)
	return err
}

// specOf parses a backend's name, $GOMLX_BACKEND if it is empty.
func specOf(name string) (spec, error) {
	if name == "" {
		name = os.Getenv(compute.ConfigEnvVar)
	}
	return parseSpec(name)
}

// config is what Config returns.
func (s spec) config(ctx context.Context, progress io.Writer) (string, error) {
	if s.engine == "go" {
		return strings.TrimSuffix("go:"+s.options, ":"), nil
	}
	var p Plugin
	var err error
	switch {
	case s.plugin != "":
		p, err = Ensure(ctx, s.plugin, progress)
	default:
		p, err = automatic(ctx, progress)
	}
	if err != nil {
		return "", err
	}
	if err := p.check(); err != nil {
		return "", err
	}
	config := "xla:" + p.Path
	for _, d := range defaults[p.Kind] {
		if option, value := d[0], d[1]; !strings.Contains(s.options, option) {
			config += "," + value
		}
	}
	if s.options != "" {
		config += "," + s.options
	}
	return config, nil
}

// leavesChoice reports whether name leaves the choice of the device to v1lab.
func leavesChoice(name string) bool {
	s, err := specOf(name)
	return err == nil && s.engine == "xla" && s.plugin == ""
}

func automatic(ctx context.Context, progress io.Writer) (Plugin, error) {
	if HasGPU() {
		p, found, err := Locate(CUDA)
		if err != nil {
			return p, err
		}
		if found {
			return p, nil
		}
		fmt.Fprintln(progress, "an NVIDIA GPU is here, but not its XLA plugin: using the CPU; --backend xla:cuda installs the plugin") //nolint:errcheck // progress only
	}
	return Ensure(ctx, CPU, progress)
}

// gpuFiles are patterns of files of which one is there if the machine has an NVIDIA GPU and its driver. The last is that of the Windows Subsystem for Linux.
var gpuFiles = []string{"/dev/nvidia[0-9]*", "/proc/driver/nvidia/gpus/*", "/usr/lib/wsl/lib/libcuda.so*"}

// HasGPU reports whether the machine has an NVIDIA GPU and its driver.
func HasGPU() bool {
	for _, pattern := range gpuFiles {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// Info describes a loaded plugin.
type Info struct {
	Plugin
	API     string   // version of the PJRT interface, for example "0.106"
	Devices []string // one description per device
}

// Describe loads the plugin and lists its devices. Use it for reports only: the process keeps the plugin
// loaded.
func Describe(p Plugin) (Info, error) {
	info := Info{Plugin: p}
	if err := p.check(); err != nil {
		return info, err
	}
	lib, err := xlapjrt.GetPlugin(p.Path)
	if err != nil {
		return info, fmt.Errorf("XLA plugin %s does not load: %s", p.Path, oneLine(err))
	}
	major, minor := lib.Version()
	info.API = fmt.Sprintf("%d.%d", major, minor)
	var options xlapjrt.NamedValuesMap
	if p.Kind == CUDA {
		options = xlapjrt.NamedValuesMap{"preallocate": false} // a report must not allocate the GPU's memory
	}
	client, err := lib.NewClient(options)
	if err != nil {
		return info, fmt.Errorf("XLA plugin %s finds no device: %s", p.Path, oneLine(err))
	}
	defer client.Destroy() //nolint:errcheck // only a report
	for i, device := range client.AddressableDevices() {
		text := fmt.Sprintf("device %d", i)
		if d, err := device.GetDescription(); err == nil {
			text = d.DebugString()
		}
		info.Devices = append(info.Devices, text)
	}
	return info, nil
}

// oneLine returns the first line of a library's error.
func oneLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
