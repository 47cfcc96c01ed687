package main

import "v1lab/kernels/pjrt"

// pluginInfoCmd is the process in which doctor loads a plugin.
type pluginInfoCmd struct {
	Kind   string
	Source string
	Path   string `arg:""`
}

func (c *pluginInfoCmd) Run(a *app) error {
	return pjrt.WriteInfo(a.stdout, pjrt.Plugin{Kind: c.Kind, Path: c.Path, Source: c.Source})
}
