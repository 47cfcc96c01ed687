// Package grid makes the fits of an experiment: every condition (a model and its recording) with every seed.
//
// In go conditions, a number of seeds and a folder; out comes a run folder NAME-seedK for each fit, handed over as soon as the fit is over.
// A fit that is there is kept, one that was interrupted goes on, one that another process makes is waited for, and a folder that holds
// another fit is an error. So an experiment can be stopped and called again, or given more seeds.
package grid
