package kept_test

import (
	"fmt"
	"os"

	"v1lab/v1model/insilico/kept"
)

// Images that were found once are found again under their key.
func Example() {
	run, err := os.MkdirTemp("", "run")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(run)
	if err := os.Mkdir(kept.Folder(run), 0o777); err != nil {
		fmt.Println(err)
		return
	}
	weights := "6b86b273" // the fingerprint of a run's weights: fitted.Run makes keys with it
	key := kept.Key(weights, []int{4, 2}, " 2 images")
	if err := kept.Write(kept.File(run, "meis", key), key, meis(4, 2)); err != nil {
		fmt.Println(err)
		return
	}
	results, err := kept.ReadAll(run, weights)
	fmt.Println(results.MEIs[0].Neurons, results.MEIs[0].Images.Shape, err)
	// Output: [4 2] [2 2 2 2] <nil>
}
