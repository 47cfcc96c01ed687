// Package docker holds the images: JupyterLab with v1lab for CPU and CUDA, and for Binder (folder binder).
//
// In goes a clean Debian; install.sh, the only work that the images do, leaves the program, its kernel and warm caches. check.sh does the same
// without a container engine, in a folder, and runs a notebook there.
package docker
