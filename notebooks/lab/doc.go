// Package lab is what a notebook's cells are made of.
//
// A cell is a program of its own: values do not outlive it, run folders do. So in go parameters, a recording's name and a run
// folder's path; out come a fit with live progress that can be stopped and goes on when the cell runs again, and a Run that later cells
// open in one call: what package fitted knows, without contexts and errors. Failures end the cell with one line. A fit may outlive its cell: FitInBackground, StartFit, Follow
// and StopFit. No section of the paper.
package lab
