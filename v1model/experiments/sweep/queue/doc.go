// Package queue says which process fits what next in a sweep.
//
// In go a sweep's folder and the name of a queue; Work then calls the worker with one task after the other, until the sweep is over, is stopped, or the
// context ends. The queue is River's, in an SQLite file in the folder for one machine, or in PostgreSQL for as many as see the folder.
//
// A job is one slice of a fit. The queue holds no truth: any worker puts in it what the folder says is to be done and nobody does. So it may be lost at any
// moment. A job of a process that was killed is put in again as soon as its run folder is found unlocked; River's own rescue, after the time limit, is the
// second net. Two jobs of one fit do no harm: the run folder's lock lets one of them write.
//
// A fit that was begun goes before one that was not (priorities 1 and 2), so that draws end one after the other. That is why a slice's end is a new job: one
// that snoozes goes behind all others, and hundreds of fits would be half done before the first is over.
package queue
