// Package zoo lists published models of visual cortex: where each is, under which licence, and the SHA-256 of its file where we know it.
//
// In goes nothing, out come entries of the form of datasets/fetch, which downloads and verifies them. A user's own list has the same form.
package zoo
