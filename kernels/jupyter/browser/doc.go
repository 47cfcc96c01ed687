// Package browser tests v1lab lab in a real browser.
//
// In comes v1lab lab, started as a user does, and Chromium, which the test installs if it is missing. Out come screenshots after each step,
// saved by go test -artifacts -outputdir=DIR ./kernels/jupyter/browser. The package exports nothing.
package browser
