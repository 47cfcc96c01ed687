// Package keep stores what a function of a notebook returned, and finds it again while nothing that it depends on has changed.
//
// In go a name, a function of a cell's program, and its inputs. Out comes the stored value, or none. The key under which a value is stored is a hash of
//
//   - the source of the function and of all that it reaches in the notebook: functions, methods, types, constants, imports;
//   - the inputs: values, recordings and runs by their fingerprints, files by their content;
//   - the notebook's parameters, the code of v1lab, the modules, Go and the device.
//
// Comments and layout do not count. A function may use variables from outside of it only if they are among its inputs. A value is stored only if what
// is read back equals it to the bit. What a function reads besides (files that are not among the inputs, the clock, a random source without a seed) is not
// seen.
package keep
