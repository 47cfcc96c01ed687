package celltypes_test

import (
	"fmt"
	"log"

	"v1lab/datasets"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
)

// Two fits with different seeds found the same three types, under other numbers.
func Example() {
	truth := &datasets.Truth{TypeNames: []string{"simple", "complex", "corner"}, Type: []int{0, 0, 1, 1, 1, 2, 2}}
	first := features.Clustering{K: 3, Labels: []int{1, 1, 0, 0, 0, 2, 2}, Sizes: []int{3, 2, 2}, Silhouette: 0.6}
	second := features.Clustering{K: 3, Labels: []int{0, 0, 2, 2, 2, 1, 1}, Sizes: []int{2, 2, 3}, Silhouette: 0.5}
	report, err := celltypes.Compare([]features.Clustering{first, second}, truth)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("clusters", report.K, "agreement with the truth", *report.ARITruth, "between fits", report.Stability.Mean)
	for _, c := range report.Stability.Clusters {
		fmt.Printf("cluster %d: %d neurons, believed: %v\n", c.Cluster, c.Size, c.Believed)
	}
	// Output:
	// clusters 3 agreement with the truth 1 between fits 1
	// cluster 0: 3 neurons, believed: true
	// cluster 1: 2 neurons, believed: true
	// cluster 2: 2 neurons, believed: true
}
