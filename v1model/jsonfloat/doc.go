// Package jsonfloat writes numbers that may not exist to JSON.
//
// JSON has no NaN and no infinity; a Float is null there when it is not finite, and NaN again when read. No section of the paper.
package jsonfloat
