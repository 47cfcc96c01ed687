// Package mutate damages files, to test packages that read other people's files.
//
// In come the bytes of a sound file and a seed; out come damaged copies: cut short, bits flipped, numbers made absurd, pieces removed,
// repeated or moved. CheckOpen runs a reader on each copy. It fails the test if the reader panics, allocates more than its limit, or returns an
// error that does not name the file on one line.
package mutate
