// Package docgen fills the generated parts of the documents in docs/.
//
// In go the program itself (its command line, presets, kinds of parts, data schemes), the comments on the fields of its structs, and the pages
// in docs/. Out come the same pages, with every block between the comments "generated: NAME" and "end of NAME" rewritten. So a reference page
// always says what the code says.
package docgen
