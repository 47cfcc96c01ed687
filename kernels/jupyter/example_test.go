package jupyter_test

import (
	"context"
	"fmt"

	"v1lab/kernels/jupyter"
)

func Example() {
	err := jupyter.Execute(context.Background(), jupyter.ExecuteOptions{Notebook: "absent.ipynb", Out: "out.ipynb"})
	fmt.Println(err)
	// Output: notebook absent.ipynb does not exist
}
