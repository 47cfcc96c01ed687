// Package exact copies values between two processes of one build.
//
// In goes a value of any type made of numbers, strings, slices, arrays, maps, pointers and structs. Out comes an equal one: fields that are not
// exported, empty and missing slices, shared pointers and NaN stay as they are, which encoding/gob does not promise. Long slices of numbers are
// blocks of memory outside the message, so that a recording is mapped and not copied. Both processes need the same types: nothing is checked.
package exact
