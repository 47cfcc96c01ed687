// Package strictyaml decodes YAML into Go values, exactly or not at all.
//
// In comes the text of a configuration or a registry. Out comes a filled struct, or an error of one line that names the key, what was found and
// what is accepted. Errors are keys that the struct does not have, 1.5 for a whole number, 010, infinite numbers, missing values, and a second
// document. Text that is too large or nested too deep is refused before memory is allocated, and so are tags, merges and aliases of lists or
// mappings.
package strictyaml
