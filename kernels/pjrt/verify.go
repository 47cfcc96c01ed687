package pjrt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// Folder returns the folder of the package that a plugin in V1LAB_HOME was installed with, "" for plugins in other places.
func Folder(p Plugin) string {
	dir, _ := installed(p)
	return dir
}

func installed(p Plugin) (dir string, pkg pinned) {
	base, err := v1labhome.Dir()
	if err != nil || p.Source != FromHome {
		return "", pkg
	}
	for _, pkg := range packages[p.Kind] {
		if dir := filepath.Join(base, "pjrt", pkg.dir()); p.Path == filepath.Join(dir, pkg.file) {
			return dir, pkg
		}
	}
	return "", pkg
}

// Verify compares the content of a plugin in V1LAB_HOME with the hashes that were recorded when it was installed. It reads all of the plugin's package,
// which takes about a second for the CPU's. Nothing is known about plugins in other places.
func Verify(p Plugin) error {
	dir, pkg := installed(p)
	if dir == "" {
		return nil
	}
	if err := python.VerifyPackage(dir, pkg.dir()); err != nil {
		return fmt.Errorf("XLA plugin %s is damaged: %w", p.Path, err)
	}
	return nil
}

// WriteInfo writes what [Describe] finds, as JSON, for [DescribeApart].
func WriteInfo(w io.Writer, p Plugin) error {
	info, err := Describe(p)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(info)
}

// DescribeApart is [Describe] in a process of its own: a damaged plugin ends the process that loads it. binary is a v1lab program, whose verb plugin-info calls [WriteInfo].
func DescribeApart(ctx context.Context, binary string, p Plugin) (Info, error) {
	info := Info{Plugin: p}
	cmd := exec.CommandContext(ctx, binary, "plugin-info", "--kind="+p.Kind, "--source="+p.Source, p.Path)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		line, _, _ := strings.Cut(messages.String(), "\n")
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 && line != "" {
			return info, fmt.Errorf("%s", strings.TrimPrefix(line, "v1lab plugin-info: "))
		}
		return info, fmt.Errorf("XLA plugin %s ends the program that loads it (%w): %s", p.Path, err, line)
	}
	if err := json.Unmarshal(out.Bytes(), &info); err != nil {
		return info, fmt.Errorf("XLA plugin %s: %s plugin-info printed %q: %w", p.Path, binary, out.String(), err)
	}
	return info, nil
}
