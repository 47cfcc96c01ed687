// Package doctor checks everything that notebooks depend on and says how to repair it.
//
// In comes the machine. Out comes a list of [Check], within seconds; nothing is installed or changed.
// [Clean] removes what killed kernels left behind.
package doctor
