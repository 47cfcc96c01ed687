// Package source tells what a function of a notebook's program computes: its source, and that of everything in the program that it reaches.
//
// In go the program's file and the line on which the function begins. Out come their tokens, without comments and layout, or an error that names what the
// function uses from outside of it. It takes Go's type checker, which cells that ask the engine do not link: the engine answers for them.
package source
