// Package background runs fits that outlive whoever started them: a notebook's cell, its kernel, a terminal.
//
// In go the v1lab program, a run folder and the flags of v1lab fit; out come a process in a session of its own that writes to the folder
// and to its fit.log, and what it does, followed by the folder alone: progress, each validation, and how it ended. Whether a fit is
// under way is told by the folder's lock, so any process can follow or stop a fit that another one started. No section of the paper.
package background
