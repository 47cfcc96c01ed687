// Package grid makes the fits of an experiment: every condition (a model and its recording) with every seed.
//
// In go conditions, a number of seeds and a folder. Out comes a run folder NAME-seedK for each fit, passed to the caller when the fit is over.
// A finished fit is kept, an interrupted one is resumed, and one that another process is making is waited for. A folder that holds
// another fit is an error. Other processes may make some of the fits (Watch.Workers). So an experiment can be stopped and continued, or extended to more seeds.
package grid
