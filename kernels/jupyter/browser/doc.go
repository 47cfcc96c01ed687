// Package browser holds the test of v1lab lab in a real browser.
//
// In: v1lab lab as a person starts it, and Chromium, which the test installs where it is missing. Out: pictures of the page after each step,
// kept by go test -artifacts -outputdir=DIR ./kernels/jupyter/browser. There is nothing here for programs to import.
// It serves no section of the paper.
package browser
