package explore_test

import (
	"fmt"
	"strings"

	"v1lab/notebooks/explore"
)

func Example() {
	page := explore.Page{Ticket: "17-ab", Height: 24, Width: 32, Sliders: explore.Sliders(24, 32, 11.5, 15.5), Neurons: []explore.Neuron{{Number: 7, Grey: 0.2}}}
	html, err := page.HTML()
	fmt.Println(strings.Contains(html, `"ticket":"17-ab"`), err)
	for _, s := range page.Sliders {
		fmt.Printf("%s (%s): %.3g, from %.3g to %.3g\n", s.Label, s.Unit, s.Value(), s.Values[0], s.Values[len(s.Values)-1])
	}
	// Output:
	// true <nil>
	// Orientation of the wave (°): 90, from 0 to 178
	// Spatial frequency (cycles/px): 0.0951, from 0.02 to 0.453
	// Phase (°): 180, from 0 to 352
	// Size (px): 13.6, from 4 to 46.6
	// Contrast (): 0.841, from 0.125 to 5.66
	// Centre from the left (px): 15.5, from 0 to 31
	// Centre from the top (px): 11.5, from 0 to 23
}
