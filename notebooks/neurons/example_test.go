package neurons_test

import (
	"fmt"
	"log"
	"strings"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/neurons"
)

func Example() {
	mask, err := figures.Thumbnail(figures.Sequential, []float32{0, 1, 0, 0.5}, 2, 2)
	if err != nil {
		log.Fatal(err)
	}
	b := neurons.Browser{Kinds: []neurons.Kind{{Name: "mask", About: "where the neuron looks"}}, Facts: []string{"cluster"}}
	for _, id := range []string{"mouse2-0007", "mouse2-0012"} {
		b.Neurons = append(b.Neurons, neurons.Neuron{Name: id, Pictures: []neurons.Picture{{PNG: mask}}, Facts: []string{"3"}})
	}
	page, err := b.HTML()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(string(page), "The first of 2 neurons"))
	// Output: true
}
