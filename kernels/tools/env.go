package tools

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// Env returns the whole environment in which the kernel and its cells run: the caller's, without
// Go settings that break cells (a GOWORK, -mod or another platform), offline, with the checkout's
// own Go and the built tools first in PATH, and with an allocator that keeps the pages that XLA uses. It does not set GOMLX_BACKEND.
func Env(ctx context.Context, root string) ([]string, error) {
	dir, err := Dir(ctx, root)
	if err != nil {
		return nil, err
	}
	_, goroot, err := gocmd.Toolchain(ctx, root)
	if err != nil {
		return nil, err
	}
	path := strings.Join([]string{dir, filepath.Join(goroot, "bin"), os.Getenv("PATH")}, string(filepath.ListSeparator))
	tunables := os.Getenv(tunablesEnv)
	if tunables == "" {
		tunables = keepPages
	}
	return v1labhome.Environ(gocmd.CellEnviron(root), map[string]string{"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOMLX_NO_AUTO_INSTALL": "1",
		"GO_TELEMETRY_CHILD": "2", // gopls starts no process that outlives it
		tunablesEnv:          tunables, v1labhome.RootEnv: root, "PATH": path}), nil
}

// Allocator settings for cells: Go's own linker, which links cells, leaves out the code with which package pjrt sets them in other programs.
// A caller's value of the variable takes precedence.
const (
	tunablesEnv = "GLIBC_TUNABLES"
	keepPages   = "glibc.malloc.arena_max=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=9223372036854775807:glibc.malloc.top_pad=67108864:glibc.malloc.hugetlb=1"
)

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
