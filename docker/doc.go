// Package docker holds the container images: JupyterLab with v1lab for CPU and CUDA, and for Binder (folder binder).
//
// In comes a clean Debian. install.sh, which does all the work of building an image, leaves the program, its kernel and warm caches.
package docker
