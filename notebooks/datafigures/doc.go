// Package datafigures shows what is in a recording before anything is fitted to it.
//
// In goes a dataset with values as recorded, even one that no fit can work with; out come its parts and what datasets.Check found, as rows
// of a table, and figures: images, their mean and spectrum, responses, reliability, images that occur twice, positions on cortex.
// What a recording does not tell is an error of one line that says so. No section of the paper.
package datafigures
