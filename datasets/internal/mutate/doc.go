// Package mutate damages files, for the tests of packages that read what others wrote.
//
// In come the bytes of a sound file and a seed; out come damaged copies: cut short, with bits flipped, numbers made absurd, pieces removed,
// repeated or moved. Opened runs a reader on each and fails a test where it panics, takes more memory than it says, or gives an error that does not
// name the file on one line.
package mutate
