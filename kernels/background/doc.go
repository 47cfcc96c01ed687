// Package background runs fits that survive the process that started them: a notebook's cell, its kernel, a terminal.
//
// In come the v1lab program, a run folder and the flags of v1lab fit. Out come a process in its own session, which writes to the folder
// and its fit.log, and reports that are read from the folder alone: progress, each validation, and how the fit ended. The folder's lock
// tells whether a fit is running, so any process can follow or stop a fit that another one started. A crew is such a process for a sweep.
package background
