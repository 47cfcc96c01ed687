package celltypes_test

import (
	"encoding/json"
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
	text, err := json.Marshal(report)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"k":3,"labels":[1,1,0,0,0,2,2],"sizes":[3,2,2],"silhouette":0.6,"ari_truth":1,"stability":{"ari_mean":1,"ari_sd":null,"runs":2}}
}
