// Package readouttest checks kinds of readout.
//
// In goes a configuration of any registered kind; Check builds it on small random feature maps and reports what breaks the promises of
// readout.Readout: gradients against finite differences, and masks and feature weights against the drive that they stand for. Program is
// what tests of one kind's own formulas run.
package readouttest
