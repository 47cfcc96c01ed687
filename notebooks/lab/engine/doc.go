// Package engine serves the cells of one kernel: it keeps what they would load anew each time, the plugin, compiled programs, opened runs and recordings.
//
// In go questions over a Unix socket (package resident), out come the answers of package answers, the same that a cell would compute itself. A run
// whose folder has changed is opened anew; of many runs, those that were not asked for longest are given up. No result is in the engine alone.
package engine
