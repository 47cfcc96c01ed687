// Package questions lists what a notebook's cell asks of a fitted run.
//
// In goes the name of a question with the types of what is asked and of the answer. Package answers computes the answers, in the cell's own process or
// in the resident one of package engine, which package resident reaches.
package questions
