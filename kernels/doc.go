// Package kernels makes the v1lab kernel available to Jupyter: it installs, lists and removes the kernel
// specification, and launches the kernel that the specification calls.
//
// In come the folder for the specification and later, from Jupyter, a connection file. Out come a kernel.json that
// calls "v1lab kernel run", and gonb, which replaces that process, with the environment that cells need.
// [List] searches where Jupyter searches ([SearchPath]); [Clean] removes what killed kernels left.
// Sub-packages prepare what the kernel needs (v1labhome, python, pjrt, tools), run notebooks (jupyter) and
// diagnose problems (doctor).
package kernels
