package pickled_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets/internal/pickled"
)

func Example() {
	dir, err := os.MkdirTemp("", "pickled")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "data.pkl")
	if err := os.WriteFile(path, []byte("\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	_, err = pickled.Arrays(path, pickled.Dictionary)
	fmt.Println(err.Error()[len(dir)+1:])

	arrays, err := pickled.Arrays("../../iclr2019/testdata/data_p4.pkl", "data.Dataset", "images_val", "responses_val")
	fmt.Println(pickled.List(arrays), arrays["images_val"].Shape, err)
	// Output:
	// data.pkl: pickle of posix.system, accepted are NumPy's arrays; nothing was run
	// images_val, responses_val [10 18 32 1] <nil>
}
