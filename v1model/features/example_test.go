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

// Three fits of five neurons: the second cluster does not come back in the third fit.
func ExampleConsistent() {
	c, err := features.Consistent([][]int{{0, 0, 0, 1, 1}, {1, 1, 1, 0, 0}, {0, 0, 0, 0, 1}})
	if err != nil {
		log.Fatal(err)
	}
	for l, cluster := range c.Clusters {
		fmt.Printf("cluster %d: overlap %.2f, believed: %v\n", l, cluster.Jaccard, cluster.Believed)
	}
	fmt.Println("neurons", c.Neurons)
	// Output:
	// cluster 0: overlap [1.00 0.75], believed: true
	// cluster 1: overlap [1.00 0.50], believed: false
	// neurons [1 1 1 0.5 1]
}

// Neurons that were turned by hand come back to one frame, and Ward's tree finds the two kinds.
func ExampleAlign() {
	w := features.Weights{Neurons: 4, Rotations: 4, Features: 2, Values: []float32{
		1, 0, 0, 0, 0, 0, 0, 0, // feature 0 at rotation 0
		0, 0, 0, 0, 2, 0, 0, 0, // feature 0 at rotation 2
		1, 0, 0, 1, 0, 0, 0, 0, // feature 0 at rotation 0, feature 1 a step further
		0, 1, 0, 0, 0, 0, 1, 0, // the same turned by 3 steps
	}}
	a, err := features.Align(w, features.Options{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := a.Cluster(features.Options{K: 2, Method: features.Ward{}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("clusters", c.Labels)
	fmt.Printf("turns from neuron 0 to 1 and from 2 to 3: %.0f and %.0f degrees\n", (a.Shifts[1]-a.Shifts[0])*180/math.Pi, (a.Shifts[3]-a.Shifts[2])*180/math.Pi)
	// Output:
	// clusters [1 1 0 0]
	// turns from neuron 0 to 1 and from 2 to 3: 180 and 270 degrees
}
