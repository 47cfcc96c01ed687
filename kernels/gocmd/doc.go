// Package gocmd runs the go command for a checkout of v1lab: with the settings under which cells of notebooks are compiled, and without settings of the
// user that would stop every build.
//
// In go a checkout and arguments. Out come what the command printed, or an error with the one line that says what is wrong and how to mend it.
package gocmd
