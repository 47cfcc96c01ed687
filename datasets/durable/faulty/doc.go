// Package faulty is a disk for tests that fails: at a chosen operation once, from there on, or by a power cut, which loses what was not synced.
//
// In goes a folder; package durable then writes to it through this disk. Out comes the same folder as such a fault leaves it. Operations
// outside the folder are neither counted nor changed.
package faulty
