// Package v1labtest runs v1lab as a process of its own, for tests.
//
// In go the program and its arguments; out come what it said and how it ended. A process can be waited for until it says something, and signals can be
// sent to it. The tests of this package are those of the program as a whole: signals, kills, sweeps with workers, notebooks, the bench. They build the
// program once. What can be tested without a process is tested in cmd/v1lab.
package v1labtest
