// Package strictyaml reads YAML into Go values, exactly or not at all.
//
// In goes the text of a config or a registry, out comes a filled struct, or an error of one line that names the key, what was found and
// what is accepted: keys that the struct has not, 1.5 for a whole number, 010, infinite numbers, a value that is left out, a second
// document. Text that is larger or nested deeper than such files are is refused before it takes memory; tags, merges and aliases of more than one value, too.
package strictyaml
