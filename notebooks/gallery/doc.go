// Package gallery writes an HTML page that links to executed notebooks.
//
// In go executed notebooks, their outcomes and their HTML pages. Out comes an index page with the title, first paragraph, outcome and thumbnails
// of the last figures of each notebook. The page contains its pictures, uses no network and runs no script.
package gallery
