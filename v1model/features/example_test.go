package features_test

import (
	"fmt"
	"log"
	"math"

	"v1lab/v1model/features"
)

// Six neurons on two features and four orientations: three use the first feature alone, three add the second across it.
func Example() {
	w := features.Weights{Neurons: 6, Rotations: 4, Features: 2, Values: make([]float32, 6*4*2)}
	for n := range 6 {
		r := n * 3 % 4 // each at an orientation of its own
		w.At(n)[2*r] = 1
		if n%2 == 1 {
			w.At(n)[2*((r+1)%4)+1] = -1
		}
	}
	fmt.Println("groups", w.Power().Group())
	c, err := features.Cluster(w, features.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("clusters", c.K, c.Labels)
	fmt.Printf("neuron 1 is turned by %.0f degrees\n", c.Shifts[1]*180/math.Pi)
	fmt.Println("agreement with the truth", features.ARI(c.Labels, []int{0, 1, 0, 1, 0, 1}))
	// Output:
	// groups [0 0 0 0 0 0]
	// clusters 2 [0 1 0 1 0 1]
	// neuron 1 is turned by 270 degrees
	// agreement with the truth 1
}
