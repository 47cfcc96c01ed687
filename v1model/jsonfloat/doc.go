// Package jsonfloat writes numbers that may not exist to JSON.
//
// JSON has no NaN and no infinity. A Float that is not finite is written as null, and null is read as NaN.
package jsonfloat
