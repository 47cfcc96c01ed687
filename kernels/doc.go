// Package kernels puts the v1lab kernel before Jupyter: it installs, lists and removes the kernel
// specification, and is the launcher that the specification calls.
//
// In: a place for the specification; later, from Jupyter, a connection file. Out: a kernel.json that
// runs "v1lab kernel run", and gonb running in its place with the environment that cells need.
// [List] looks where Jupyter looks ([SearchPath]); [Clean] removes what killed kernels left.
// Sub-packages prepare what it stands on (home, python, pjrt, tools), run notebooks (jupyter) and
// say what is wrong (doctor). It serves no section of the paper.
package kernels
