package table_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/table"
)

func Example() {
	dir, err := os.MkdirTemp("", "table")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"leaf.png", "bark.png", "moss.png", "fern.png"} {
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := png.Encode(file, image.NewGray(image.Rect(0, 0, 8, 6))); err != nil {
			fmt.Println(err)
		}
		file.Close()
	}
	lines := `image,split,cell a,cell b
leaf.png,train,0.5,1.25
bark.png,train,2,0
moss.png,val,1,1
fern.png,test,3,0
fern.png,test,2.5,
`
	if err := os.WriteFile(filepath.Join(dir, "responses.csv"), []byte(lines), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	d, err := table.Open(datasets.Spec{Scheme: "csv", Path: filepath.Join(dir, "responses.csv")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, "images of height", d.Train.Images.Height, "and", d.NumNeurons(), "neurons, the first", d.Neurons[0].ID)
	fmt.Println(d.Test.Responses.Repeats, "repeats:", d.Test.Responses.Values)
	// Output:
	// 2 images of height 6 and 2 neurons, the first cell a
	// 2 repeats: [3 0 2.5 NaN]
}
