// Package docgen fills the generated parts of the documents in docs/.
//
// In go the program itself (its command line, presets, kinds of parts, data schemes), the comments on the fields of its structs and the
// folder docs/; out come the same pages with every block between a comment "generated: NAME" and a comment "end of NAME" written anew.
// So that nothing is said twice, a reference page holds no copy of what the code says.
package docgen
