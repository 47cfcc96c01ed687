// Package lab has the functions that the cells of a notebook call.
//
// Each cell is a separate program: values do not outlive it, run folders do. In go parameters, the name of a recording and the path of a run
// folder. Fit fits a model with live progress; a stopped fit continues when the cell runs again. Open opens the run folder in a later cell: a Run
// has the methods of fitted.Run, without contexts and errors. An error ends the cell with one line. FitInBackground, StartFit, Follow and StopFit
// are for fits that outlive their cell.
package lab
