// Package gallery writes one HTML page that leads to executed notebooks.
//
// In go executed notebooks, what became of them and the pages they were written as; out comes an index with each one's title, first paragraph,
// a thumbnail of its last figures and whether it ran. The page holds its pictures, fetches nothing and runs no script. No section of the
// paper.
package gallery
