package display_test

import "v1lab/notebooks/display"

// Outside a notebook tables are lines of text.
func Example() {
	display.Table([]string{"part", "images"}, [][]string{{"training", "4000"}, {"test", "200"}})
	display.Text("%d parts", 2)
	// Output:
	// part	images
	// training	4000
	// test	200
	// 2 parts
}
